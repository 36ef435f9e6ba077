import { REPLAY_WINDOW_PACKETS } from "./limits.ts";

const WORDS = REPLAY_WINDOW_PACKETS / 32;

/** Remembers which packet numbers were taken, so that each counts once (RFC 6479's sliding bits). */
export class ReplayWindow {
  readonly #bits: Uint32Array = new Uint32Array(WORDS);
  #highest = -1;

  /** Whether this number is neither taken nor too far behind. */
  isFresh(number: number): boolean {
    if (number > this.#highest) return true;
    if (number <= this.#highest - REPLAY_WINDOW_PACKETS + 32) return false;
    return ((this.#bits[Math.floor(number / 32) % WORDS] ?? 0) & (1 << (number % 32))) === 0;
  }

  /** Marks a number as taken; only after the packet has proved authentic. */
  take(number: number): void {
    const word = Math.floor(number / 32);
    if (number > this.#highest) {
      const highestWord = Math.floor(this.#highest / 32);
      const clear = Math.min(word - highestWord, WORDS);
      for (let i = 0; i < clear; i++) this.#bits[(word - i) % WORDS] = 0;
      this.#highest = number;
    }
    this.#bits[word % WORDS] = (this.#bits[word % WORDS] ?? 0) | (1 << (number % 32));
  }
}
