import type { Random } from "../ports/index.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS } from "./limits.ts";

/** Waits that double up to a ceiling, each shortened by up to a half so that peers fall out of step. */
export class Backoff {
  readonly #random: Random;
  readonly #firstMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(random: Random, firstMs: number = RETRY_FIRST_MS, maxMs: number = RETRY_MAX_MS) {
    this.#random = random;
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
  }

  /** The wait after one more failure, in milliseconds; at most `maxMs`. */
  nextMs(maxMs: number = this.#maxMs): number {
    const ceilingMs = Math.min(this.#firstMs * 2 ** Math.min(this.#failures, 30), maxMs);
    this.#failures++;
    return Math.ceil(ceilingMs * (0.5 + this.#random.u32() / 2 ** 33));
  }

  /** Something worked: the next wait is short again. */
  reset(): void {
    this.#failures = 0;
  }
}
