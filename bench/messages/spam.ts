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

/**
 * Deliveries from which on a difference of 5 % is more than counting alone makes (one standard deviation of a
 * count of 400): over fewer, as with ten edges in sixteen weeks, two equal attacks differ by more than that.
 */
const COUNTED_MIN = 400;

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
function spreadOf(results: readonly SpamResult[]): number {
  const shown = results.map(({ spamShown }) => spamShown);
  const middle = shown.reduce((sum, one) => sum + one, 0) / shown.length;
  return Math.max(...shown.map((one) => (100 * Math.abs(one - middle)) / middle));
}

/** Over each number of edges, how much; told apart by whether chance alone makes that much of a difference. */
function spreadRows(byEdges: ByEdges): readonly BenchRow[] {
  const all = [...byEdges].flatMap(([edges, results]) => {
    const least = Math.min(...results.map(({ spamShown }) => spamShown));
    const words = `${edges} edges: ${results.map(({ spamShown }) => spamShown).join(", ")}`;
    return least === 0 ? [] : [{ least, words, spread: spreadOf(results) }];
  });
  const rowOf = (id: string, some: typeof all): BenchRow => {
    const value = some.length === 0 ? null : Math.max(...some.map(({ spread }) => spread));
    return { ...benchRow(id, value, "%"), note: some.map(({ words }) => words).join("; ") };
  };
  const few = all.filter(({ least }) => least < COUNTED_MIN);
  const many = all.filter(({ least }) => least >= COUNTED_MIN);
  // At a reduced scale there are never so many, which the row then says by what it is marked with.
  return [
    rowOf("messages.spam.identities.spread", many.length > 0 ? many : few),
    ...(many.length > 0 && few.length > 0
      ? [rowOf("messages.spam.identities.spread.few-edges", few)]
      : []),
  ];
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
    ...spreadRows(byEdges),
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
