import { MediaError } from "./errors.ts";

/** Extra bits and first value of each length and distance code (RFC 1951 section 3.2.5). */
const LENGTHS = ranges(29, (code) => (code < 8 || code === 28 ? 0 : (code >> 2) - 1), 3);
const DISTANCES = ranges(30, (code) => (code < 4 ? 0 : (code >> 1) - 1), 1);
/** The order in which lengths of code-length codes come (section 3.2.7). */
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;
const CODE_BITS_MAX = 15;

function ranges(
  count: number,
  extraOf: (code: number) => number,
  first: number,
): { readonly extra: Uint8Array; readonly base: Uint16Array } {
  const extra = Uint8Array.from({ length: count }, (_, code) => extraOf(code));
  const base = new Uint16Array(count);
  let next = first;
  for (let code = 0; code < count; code++) {
    base[code] = next;
    next += 1 << (extra[code] ?? 0);
  }
  // The last length code stands for 258 alone, which the one before it could not reach.
  if (count === 29) base[28] = 258;
  return { extra, base };
}

/** A canonical prefix code (section 3.2.2). */
interface Code {
  /** How many codes have each length. */
  readonly counts: Uint16Array;
  /** Symbols by code. */
  readonly symbols: Uint16Array;
}

function codeOf(lengths: ArrayLike<number>): Code {
  const counts = new Uint16Array(CODE_BITS_MAX + 1);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    counts[length] = (counts[length] ?? 0) + 1;
  }
  counts[0] = 0;
  const next = new Uint16Array(CODE_BITS_MAX + 2);
  for (let length = 1; length <= CODE_BITS_MAX; length++) {
    next[length + 1] = (next[length] ?? 0) + (counts[length] ?? 0);
  }
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    if (length === 0) continue;
    const at = next[length] ?? 0;
    symbols[at] = symbol;
    next[length] = at + 1;
  }
  return { counts, symbols };
}

const FIXED = {
  literals: codeOf(
    Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8)),
  ),
  distances: codeOf(new Array<number>(30).fill(5)),
};

/**
 * Inflates raw DEFLATE data (RFC 1951).
 * @param sizeMax bytes given out at most
 * @param partial whether to give out what there is where data ends early or more would come
 * @throws MediaError for damaged data, and above `sizeMax`
 */
export function inflate(bytes: Uint8Array, sizeMax: number, partial = false): Uint8Array {
  const inflater = new Inflater(bytes, sizeMax);
  try {
    inflater.run();
  } catch (error) {
    if (!(partial && error instanceof MediaError && error.code !== "malformed")) throw error;
  }
  return inflater.output;
}

/** Inflates data with a zlib header (RFC 1950); its checksum is not looked at. */
export function inflateZlib(bytes: Uint8Array, sizeMax: number, partial = false): Uint8Array {
  const [method = 0, flags = 0] = bytes;
  if ((method & 15) !== 8 || (method * 256 + flags) % 31 !== 0 || (flags & 0x20) !== 0) {
    throw new MediaError("malformed", "Compressed data begins wrongly.");
  }
  return inflate(bytes.subarray(2), sizeMax, partial);
}

class Inflater {
  readonly #bytes: Uint8Array;
  readonly #sizeMax: number;
  #out = new Uint8Array(1 << 15);
  #length = 0;
  #at = 0;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array, sizeMax: number) {
    this.#bytes = bytes;
    this.#sizeMax = sizeMax;
  }

  get output(): Uint8Array {
    return this.#out.subarray(0, this.#length);
  }

  run(): void {
    for (let isLast = 0; isLast === 0; ) {
      isLast = this.#take(1);
      const kind = this.#take(2);
      if (kind === 0) this.#stored();
      else if (kind === 1) this.#block(FIXED.literals, FIXED.distances);
      else if (kind === 2) this.#dynamic();
      else throw damaged();
    }
  }

  #take(count: number): number {
    while (this.#count < count) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new MediaError("truncated", "Compressed data ends early.");
      this.#bits |= byte << this.#count;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#count -= count;
    return value;
  }

  #symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      code |= this.#take(1);
      const count = counts[length] ?? 0;
      if (code - first < count) return symbols[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw damaged();
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#sizeMax) {
      throw new MediaError("too-large", "Compressed data holds more than is looked at.");
    }
    if (needed <= this.#out.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#out.length));
    grown.set(this.output);
    this.#out = grown;
  }

  #stored(): void {
    this.#bits = 0;
    this.#count = 0;
    const length = (this.#bytes[this.#at] ?? 0) + 256 * (this.#bytes[this.#at + 1] ?? 0);
    const data = this.#bytes.subarray(this.#at + 4, this.#at + 4 + length);
    this.#reserve(data.length);
    this.#out.set(data, this.#length);
    this.#length += data.length;
    this.#at += 4 + length;
    if (data.length < length) throw new MediaError("truncated", "Compressed data ends early.");
  }

  #dynamic(): void {
    const literalCount = 257 + this.#take(5);
    const distanceCount = 1 + this.#take(5);
    const codeCount = 4 + this.#take(4);
    const codeLengths = new Uint8Array(19);
    for (const symbol of CODE_ORDER.slice(0, codeCount)) codeLengths[symbol] = this.#take(3);
    const code = codeOf(codeLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let at = 0; at < lengths.length; ) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      const repeated = symbol === 16 ? (lengths[at - 1] ?? 0) : 0;
      const times = symbol === 18 ? 11 + this.#take(7) : 3 + this.#take(symbol === 17 ? 3 : 2);
      lengths.fill(repeated, at, at + times);
      at += times;
    }
    const literals = codeOf(lengths.subarray(0, literalCount));
    this.#block(literals, codeOf(lengths.subarray(literalCount)));
  }

  #block(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (symbol === 256) return;
      if (symbol < 256) {
        this.#reserve(1);
        this.#out[this.#length++] = symbol;
        continue;
      }
      const base = LENGTHS.base[symbol - 257];
      if (base === undefined) throw damaged();
      const length = base + this.#take(LENGTHS.extra[symbol - 257] ?? 0);
      const code = this.#symbol(distances);
      const far = DISTANCES.base[code];
      if (far === undefined) throw damaged();
      this.#copy(far + this.#take(DISTANCES.extra[code] ?? 0), length);
    }
  }

  #copy(distance: number, length: number): void {
    if (distance > this.#length) throw damaged();
    this.#reserve(length);
    // Byte by byte: a copy may read what it has just written.
    for (let left = length; left > 0; left--) {
      this.#out[this.#length] = this.#out[this.#length - distance] ?? 0;
      this.#length++;
    }
  }
}

function damaged(): MediaError {
  return new MediaError("malformed", "Compressed data is damaged.");
}
