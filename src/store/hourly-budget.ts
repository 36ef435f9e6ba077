import type { Clock } from "../ports/index.ts";

const HOUR_MS = 3_600_000;

/**
 * Bytes that may be moved in an hour: what is not used is kept for an hour, and whoever needs more
 * than that waits until all of it is there and then owes the rest.
 */
export class HourlyBudget {
  readonly #clock: Clock;
  readonly #bytesPerHour: number;
  #bytes: number;
  #atMs: number;

  constructor(clock: Clock, bytesPerHour: number) {
    this.#clock = clock;
    this.#bytesPerHour = bytesPerHour;
    this.#bytes = bytesPerHour;
    this.#atMs = clock.monotonicMs();
  }

  /** Takes this many bytes, or none of them. */
  take(bytes: number): boolean {
    const now = this.#clock.monotonicMs();
    const gained = ((now - this.#atMs) / HOUR_MS) * this.#bytesPerHour;
    this.#bytes = Math.min(this.#bytesPerHour, this.#bytes + gained);
    this.#atMs = now;
    if (this.#bytes < Math.min(bytes, this.#bytesPerHour)) return false;
    this.#bytes -= bytes;
    return true;
  }
}
