/**
 * The least of what was measured lately: within `windowMs` at least, twice that at most. Two buckets
 * of time, so it takes no memory for single values (as the minimum filters of BBR and LEDBAT, RFC 6817).
 */
export class WindowedLeast {
  readonly #windowMs: number;
  #least = Number.POSITIVE_INFINITY;
  #earlierLeast = Number.POSITIVE_INFINITY;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** @param windowMs how long a value counts at least, in milliseconds */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The least value lately; Infinity where there is none. */
  get least(): number {
    return Math.min(this.#least, this.#earlierLeast);
  }

  /** Takes a value. @param nowMs monotonic time */
  add(value: number, nowMs: number): void {
    if (nowMs - this.#sinceMs >= this.#windowMs) {
      this.#earlierLeast = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#sinceMs = nowMs;
    }
    this.#least = Math.min(this.#least, value);
  }

  /** Takes over what another one knows. */
  copy(other: WindowedLeast): void {
    this.#least = other.#least;
    this.#earlierLeast = other.#earlierLeast;
    this.#sinceMs = other.#sinceMs;
  }

  /** Forgets all values; the window goes on. */
  reset(): void {
    this.#least = Number.POSITIVE_INFINITY;
    this.#earlierLeast = Number.POSITIVE_INFINITY;
  }
}
