import { scaleRows } from "./routing/scale.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

/** Takes minutes, and hours at full scale. */
export const slow = true;

/** The scale law of routing; see docs/SCALE.md. */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  return scaleRows(full);
}
