import { fromUtf8, NO_BYTES, toHexOf, utf8 } from "../base/bytes.ts";
import { WireError } from "./errors.ts";
import { Writer } from "./writer.ts";

/** Major types of RFC 8949 section 3.1. */
const UINT = 0;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;

/**
 * Writes canonical CBOR (RFC 8949 section 4.2.1) that is made of arrays, byte strings, texts and
 * unsigned integers only: records with fixed places, of which there are many.
 */
export class CborArrayWriter {
  readonly #writer: Writer;

  /** @param into first size of the buffer in bytes; or what was begun before, and is written on */
  constructor(into: number | Writer = 256) {
    this.#writer = typeof into === "number" ? new Writer(into) : into;
  }

  /** The head of an array; its `count` items follow. */
  array(count: number): this {
    return this.#head(ARRAY, count);
  }

  /** 0 … 2^53-1. */
  uint(value: number): this {
    return this.#head(UINT, value);
  }

  bytes(value: Uint8Array): this {
    this.#head(BYTES, value.length);
    this.#writer.bytes(value);
    return this;
  }

  text(value: string): this {
    const bytes = utf8(value);
    this.#head(TEXT, bytes.length);
    this.#writer.bytes(bytes);
    return this;
  }

  /** What was written. */
  done(): Uint8Array {
    return this.#writer.done();
  }

  #head(major: number, argument: number): this {
    const writer = this.#writer;
    const type = major << 5;
    if (argument < 24) writer.u8(type | argument);
    else if (argument < 0x100) writer.u8(type | 24).u8(argument);
    else if (argument < 0x1_0000) writer.u8(type | 25).u16(argument);
    else if (argument < 0x1_0000_0000) writer.u8(type | 26).u32(argument);
    else {
      writer.u8(type | 27).u32(Math.floor(argument / 0x1_0000_0000));
      writer.u32(argument % 0x1_0000_0000);
    }
    return this;
  }
}

/**
 * Reads what `CborArrayWriter` writes and nothing else: every other form of the same values is
 * refused with a WireError.
 */
export class CborArrayReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  /** @param end where the record ends in the bytes; what follows is not looked at */
  constructor(bytes: Uint8Array, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#end = end;
  }

  /** Whether everything was read. */
  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at;
  }

  /** The number of items of an array, at most `max`. */
  array(max: number): number {
    return this.#head(ARRAY, max);
  }

  /** An integer of at most `max`. */
  uint(max: number): number {
    return this.#head(UINT, max);
  }

  /** A view of `min` … `max` bytes; lent, not copied. */
  bytes(min: number, max: number = min): Uint8Array {
    const from = this.#begin(BYTES, min, max);
    return from === this.#at ? NO_BYTES : this.#bytes.subarray(from, this.#at);
  }

  /** `min` … `max` bytes in lower-case hexadecimal. */
  hex(min: number, max: number = min): string {
    const from = this.#begin(BYTES, min, max);
    return toHexOf(this.#bytes, from, this.#at);
  }

  /** A text of at most `maxBytes` in UTF-8. */
  text(maxBytes: number): string {
    const from = this.#begin(TEXT, 0, maxBytes);
    const text = fromUtf8(this.#bytes.subarray(from, this.#at));
    if (text === undefined) throw new WireError("malformed", "A text is not UTF-8.");
    return text;
  }

  /** @throws WireError("trailing") unless everything was read */
  end(): void {
    if (this.#at === this.#end) return;
    throw new WireError("trailing", "Something follows the end of the record.");
  }

  /** Passes over a head and what it announces; returns where that began. */
  #begin(major: number, min: number, max: number): number {
    const length = this.#head(major, max);
    if (length < min) throw new WireError("out-of-range", `Bytes are missing: ${length}.`);
    return this.#pass(length);
  }

  #pass(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) throw new WireError("truncated", "The record is cut.");
    this.#at = from + length;
    return from;
  }

  #head(major: number, max: number): number {
    const from = this.#pass(1);
    const first = this.#bytes[from] ?? 0;
    if (first >> 5 !== major) {
      this.#at = from;
      throw new WireError("wrong-type", "Another type was due here.");
    }
    const short = first & 31;
    const argument = short < 24 ? short : this.#longArgument(short);
    if (argument > max) throw new WireError("out-of-range", `${argument} is more than ${max}.`);
    return argument;
  }

  #longArgument(short: number): number {
    if (short > 27) throw new WireError("malformed", "Indefinite lengths are not used here.");
    const length = 1 << (short - 24);
    let value = 0;
    for (let at = this.#pass(length); at < this.#at; at++) {
      value = value * 256 + (this.#bytes[at] ?? 0);
    }
    const least = length === 1 ? 24 : 256 ** (length / 2);
    if (value < least) throw new WireError("not-canonical", "A number is longer than it need be.");
    return value;
  }
}
