import { testRandom } from "../../src/testing/index.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import { type Baseline, type Outcome, runBaseline } from "./villages/baselines.ts";
import { villageTrace } from "./villages/trace.ts";
import { Villagers } from "./villages/villagers.ts";

const BASELINES: readonly Baseline[] = ["epidemic", "prophet", "spray", "direct"];
const SEEDS_FULL: readonly number[] = [1, 2, 3];

function words({ delivered, medianHours, transmissions }: Outcome): string {
  const hours = Number.isFinite(medianHours) ? `${medianHours.toFixed(1)} h` : "-";
  return `${(delivered * 100).toFixed(1)} % delivered, median ${hours}, ${transmissions.toFixed(1)} transmissions a message`;
}

/**
 * Five villages and ten couriers, 160 peers, 1,500 messages kept for 7 days: the rooms of messages as
 * they are, on disks and streams in memory and in virtual time, against the classic rules on the same
 * trace. With --full three seeds, of which the worst counts.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  let worst: { delivered: number; transmissions: number; note: string } | undefined;
  const rivals = new Map<string, Outcome>();
  for (const seed of full ? SEEDS_FULL : SEEDS_FULL.slice(0, 1)) {
    const trace = villageTrace(testRandom(seed));
    for (const name of BASELINES) rivals.set(name, runBaseline(trace, name));
    const epidemic = rivals.get("epidemic") ?? runBaseline(trace, "epidemic");
    const ours = new Villagers(trace, seed).run();
    if (ours.disorder > 0)
      throw new RangeError(`${ours.disorder} messages came twice or out of order`);
    const delivered = ours.delivered / epidemic.delivered;
    const transmissions = ours.transmissions / epidemic.transmissions;
    if (worst !== undefined && delivered >= worst.delivered) continue;
    const also = `${ours.acknowledgements.toFixed(1)} hand-overs of small acknowledgements a message besides, ${(ours.known * 100).toFixed(0)} % known to their sender in the end`;
    worst = { delivered, transmissions, note: `seed ${seed}: ${words(ours)}; ${also}` };
  }
  const others = [...rivals].map(([name, outcome]) => ({ name, outcome }));
  const base = rivals.get("epidemic")?.delivered ?? 1;
  const sent = rivals.get("epidemic")?.transmissions ?? 1;
  const note = worst?.note ?? "";
  return [
    {
      ...benchRow(
        "messages.delivery.of-epidemic",
        worst?.delivered ?? null,
        "of epidemic",
        others.map(({ name, outcome }) => ({
          name,
          value: outcome.delivered / base,
          note: words(outcome),
        })),
      ),
      note,
    },
    benchRow(
      "messages.delivery.transmissions",
      worst?.transmissions ?? null,
      "of epidemic",
      others.map(({ name, outcome }) => ({ name, value: outcome.transmissions / sent })),
    ),
  ];
}
