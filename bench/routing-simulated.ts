import { simulatedRows } from "./routing/simulated.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

/** Takes minutes, so it is not among `all`; its rows are part of the bench `routing`. */
export const slow = true;

/** The simulated rows of the mesh core alone. */
export function run({ full }: BenchOptions): Promise<BenchRow[]> {
  return simulatedRows(full);
}
