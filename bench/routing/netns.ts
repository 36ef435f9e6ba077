import { FAULTS, type Fault } from "../../test/netns/faults.ts";
import { whyNoNamespaces } from "../../test/netns/lab.ts";
import { debianPackage } from "../rivals/debian.ts";
import { type BenchRow, benchRow } from "../row.ts";
import { measureGaps } from "./netns-gap.ts";
import { percentile } from "./netns-rig.ts";

/** How much is measured. */
export interface NetnsOptions {
  /** As often and as long as the goals say; otherwise rows are marked as reduced. */
  readonly full: boolean;
  /** Only groups of rows whose name is accepted: gap, switches, first-ping, idle, readdress. */
  readonly accepts?: (group: string) => boolean;
}

type Group = (full: boolean) => Promise<readonly BenchRow[]>;

async function gapRows(full: boolean): Promise<readonly BenchRow[]> {
  const gaps = await measureGaps(FAULTS, full ? 20 : 5);
  const row = (fault: Fault): BenchRow => {
    const found = gaps.get(fault) ?? [];
    const p95 = percentile(found, 0.95);
    const value = p95 !== null && Number.isFinite(p95) ? p95 : null;
    const note = `p95 of ${found.length} hits: ${found.map(Math.round).join(" ")} ms`;
    return { ...benchRow(`routing.gap.${fault}.p95.ms`, value, "ms"), note };
  };
  return FAULTS.map(row);
}

const GROUPS: Readonly<Record<string, Group>> = { gap: gapRows };

const WITHOUT: readonly (readonly [string, string])[] = [];

/** Rows measured with real processes in network namespaces. */
export async function netnsRows({ full, accepts = () => true }: NetnsOptions): Promise<BenchRow[]> {
  const reason = whyNoNamespaces();
  if (reason !== undefined) {
    console.error(`Without network namespaces (${reason}) these rows have no value.`);
    return WITHOUT.map(([id, unit]) => benchRow(id, null, unit));
  }
  for (const name of ["nftables", "iputils-ping"]) debianPackage(name);
  const rows: BenchRow[] = [];
  for (const [name, measure] of Object.entries(GROUPS)) {
    if (!accepts(name)) continue;
    const found = await measure(full);
    rows.push(...(full ? found : found.map((row) => ({ ...row, reduced: true }))));
  }
  return rows;
}
