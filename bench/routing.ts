import { netnsRows } from "./routing/netns.ts";
import type { BenchRow } from "./row.ts";

/** Takes minutes even without --full, so `npm run bench -- all` leaves it out. */
export const slow = true;

/**
 * The goals of the mesh core: real processes in network namespaces, then simulated networks.
 * PEERNET_ONLY=gap,idle measures only these groups of rows.
 */
export async function run(options: { readonly full?: boolean } = {}): Promise<BenchRow[]> {
  const only = process.env["PEERNET_ONLY"]?.split(",");
  const accepts = (group: string): boolean => only === undefined || only.includes(group);
  return netnsRows({ full: options.full === true, accepts });
}
