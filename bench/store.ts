import { groupRows, type RowGroups } from "./groups.ts";
import { CHILD } from "./hotpath/role.ts";
import type { BenchOptions, BenchRow } from "./row.ts";
import { auditRows } from "./store/audits.ts";
import { codecRows } from "./store/codec.ts";
import { crashRows } from "./store/crash.ts";
import { healingRows } from "./store/healing.ts";
import { holographyRows } from "./store/holography.ts";
import { ingestRows } from "./store/ingest.ts";
import { runIngest } from "./store/ingest-child.ts";
import { outsideRows } from "./store/outside.ts";
import { partitionRows } from "./store/partition.ts";
import { rangeRows } from "./store/range.ts";
import { resaveRows } from "./store/resave.ts";
import { smallRows } from "./store/small.ts";
import { survivalRows } from "./store/survival.ts";

if (process.env[CHILD] === "ingest") void runIngest();

/** Takes minutes: rivals run beside it. */
export const slow = true;

/** The groups by the name under which PEERNET_BENCH_ROWS chooses them, in the order of issue 5. */
const GROUPS: RowGroups = {
  codec: codecRows,
  ingest: ingestRows,
  holography: holographyRows,
  range: rangeRows,
  survival: survivalRows,
  healing: healingRows,
  outside: outsideRows,
  audits: auditRows,
  small: smallRows,
  resave: resaveRows,
  partition: partitionRows,
  crash: crashRows,
};

/**
 * What the shared disk must reach. PEERNET_BENCH_ROWS=codec,ingest measures only these groups of
 * rows.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  return groupRows("store", GROUPS, options);
}
