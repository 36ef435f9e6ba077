import { netnsRows } from "./routing/netns.ts";
import type { BenchOptions, BenchRow } from "./row.ts";

/** Takes minutes even at a reduced scale, so `npm run bench -- all` leaves it out. */
export const slow = true;

interface Simulated {
  simulatedRows(full: boolean): Promise<BenchRow[]>;
}

declare global {
  interface ImportMeta {
    /** Vite: the modules that match, none where there are none. */
    glob(pattern: string, options: { readonly eager: true }): Readonly<Record<string, Simulated>>;
  }
}

const simulated = import.meta.glob("./routing/simulated.ts", { eager: true });

/**
 * The goals of the mesh core: real processes in network namespaces, then simulated networks.
 * PEERNET_BENCH_ROWS=gap,idle measures only these groups of rows.
 */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const rows = await netnsRows({ full });
  for (const { simulatedRows } of Object.values(simulated)) {
    rows.push(...(await simulatedRows(full)));
  }
  return rows;
}
