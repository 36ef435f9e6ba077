import { REPLAY_WINDOW_FRAMES } from "./limits.ts";

/** Remembers which frame numbers came in (RFC 6479's ring of words instead of shifting). */
export class ReplayWindow {
  readonly #words: Uint32Array = new Uint32Array(REPLAY_WINDOW_FRAMES / 32 + 1);
  #highest = -1;

  /** Highest number accepted; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether this number is new and not too old. Changes nothing: ask before opening the seal. */
  isFresh(counter: number): boolean {
    if (counter > this.#highest) return true;
    if (counter <= this.#highest - REPLAY_WINDOW_FRAMES) return false;
    return ((this.#words[this.#slot(counter)] ?? 0) & (1 << (counter % 32))) === 0;
  }

  /** Notes a number whose frame proved authentic. */
  accept(counter: number): void {
    if (counter > this.#highest) {
      const first = Math.floor(this.#highest / 32);
      const words = Math.min(Math.floor(counter / 32) - first, this.#words.length);
      for (let i = 1; i <= words; i++) this.#words[(first + i) % this.#words.length] = 0;
      if (words === this.#words.length) this.#words.fill(0);
      this.#highest = counter;
    }
    const slot = this.#slot(counter);
    this.#words[slot] = (this.#words[slot] ?? 0) | (1 << (counter % 32));
  }

  #slot(counter: number): number {
    return Math.floor(counter / 32) % this.#words.length;
  }
}
