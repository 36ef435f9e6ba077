/** Reads bits from a byte's lowest on, as a lossless WebP writes them. Beyond the end all are zero. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #count = 0;
  #isOver = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether more was read than there is. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next bits, at most 16, without going on. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#held |= (this.#bytes[this.#at++] ?? 0) << this.#count;
      this.#count += 8;
    }
    return this.#held & ((1 << count) - 1);
  }

  /** Goes on by bits that were looked at. */
  advance(count: number): void {
    this.#held >>>= count;
    this.#count -= count;
    this.#isOver ||= 8 * (this.#at - this.#bytes.length) > this.#count;
  }

  /** The next bits, at most 24. */
  read(count: number): number {
    if (count > 16) return this.read(16) | (this.read(count - 16) << 16);
    const value = this.peek(count);
    this.advance(count);
    return value;
  }
}
