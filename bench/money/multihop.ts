import type { BenchOptions, BenchRow } from "../row.ts";
import { slowRows } from "./slow.ts";

/** Payments over five lines. */
export function multihop(_: BenchOptions): Promise<BenchRow[]> {
  return Promise.resolve([...slowRows()]);
}
