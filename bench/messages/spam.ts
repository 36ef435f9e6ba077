import type { SpamResult } from "../../src/simulation/strangers/types.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import {
  legitRows,
  measure,
  most,
  noted,
  ofBound,
  ostraRival,
  type Scale,
  scaleOf,
} from "./spam-runs.ts";

/** Messages a day that a rival lets every identity send. */
const PER_IDENTITY = 5;
/** Messages a day that one core makes at a processor second each. */
const HASHCASH_A_DAY = 86_400;

/** Results by the number of attack edges: deliveries may depend on that alone. */
type ByEdges = ReadonlyMap<number, readonly SpamResult[]>;

function runsByIdentities(scale: Scale): ByEdges {
  return new Map(
    scale.edges.map((attackEdges) => [
      attackEdges,
      scale.sybils.map((sybils) => measure(scale, { attackEdges, sybils })),
    ]),
  );
}

/** Largest distance, in percent, between what came through with none and with many identities. */
function spreadOf(byEdges: ByEdges): number {
  let largest = 0;
  for (const results of byEdges.values()) {
    const shown = results.map(({ spamShown }) => spamShown);
    const middle = shown.reduce((sum, one) => sum + one, 0) / shown.length;
    for (const one of shown) {
      if (middle > 0) largest = Math.max(largest, (100 * Math.abs(one - middle)) / middle);
    }
  }
  return largest;
}

/**
 * The experiment of issue 6 with the real room about strangers: what sybils, however many and
 * whoever owns the edges they come over, bring into the trays of honest people.
 */
export async function spamRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const scale = scaleOf(full);
  const byEdges = runsByIdentities(scale);
  const seeds = scale.seeds.map((seed) => measure(scale, { seed }));
  const ring = measure(scale, { graph: "watts-strogatz" });
  const ostra = measure(scale, { scheme: "ostra" });
  // The ring has a row of its own for how soon honest requests are seen.
  const friends = [...[...byEdges.values()].flat(), ...seeds];
  const all = [...friends, ring];
  const sybilsMost = Math.max(...scale.sybils);
  const perWeek = most([...seeds, ring], (one) => one.unwantedPerPersonWeek);
  return noted(scale, all.length + 1, [
    benchRow(
      "messages.spam.intrusions",
      most(all, (one) => one.intrusions),
      "messages",
    ),
    benchRow("messages.spam.identities.spread", spreadOf(byEdges), "%"),
    benchRow("messages.spam.judged.of-bound", most(all, ofBound), "of bound", [
      ostraRival(ofBound(ostra)),
    ]),
    benchRow(
      "messages.spam.shown.per-day",
      most(all, (one) => one.mostShownPerDay),
      "requests",
      [ostraRival(ostra.mostShownPerDay)],
    ),
    benchRow("messages.spam.unwanted.per-week", perWeek, "per user and week", [
      ostraRival(ostra.unwantedPerPersonWeek),
      {
        name: "limit per identity",
        value: (PER_IDENTITY * sybilsMost * 7) / scale.size,
        note: `${PER_IDENTITY} messages a day and identity, ${sybilsMost} identities: nothing else stands in the way`,
      },
      {
        name: "hashcash",
        value: (HASHCASH_A_DAY * 7) / scale.size,
        note: "a processor second per message, one core of the attacker",
      },
    ]),
    ...legitRows("messages.spam.legit", friends, ostra),
    benchRow("messages.spam.legit.ring", 100 * ring.legitImmediate, "%"),
  ]);
}
