import { PATIENCE_MAX } from "./limits.ts";

/** Learns from paths that were left although they were only late. */
export class Patience {
  /** By what the silence that is waited for is multiplied. */
  factor = 1;
  /** Packets below this went before the last path failed; -1 where none did lately. */
  #firstNumber = -1;
  /** The highest packet acknowledged before that. */
  #largestBefore = -1;
  #largestAcked = -1;
  #lastNumber = -1;

  /** A packet of this number has gone. */
  onSent(number: number): void {
    this.#lastNumber = number;
  }

  /** A path has been left for another. */
  onFailed(): void {
    this.#firstNumber = this.#lastNumber + 1;
    this.#largestBefore = this.#largestAcked;
  }

  /** An acknowledgement came in; `largest` is the highest packet that it names. */
  onAckFrame(largest: number): void {
    if (largest < this.#firstNumber && largest > this.#largestBefore) {
      // Said before anything came by the new path, so the old one was only late.
      this.factor = Math.min(PATIENCE_MAX, 2 * this.factor);
      this.#firstNumber = -1;
    }
    this.#largestAcked = Math.max(this.#largestAcked, largest);
  }
}
