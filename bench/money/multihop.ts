import type { BenchOptions, BenchRow } from "../row.ts";
import { rateRows } from "./rate.ts";
import { slowRows } from "./slow.ts";

/** Payments over five lines. */
export async function multihop(options: BenchOptions): Promise<BenchRow[]> {
  return [...(await rateRows(options)), ...slowRows()];
}
