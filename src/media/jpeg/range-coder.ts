import { MediaError } from "../errors.ts";

/** Bits of a probability in the coder. */
const PROBABILITY_BITS = 12;
/** Probabilities are kept with four more bits than the coder uses. */
const KEPT_BITS = PROBABILITY_BITS + 4;
const EVEN = 1 << (KEPT_BITS - 1);
/** After so many bits a context learns at its slowest pace. */
const RATE_MAX = 6;

/**
 * How likely a 1 is in each context: adaptive, quick at first. Encoder and decoder of the same bits
 * keep the same numbers.
 */
class Contexts {
  readonly #likely: Uint16Array;
  readonly #seen: Uint8Array;

  constructor(count: number) {
    this.#likely = new Uint16Array(count).fill(EVEN);
    this.#seen = new Uint8Array(count);
  }

  /** Of a 1, from 1 to 4095. */
  likely(context: number): number {
    const likely = (this.#likely[context] ?? EVEN) >>> 4;
    return likely === 0 ? 1 : likely;
  }

  learn(context: number, bit: number): void {
    const seen = this.#seen[context] ?? 0;
    const rate = 2 + (seen >> 3);
    const likely = this.#likely[context] ?? EVEN;
    if (bit === 1) this.#likely[context] = likely + ((0xffff - likely) >> rate);
    else this.#likely[context] = likely - (likely >> rate);
    if (rate < RATE_MAX) this.#seen[context] = seen + 1;
  }
}

/** Codes bits one by one, in one direction. */
export interface BitCoder {
  /** Encodes `bit`, or decodes one; the bit in either case. */
  bit(context: number, bit: number): number;
  /** Ends the data; what was written, as a view. A decoder gives nothing. */
  end(): Uint8Array;
}

/** Writes bits (binary arithmetic coding after Rissanen and Langdon 1979, carry-free). */
export class BitEncoder implements BitCoder {
  readonly #contexts: Contexts;
  #bytes = new Uint8Array(1_024);
  #length = 0;
  #low = 0;
  #high = 0xffffffff;

  constructor(contextCount: number) {
    this.#contexts = new Contexts(contextCount);
  }

  bit(context: number, bit: number): number {
    const middle = split(this.#low, this.#high, this.#contexts.likely(context));
    if (bit === 1) this.#high = middle;
    else this.#low = (middle + 1) >>> 0;
    this.#contexts.learn(context, bit);
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#put(this.#high >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 0xff) >>> 0;
    }
    return bit;
  }

  end(): Uint8Array {
    // A decoder reads zeros behind the end, so one byte above `low` is enough.
    if (this.#low > 0) this.#put((this.#low >>> 24) + 1);
    return this.#bytes.subarray(0, this.#length);
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Reads what a BitEncoder has written; foreign bytes give some bits or other. */
export class BitDecoder implements BitCoder {
  readonly #contexts: Contexts;
  readonly #bytes: Uint8Array;
  #at = 0;
  #low = 0;
  #high = 0xffffffff;
  #value = 0;

  constructor(contextCount: number, bytes: Uint8Array) {
    this.#contexts = new Contexts(contextCount);
    this.#bytes = bytes;
    for (let index = 0; index < 4; index++) this.#next();
  }

  /** @throws MediaError far behind the end of the bytes */
  bit(context: number): number {
    const middle = split(this.#low, this.#high, this.#contexts.likely(context));
    const bit = this.#value <= middle ? 1 : 0;
    if (bit === 1) this.#high = middle;
    else this.#low = (middle + 1) >>> 0;
    this.#contexts.learn(context, bit);
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 0xff) >>> 0;
      this.#next();
    }
    return bit;
  }

  end(): Uint8Array {
    return this.#bytes.subarray(0, 0);
  }

  #next(): void {
    // An encoder's data may be read this far beyond its end.
    if (this.#at > this.#bytes.length + 4) {
      throw new MediaError("truncated", "A part of the JPEG is cut short.");
    }
    this.#value = ((this.#value << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0;
  }
}

function split(low: number, high: number, likely: number): number {
  return (low + ((high - low) >>> PROBABILITY_BITS) * likely) >>> 0;
}
