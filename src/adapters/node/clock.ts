import type { Clock } from "../../ports/index.ts";

/** The clock of this process: monotonic from `performance.now`, wall time from `Date.now`. */
export function createNodeClock(): Clock {
  return { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
}
