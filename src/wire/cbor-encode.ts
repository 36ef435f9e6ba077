import { compareBytes, utf8 } from "../base/bytes.ts";
import { AssertionError } from "../base/errors.ts";
import { lentBytes } from "../base/lent.ts";

/** What Peernet puts into CBOR: no floats, no tags, no undefined; map keys are texts. */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue | undefined };

/** Major types of RFC 8949 section 3.1, where they stand in the first byte of an item. */
const MAJOR = { unsigned: 0, negative: 0x20, bytes: 0x40, text: 0x60, array: 0x80, map: 0xa0 };
const SIMPLE = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;
const FIRST_BYTES = 1_024;
/** A buffer larger than this is not kept for the next document. */
const KEPT_BYTES = 65_536;
/** Longer texts are left to the encoder of the platform. */
const SHORT_TEXT = 64;
/** Members of a usual record. */
const FEW_KEYS = 24;

/** Documents are made one after another in the same memory, then copied out. */
let kept = new Uint8Array(FIRST_BYTES);

/**
 * Canonical CBOR (RFC 8949 section 4.2.1). Members that are undefined are left out.
 * @throws AssertionError for numbers that are no safe integers: no other peer would read them
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return written(value).slice();
}

/** The same in memory shared with others (`lentBytes`): for what goes to a disk or a stream and is then forgotten. */
export function encodeLentCbor(value: CborValue): Uint8Array {
  const bytes = written(value);
  const lent = lentBytes(bytes.length);
  lent.set(bytes);
  return lent;
}

/** A view of memory that the next document is written to. */
function written(value: CborValue): Uint8Array {
  const encoder = new Encoder(kept);
  encoder.value(value);
  if (encoder.bytes.length <= KEPT_BYTES) kept = encoder.bytes;
  return encoder.bytes.subarray(0, encoder.length);
}

class Encoder {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }

  value(value: CborValue): void {
    if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#bytesOf(MAJOR.bytes, value);
    else if (value === null) this.#byte(SIMPLE.null);
    else if (typeof value === "boolean") this.#byte(value ? SIMPLE.true : SIMPLE.false);
    else if (isList(value)) {
      this.#head(MAJOR.array, value.length);
      for (const item of value) this.value(item);
    } else this.#map(value);
  }

  #map(value: { readonly [key: string]: CborValue | undefined }): void {
    const keys = sorted(Object.keys(value).filter((key) => value[key] !== undefined));
    this.#head(MAJOR.map, keys.length);
    for (const key of keys) {
      this.#text(key);
      this.value(value[key] ?? null);
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new AssertionError(`${value} is no integer that CBOR may carry here`);
    }
    if (value < 0) this.#head(MAJOR.negative, -1 - value);
    else this.#head(MAJOR.unsigned, value);
  }

  #text(text: string): void {
    if (text.length > SHORT_TEXT || !this.#ascii(text)) this.#bytesOf(MAJOR.text, utf8(text));
  }

  /** Writes a short text of ASCII alone; false where it is none, and nothing is written. */
  #ascii(text: string): boolean {
    const before = this.length;
    this.#head(MAJOR.text, text.length);
    this.#reserve(text.length);
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 0x80) {
        this.length = before;
        return false;
      }
      this.bytes[this.length++] = code;
    }
    return true;
  }

  #bytesOf(major: number, bytes: Uint8Array): void {
    this.#head(major, bytes.length);
    this.#reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** The first bytes of an item: what it is, and a number in as few bytes as it needs. */
  #head(major: number, argument: number): void {
    this.#reserve(9);
    if (argument < 24) this.#bigEndian(major | argument, 0, 0);
    else if (argument < 0x100) this.#bigEndian(major | 24, argument, 1);
    else if (argument < 0x1_0000) this.#bigEndian(major | 25, argument, 2);
    else if (argument < 0x1_0000_0000) this.#bigEndian(major | 26, argument, 4);
    else this.#bigEndian(major | 27, argument, 8);
  }

  #bigEndian(first: number, argument: number, size: number): void {
    this.bytes[this.length] = first;
    let left = argument;
    for (let at = this.length + size; at > this.length; at--) {
      this.bytes[at] = left % 256;
      left = Math.floor(left / 256);
    }
    this.length += 1 + size;
  }

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** `Array.isArray` does not narrow read-only arrays. */
function isList(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

/** Keys in the order of their encoded bytes: shorter ones first. */
function sorted(keys: string[]): readonly string[] {
  if (keys.length > FEW_KEYS) {
    return keys.sort((a, b) => (a === b ? 0 : isBefore(a, b) ? -1 : 1));
  }
  // By insertion, in the list itself: `sort` makes lists of its own for each record.
  for (let from = 1; from < keys.length; from++) {
    const key = keys[from] ?? "";
    let at = from;
    for (; at > 0 && isBefore(key, keys[at - 1] ?? ""); at--) keys[at] = keys[at - 1] ?? "";
    keys[at] = key;
  }
  return keys;
}

function isBefore(a: string, b: string): boolean {
  if (a.length === 1 && b.length === 1 && a < "\u0080" && b < "\u0080") return a < b;
  const [first, second] = [utf8(a), utf8(b)];
  if (first.length !== second.length) return first.length < second.length;
  return compareBytes(first, second) < 0;
}
