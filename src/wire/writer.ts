import { utf8 } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";

/** Arrays up to this size live in V8's own heap as long as nobody makes a view of them. */
const SMALL_BYTES = 64;

/**
 * Writes big-endian fields into a buffer that grows as needed. Numbers are taken modulo the
 * field's size, so bounds are the caller's to keep.
 */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  /** @param into first size of the buffer, of which a good guess avoids growth; or memory to write in as long as it lasts */
  constructor(into: number | Uint8Array = 256) {
    this.#bytes = typeof into === "number" ? new Uint8Array(into) : into;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    // Byte by byte: a view of short-lived memory costs more than what it writes.
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  u32(value: number): this {
    this.#put32(this.#reserve(4), value);
    return this;
  }

  /** An integer of six bytes, 0 … 2^48-1. */
  u48(value: number): this {
    this.u16(Math.floor(value / 0x1_0000_0000));
    return this.u32(value >>> 0);
  }

  /** QUIC variable-length integer (RFC 9000 section 16), shortest form, up to 2^53-1. */
  varint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is no unsigned integer`);
    if (value < 0x40) return this.u8(value);
    if (value < 0x4000) return this.u16(value | 0x4000);
    if (value < 0x4000_0000) return this.u32((value | 0x8000_0000) >>> 0);
    this.u32(((value / 0x1_0000_0000) | 0xc000_0000) >>> 0);
    return this.u32(value >>> 0);
  }

  /** A text in UTF-8 after its length in bytes, a varint. */
  text(text: string): this {
    const { length } = text;
    const from = this.#length;
    this.varint(length);
    const at = this.#reserve(length);
    const bytes = this.#bytes;
    // Most texts are short and ASCII: an encoder takes several times longer to call.
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.#length = from;
        const encoded = utf8(text);
        return this.varint(encoded.length).bytes(encoded);
      }
      bytes[at + i] = unit;
    }
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Overwrites four bytes that were written before: a length, once it is known. */
  fillU32(at: number, value: number): void {
    assert(at >= 0 && at + 4 <= this.#length, "only what was written can be filled in");
    this.#put32(at, value);
  }

  /** Takes back what was written after the first `length` bytes. */
  cut(length: number): void {
    assert(length >= 0 && length <= this.#length, "only what was written can be taken back");
    this.#length = length;
  }

  /** The bytes written, mostly as a view of the buffer: take it, then throw the writer away. */
  done(): Uint8Array {
    const [bytes, length] = [this.#bytes, this.#length];
    if (length === bytes.length) return bytes;
    // A view of small memory would give that a place outside of V8's heap, which costs more than a copy.
    return bytes.length <= SMALL_BYTES ? bytes.slice(0, length) : bytes.subarray(0, length);
  }

  #put32(at: number, value: number): void {
    const bytes = this.#bytes;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  /** Where the next `length` bytes go. May replace the buffer: read it only afterwards. */
  #reserve(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}

/** How many bytes `varint` takes for a value. */
export function varintBytes(value: number): number {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  return value < 0x4000_0000 ? 4 : 8;
}
