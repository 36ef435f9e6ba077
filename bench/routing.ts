import { netnsRows } from "./routing/netns.ts";
import { simulatedRows } from "./routing/simulated.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

/** Takes minutes even at a reduced scale, so `npm run bench -- all` leaves it out. */
export const slow = true;

/**
 * The goals of the mesh core: real processes in network namespaces, then simulated networks.
 * PEERNET_BENCH_ROWS=gap,idle measures only these groups of rows.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  return [...(await netnsRows({ full })), ...(await simulatedRows(full))];
}
