import { groupRows, type RowGroups } from "./groups.ts";
import { communityRows } from "./money/community.ts";
import { line } from "./money/line.ts";
import { multihop } from "./money/multihop.ts";
import { processes } from "./money/processes.ts";
import { routing } from "./money/routing.ts";
import { safety } from "./money/safety.ts";
import { scale } from "./money/scale.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

/** Takes minutes. */
export const slow = true;

/** The groups by the name under which PEERNET_BENCH_ROWS chooses them, in the order of issue 7. */
const GROUPS: RowGroups = {
  ...{ line, multihop, routing, safety, scale, processes },
  community: communityRows,
};

/** What money must reach. PEERNET_BENCH_ROWS=safety,scale measures only these groups of rows. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  return groupRows("money", GROUPS, options);
}
