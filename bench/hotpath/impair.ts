import { percentile } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { bareTcp, FAR_END } from "./contenders.ts";
import { impairedPath } from "./paths.ts";
import { pings } from "./tools.ts";

const DELAY_MS = 25;

/** How good our own impairing link is: what it carries at most, and how much it is late. */
export async function impairRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const found: number[] = [];
  for (let round = 0; round < (full ? 5 : 1); round++) {
    found.push(await impairedPath("ceiling", {}).run((lab) => bareTcp().flow(lab, full ? 10 : 3)));
  }
  const delayed = impairedPath("lateness", { delayMs: DELAY_MS });
  const times = await delayed.run(async (lab) => pings(lab.host(0), FAR_END, 200, "0.02"));
  const late = (share: number): number | null => {
    const ms = percentile(times, share);
    return ms === null ? null : ms - 2 * DELAY_MS;
  };
  const note = "how much later than after 50 ms the answer to a ping comes";
  return [
    {
      ...benchRow("hotpath.impair.ceiling.Mbps", median(found), "Mbit/s"),
      note: "TCP of the kernel over a link that impairs nothing, MTU 1500",
    },
    { ...benchRow("hotpath.impair.late.p50.ms", late(0.5), "ms"), note },
    { ...benchRow("hotpath.impair.late.p99.ms", late(0.99), "ms"), note },
  ];
}
