/** Reads the bits of VP8's arithmetic code (RFC 6386 section 7); behind the end come zeros. */
export class BoolDecoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #value = 0;
  /** The range less one. */
  #range = 254;
  /** Bits of `#value` below the ones that are compared; below 0: another byte is needed. */
  #bits = -8;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether more was read than there is. */
  get isOver(): boolean {
    return this.#at > this.#bytes.length + 2;
  }

  /** A bit that is 0 with a probability of `probability` / 256. */
  bit(probability: number): 0 | 1 {
    if (this.#bits < 0) {
      this.#value = (this.#value << 8) | (this.#bytes[this.#at++] ?? 0);
      this.#bits += 8;
    }
    const split = (this.#range * probability) >> 8;
    const isOne = this.#value >> this.#bits > split;
    let range = split + 1;
    if (isOne) {
      range = this.#range - split;
      this.#value -= (split + 1) << this.#bits;
    }
    const shift = Math.clz32(range) - 24;
    this.#range = (range << shift) - 1;
    this.#bits -= shift;
    return isOne ? 1 : 0;
  }

  /** A number of so many bits, the highest first. */
  number(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) value = (value << 1) | this.bit(128);
    return value;
  }

  /** A number with a sign behind it. */
  signed(bits: number): number {
    const value = this.number(bits);
    return this.bit(128) === 1 ? -value : value;
  }

  /** The same where a bit says that there is one; else 0. */
  optional(bits: number): number {
    return this.bit(128) === 1 ? this.signed(bits) : 0;
  }
}
