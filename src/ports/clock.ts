/** Time as a room sees it. The simulator moves it by hand. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Whole milliseconds since 1970 as this machine believes; may jump. For what people read. */
  wallMs(): number;
}

/** A room that wants to be woken. Drivers call `tick` once `nextDeadlineMs` has passed. */
export interface Timed {
  /** Monotonic time at which `tick` should run next; Infinity when nothing is pending. */
  nextDeadlineMs(): number;
  /** Does what has become due; harmless when called early. */
  tick(): void;
}
