import type { Random } from "../ports/index.ts";

/** Waits that double from a first to a last one, each shortened at random by up to a half. */
export class Backoff {
  readonly #random: Random;
  readonly #firstMs: number;
  readonly #lastMs: number;
  #failures = 0;

  constructor(random: Random, firstMs: number, lastMs: number) {
    this.#random = random;
    this.#firstMs = firstMs;
    this.#lastMs = lastMs;
  }

  /** The wait after one more failure, in milliseconds. */
  nextMs(): number {
    const ceilingMs = Math.min(this.#firstMs * 2 ** Math.min(this.#failures, 30), this.#lastMs);
    this.#failures++;
    return Math.ceil(ceilingMs * (0.5 + this.#random.u32() / 2 ** 33));
  }

  /** Something worked: the next wait is short again. */
  reset(): void {
    this.#failures = 0;
  }
}
