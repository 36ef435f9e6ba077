import type { BenchRow } from "../row.ts";
import { backupRows } from "./sim-backup.ts";
import { blackholeRows } from "./sim-blackholes.ts";
import { coldRows } from "./sim-cold.ts";
import { graphRows } from "./sim-graphs.ts";
import { isAsked } from "./sim-kit.ts";
import { mergeRows } from "./sim-merge.ts";
import { radioRows } from "./sim-radio.ts";
import { villageRows } from "./sim-village.ts";

/** Groups of rows by the name under which PEERNET_BENCH_ROWS chooses them. */
const GROUPS: readonly (readonly [string, (full: boolean) => BenchRow[]])[] = [
  ["village", villageRows],
  ["cold", coldRows],
  ["merge", mergeRows],
  ["blackhole", blackholeRows],
  ["radio", radioRows],
  ["backup", backupRows],
  ["graphs", graphRows],
];

/**
 * The rows of the mesh core that are measured in virtual time, with the product's own routers and
 * sessions. PEERNET_BENCH_ROWS (village, cold, merge, blackhole, radio, backup, graphs), PEERNET_BENCH_GRAPHS,
 * PEERNET_BENCH_N and PEERNET_BENCH_SEED choose less, or another scale.
 */
export async function simulatedRows(full: boolean): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, measure] of GROUPS) {
    if (!isAsked("rows", name)) continue;
    const began = process.cpuUsage();
    rows.push(...measure(full));
    const { user, system } = process.cpuUsage(began);
    console.error(`${name}: ${((user + system) / 1e6).toFixed(1)} s of CPU`);
  }
  return rows;
}
