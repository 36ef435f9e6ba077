import type { Clock } from "../ports/index.ts";
import { PACE_AHEAD_MS } from "./limits.ts";

/** Keeps a rate: what passes is charged, and whoever is ahead waits. */
export class Pacer {
  readonly #clock: Clock;
  /** Bits per second; undefined: no limit. */
  rate: number | undefined;
  #freeAtMs = 0;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock, rate: number | undefined) {
    this.#clock = clock;
    this.rate = rate;
  }

  charge(byteCount: number): void {
    if (this.rate === undefined) return;
    const startMs = Math.max(this.#clock.monotonicMs(), this.#freeAtMs);
    this.#freeAtMs = startMs + (byteCount * 8_000) / this.rate;
  }

  /** Whether so much has passed that more has to wait. */
  get isAhead(): boolean {
    return this.#freeAtMs - this.#clock.monotonicMs() > PACE_AHEAD_MS;
  }

  /** Whether more may pass now; where not, `later` is called from `tick` when it may. */
  isReady(later: () => void): boolean {
    if (!this.isAhead) return true;
    this.#waiting.push(later);
    return false;
  }

  nextDeadlineMs(): number {
    return this.#waiting.length === 0
      ? Number.POSITIVE_INFINITY
      : Math.ceil(this.#freeAtMs - PACE_AHEAD_MS);
  }

  tick(): void {
    if (this.nextDeadlineMs() <= this.#clock.monotonicMs()) this.release();
  }

  /** Lets everybody go on who waits. */
  release(): void {
    const due = this.#waiting;
    this.#waiting = [];
    for (const go of due) go();
  }
}
