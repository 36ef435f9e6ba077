import { Backoff } from "../feed/index.ts";
import type { Clock, Random } from "../ports/index.ts";
import { SILENT_RETRY_MAX_MS } from "./limits.ts";

/** The pause before a device is tried again, and whether its silence was the reason. */
export class RetryPause {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #endsAtMs = Number.POSITIVE_INFINITY;
  #isOfSilence = false;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#backoff = new Backoff(random);
  }

  /** Monotonic time of its end, in milliseconds; infinite where there is no pause. */
  get endsAtMs(): number {
    return this.#endsAtMs;
  }

  /** Whether the last pause began because nobody answered. */
  get isOfSilence(): boolean {
    return this.#isOfSilence;
  }

  /** The device refused, has no room or broke the rules: the longest pauses are those of `Backoff`. */
  begin(): void {
    this.#beginFor(this.#backoff.nextMs(), false);
  }

  /** Nobody answered: no pause is longer than SILENT_RETRY_MAX_MS. */
  beginOfSilence(): void {
    this.#beginFor(this.#backoff.nextMs(SILENT_RETRY_MAX_MS), true);
  }

  /** It may be tried at once; the next pause is no shorter for that. */
  end(): void {
    this.#endsAtMs = Number.POSITIVE_INFINITY;
  }

  /** Something worked: the next pause is short again. */
  worked(): void {
    this.#backoff.reset();
  }

  #beginFor(waitMs: number, isOfSilence: boolean): void {
    this.#isOfSilence = isOfSilence;
    this.#endsAtMs = Math.min(this.#endsAtMs, this.#clock.monotonicMs() + waitMs);
  }
}
