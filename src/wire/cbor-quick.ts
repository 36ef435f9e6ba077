import { fromUtf8 } from "../base/bytes.ts";
import type { CborValue } from "./cbor-encode.ts";
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX } from "./limits.ts";

/** Major types of RFC 8949 section 3.1. */
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;
const SIMPLE = { false: 20, true: 21, null: 22 } as const;
/** Longer texts are left to the decoder of the platform. */
const SHORT_TEXT = 64;
const ROOMS: readonly number[][] = Array.from({ length: SHORT_TEXT + 1 }, (_, length) =>
  Array<number>(length).fill(0),
);

/** Thrown for whatever is not as most documents are. */
const UNUSUAL: unique symbol = Symbol("unusual");

/**
 * The value of a document that is canonical in the way most are, read in one pass; undefined where it is not, or where
 * it holds what is rare: what that means is then for whoever reads slowly to say. Byte strings are copies.
 */
export function decodeQuickly(bytes: Uint8Array): { readonly value: CborValue } | undefined {
  try {
    const reader = new QuickReader(bytes);
    const value = reader.value(0);
    return reader.at === bytes.length ? { value } : undefined;
  } catch (error) {
    if (error !== UNUSUAL) throw error;
    return undefined;
  }
}

class QuickReader {
  at = 0;
  readonly #bytes: Uint8Array;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(depth: number): CborValue {
    if (++this.#items > CBOR_ITEMS_MAX) throw UNUSUAL;
    const first = this.#bytes[this.at++] ?? 0xff;
    const argument = this.#argument(first & 31);
    switch (first >> 5) {
      case MAJOR.unsigned:
        return argument;
      case MAJOR.negative:
        if (argument === Number.MAX_SAFE_INTEGER) throw UNUSUAL;
        return -1 - argument;
      case MAJOR.bytes:
        return new Uint8Array(this.#bytes.subarray(this.#pass(argument), this.at));
      case MAJOR.text:
        return this.#text(argument);
      case MAJOR.array:
        return this.#list(argument, depth + 1);
      case MAJOR.map:
        return this.#map(argument, depth + 1);
      case MAJOR.simple:
        return simpleOf(first & 31);
      default:
        throw UNUSUAL;
    }
  }

  #list(count: number, depth: number): CborValue {
    this.#enter(count, depth);
    const list: CborValue[] = [];
    for (let left = count; left > 0; left--) list.push(this.value(depth));
    return list;
  }

  #map(count: number, depth: number): CborValue {
    this.#enter(2 * count, depth);
    const map: Record<string, CborValue> = {};
    let [beforeFrom, beforeEnd] = [0, 0];
    for (let left = count; left > 0; left--) {
      this.#items++;
      const first = this.#bytes[this.at++] ?? 0xff;
      if (first >> 5 !== MAJOR.text) throw UNUSUAL;
      const length = this.#argument(first & 31);
      const from = this.at;
      const key = this.#text(length);
      const isSorted = left === count || this.#isAfter(from, beforeFrom, beforeEnd);
      if (!isSorted || key === "__proto__") throw UNUSUAL;
      map[key] = this.value(depth);
      [beforeFrom, beforeEnd] = [from, from + length];
    }
    return map;
  }

  #enter(items: number, depth: number): void {
    if (depth > CBOR_DEPTH_MAX || items > this.#bytes.length - this.at) throw UNUSUAL;
  }

  /** Whether the key that ends here comes after another one: shorter ones come first, no two are the same. */
  #isAfter(from: number, beforeFrom: number, beforeEnd: number): boolean {
    const length = this.at - from;
    const before = beforeEnd - beforeFrom;
    if (length !== before) return length > before;
    for (let i = 0; i < length; i++) {
      const difference = (this.#bytes[from + i] ?? 0) - (this.#bytes[beforeFrom + i] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  #text(length: number): string {
    const from = this.#pass(length);
    const codes = ROOMS[length];
    const ascii = codes === undefined ? undefined : this.#ascii(codes, from);
    const text = ascii ?? fromUtf8(this.#bytes.subarray(from, this.at));
    if (text === undefined) throw UNUSUAL;
    return text;
  }

  #ascii(codes: number[], from: number): string | undefined {
    for (let i = 0; i < codes.length; i++) {
      const code = this.#bytes[from + i] ?? 0;
      if (code >= 0x80) return undefined;
      codes[i] = code;
    }
    return String.fromCharCode.apply(null, codes);
  }

  /** Passes over so many bytes; returns where they begin. */
  #pass(length: number): number {
    const from = this.at;
    if (length > this.#bytes.length - from) throw UNUSUAL;
    this.at = from + length;
    return from;
  }

  /** The number in the first bytes of an item, in as few bytes as it needs. */
  #argument(short: number): number {
    if (short < 24) return short;
    if (short > 27) throw UNUSUAL;
    const length = 1 << (short - 24);
    let value = 0;
    for (let at = this.#pass(length); at < this.at; at++) {
      value = value * 256 + (this.#bytes[at] ?? 0);
    }
    const least = length === 1 ? 24 : 256 ** (length / 2);
    if (value < least || value > Number.MAX_SAFE_INTEGER) throw UNUSUAL;
    return value;
  }
}

function simpleOf(short: number): CborValue {
  if (short === SIMPLE.null) return null;
  if (short !== SIMPLE.false && short !== SIMPLE.true) throw UNUSUAL;
  return short === SIMPLE.true;
}
