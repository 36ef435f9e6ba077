/** Words at the beginning, and how many times as many there are with each growth. */
const GROWTH = 4;

/**
 * Remembers which numbers came in, so that each counts once (RFC 6479's ring of words). The ring
 * grows with the numbers until it is whole: who receives little keeps little.
 */
export class ReplayWindow {
  readonly #size: number;
  #words: Uint32Array;
  #highest = -1;

  /** @param size how far behind the highest a number may come; a multiple of 32 */
  constructor(size: number) {
    this.#size = size;
    this.#words = new Uint32Array(Math.min(GROWTH, size / 32 + 1));
  }

  /** Highest number accepted; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether this number is new and not too old. Changes nothing: ask before opening the seal. */
  isFresh(number: number): boolean {
    if (number > this.#highest) return true;
    if (number <= this.#highest - this.#size) return false;
    return ((this.#words[this.#slot(number)] ?? 0) & (1 << (number % 32))) === 0;
  }

  /** Notes a number; only after what carried it has proved authentic. */
  accept(number: number): void {
    if (number >= this.#words.length * 32) this.#grow(number);
    const words = this.#words;
    if (number > this.#highest) {
      const first = Math.floor(this.#highest / 32);
      const passed = Math.min(Math.floor(number / 32) - first, words.length);
      for (let i = 1; i <= passed; i++) words[(first + i) % words.length] = 0;
      this.#highest = number;
    }
    const slot = this.#slot(number);
    words[slot] = (words[slot] ?? 0) | (1 << (number % 32));
  }

  /** Until the ring is whole, each word is at its own place. */
  #grow(number: number): void {
    const whole = this.#size / 32 + 1;
    let length = this.#words.length;
    while (length < whole && number >= length * 32) length = Math.min(whole, length * GROWTH);
    if (length === this.#words.length) return;
    const words = new Uint32Array(length);
    words.set(this.#words);
    this.#words = words;
  }

  #slot(number: number): number {
    return Math.floor(number / 32) % this.#words.length;
  }
}
