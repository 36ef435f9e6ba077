/** Tells a process that a bench has started from its own bundle what it is there for. */
export const CHILD = "PEERNET_BENCH_CHILD";
