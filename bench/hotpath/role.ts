/** Tells a process that a bench has started from its own bundle what it is there for. */
export const CHILD = "PEERNET_BENCH_CHILD";
/** Tells such a process, by "1", that links of its peer repair what they lose. */
export const REPAIRS = "PEERNET_BENCH_REPAIRS";
