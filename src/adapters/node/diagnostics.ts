/** One thing that was looked at on this machine, for `peernet doctor`. */
export interface Diagnostic {
  /** A fixed name such as "multicast-ipv4". */
  readonly id: string;
  readonly ok: boolean;
  /** A sentence for people: what is so, and what to do where it is not as it should be. */
  readonly detail: string;
}
