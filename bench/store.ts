import { CHILD } from "./hotpath/role.ts";
import { type BenchOptions, type BenchRow, benchRow } from "./row.ts";
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
import { smallRows } from "./store/small.ts";
import { survivalRows } from "./store/survival.ts";

if (process.env[CHILD] === "ingest") void runIngest();

/** Takes minutes: rivals run beside it. */
export const slow = true;

/** The groups by the name under which PEERNET_BENCH_ROWS chooses them, in the order of issue 5. */
const GROUPS: Readonly<Record<string, (options: BenchOptions) => Promise<BenchRow[]>>> = {
  codec: codecRows,
  ingest: ingestRows,
  holography: holographyRows,
  range: rangeRows,
  survival: survivalRows,
  healing: healingRows,
  outside: outsideRows,
  audits: auditRows,
  small: smallRows,
  partition: partitionRows,
  crash: crashRows,
};

/**
 * What the shared disk must reach. PEERNET_BENCH_ROWS=codec,ingest measures only these groups of
 * rows. A group that breaks says why in a row of its own and the others go on.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const asked = process.env["PEERNET_BENCH_ROWS"]?.split(",");
  const rows: BenchRow[] = [];
  for (const [name, measure] of Object.entries(GROUPS)) {
    if (asked !== undefined && !asked.includes(name)) continue;
    try {
      rows.push(...(await measure(options)));
    } catch (error) {
      console.error(error);
      rows.push({ ...benchRow(`store.${name}`, null, ""), note: String(error) });
    }
  }
  return rows;
}
