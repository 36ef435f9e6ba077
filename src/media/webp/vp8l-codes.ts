import { MediaError } from "../errors.ts";
import type { BitReader } from "./vp8l-bits.ts";

/** In what order the lengths of the codes for lengths come (RFC 9649, section 3.7.2.1.2). */
const LENGTH_ORDER = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const CODE_BITS_MAX = 15;
/** Codes up to this length are found with one look. */
const LOOK_BITS = 8;

/** A prefix code: bits that stand for symbols. */
export class PrefixCode {
  /** For the next bits: symbol and, in the lowest four bits, how long its code is. */
  readonly #looks = new Uint16Array(1 << LOOK_BITS);
  readonly #counts = new Uint16Array(CODE_BITS_MAX + 1);
  readonly #symbols: Uint16Array;

  private constructor(lengths: Uint8Array) {
    for (const length of lengths) this.#counts[length] = (this.#counts[length] ?? 0) + 1;
    this.#counts[0] = 0;
    const offsets = new Uint16Array(CODE_BITS_MAX + 2);
    const codes = new Uint16Array(CODE_BITS_MAX + 2);
    let left = 1;
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      const count = this.#counts[length] ?? 0;
      left = 2 * left - count;
      if (left < 0) throw new MediaError("malformed", "A prefix code of the WebP is too full.");
      offsets[length + 1] = (offsets[length] ?? 0) + count;
      codes[length + 1] = 2 * ((codes[length] ?? 0) + count);
    }
    if (left > 0) throw new MediaError("malformed", "A prefix code of the WebP has gaps.");
    this.#symbols = new Uint16Array(lengths.length);
    for (const [symbol, length] of lengths.entries()) {
      if (length === 0) continue;
      const offset = offsets[length] ?? 0;
      this.#symbols[offset] = symbol;
      offsets[length] = offset + 1;
      const code = codes[length] ?? 0;
      codes[length] = code + 1;
      if (length <= LOOK_BITS) this.#show(symbol, code, length);
    }
  }

  /** A code by the lengths of each symbol's bits; of a single symbol, which takes none, the symbol. */
  static of(lengths: Uint8Array): PrefixCode | number {
    const first = lengths.findIndex((length) => length > 0);
    if (first < 0) return 0;
    return lengths.some((length, i) => i > first && length > 0) ? new PrefixCode(lengths) : first;
  }

  /** The next symbol. @throws MediaError where no code is as long */
  next(bits: BitReader): number {
    const found = this.#looks[bits.peek(LOOK_BITS)] ?? 0;
    if (found !== 0) {
      bits.advance(found & 15);
      return found >> 4;
    }
    const ahead = bits.peek(CODE_BITS_MAX);
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      const count = this.#counts[length] ?? 0;
      code |= (ahead >> (length - 1)) & 1;
      if (code - count < first) {
        bits.advance(length);
        return this.#symbols[index + code - first] ?? 0;
      }
      index += count;
      first = 2 * (first + count);
      code *= 2;
    }
    throw new MediaError("malformed", "Bits of the WebP stand for nothing.");
  }

  /** Codes are written from their highest bit on, all else from the lowest. */
  #show(symbol: number, code: number, length: number): void {
    let from = 0;
    for (let bit = 0; bit < length; bit++) from |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let at = from; at < 1 << LOOK_BITS; at += 1 << length) {
      this.#looks[at] = (symbol << 4) | length;
    }
  }
}

/** The next symbol of a code. */
export function nextOf(code: PrefixCode | number, bits: BitReader): number {
  return typeof code === "number" ? code : code.next(bits);
}

/** Reads how a code for so many symbols is made. @throws MediaError where it cannot be */
export function readPrefixCode(bits: BitReader, symbols: number): PrefixCode | number {
  const lengths = new Uint8Array(symbols);
  if (bits.read(1) === 0) readLengths(bits, lengths);
  else {
    const isPair = bits.read(1) === 1;
    const first = bits.read(bits.read(1) === 0 ? 1 : 8);
    const both = isPair ? [first, bits.read(8)] : [first];
    for (const symbol of both) {
      if (symbol >= symbols) throw new MediaError("malformed", "The WebP names no such symbol.");
      lengths[symbol] = 1;
    }
  }
  if (bits.isOver) throw new MediaError("truncated", "The WebP ends before its pixels.");
  return PrefixCode.of(lengths);
}

function readLengths(bits: BitReader, lengths: Uint8Array): void {
  const ofLengths = new Uint8Array(LENGTH_ORDER.length);
  const count = 4 + bits.read(4);
  for (const place of LENGTH_ORDER.slice(0, count)) ofLengths[place] = bits.read(3);
  const code = PrefixCode.of(ofLengths);
  let left = lengths.length;
  if (bits.read(1) === 1) left = 2 + bits.read(2 + 2 * bits.read(3));
  if (left > lengths.length) throw new MediaError("malformed", "The WebP has too many codes.");
  let before = 8;
  for (let at = 0; at < lengths.length && left > 0 && !bits.isOver; left--) {
    const length = nextOf(code, bits);
    if (length < 16) {
      lengths[at++] = length;
      if (length > 0) before = length;
      continue;
    }
    const times = timesOf(length, bits);
    if (at + times > lengths.length) {
      throw new MediaError("malformed", "The WebP repeats a code too often.");
    }
    lengths.fill(length === 16 ? before : 0, at, at + times);
    at += times;
  }
}

/** How often the symbols from 16 on repeat a length. */
function timesOf(symbol: number, bits: BitReader): number {
  if (symbol === 18) return 11 + bits.read(7);
  return 3 + bits.read(symbol === 17 ? 3 : 2);
}
