import type { Random } from "../ports/index.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS } from "./limits.ts";

/** Waits that double up to a ceiling, each shortened by up to a half so that peers fall out of step. */
export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The wait after one more failure, in milliseconds; at most `maxMs`. */
  nextMs(maxMs: number = RETRY_MAX_MS): number {
    const ceilingMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 30), maxMs);
    this.#failures++;
    return Math.ceil(ceilingMs * (0.5 + this.#random.u32() / 2 ** 33));
  }

  /** Something worked: the next wait is short again. */
  reset(): void {
    this.#failures = 0;
  }
}
