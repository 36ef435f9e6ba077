import { MediaError } from "../errors.ts";
import type { HuffmanTable } from "./huffman.ts";

/**
 * What a scan says, before codes are chosen. Each entry is one number: bits 0-15 a value, 16-19
 * its length in bits, 20-27 a symbol, 28-30 the symbol's table (0-3 DC, 4-7 AC); bit 31 set: no
 * symbol, and where the length is 0 too, the restart marker of the value's number.
 */
export class Tokens {
  /** Entries, of which the first `length` are used. */
  data: Int32Array = new Int32Array(4_096);
  length = 0;

  symbol(table: number, symbol: number, value: number, length: number): void {
    this.#push((table << 28) | (symbol << 20) | (length << 16) | (value & ((1 << length) - 1)));
  }

  /** Up to 15 bits without a symbol. */
  raw(value: number, length: number): void {
    this.#push((1 << 31) | (length << 16) | value);
  }

  restart(number: number): void {
    this.#push((1 << 31) | (number & 7));
  }

  #push(token: number): void {
    if (this.length === this.data.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length++] = token;
  }
}

/** How often each symbol occurs, by table. */
export function frequenciesOf({ data, length }: Tokens): readonly Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  const flat = new Uint32Array(8 * 256);
  for (let at = 0; at < length; at++) {
    const token = data[at] ?? 0;
    if (token < 0) continue;
    const index = (token >>> 20) & 0x7ff;
    flat[index] = (flat[index] ?? 0) + 1;
  }
  for (const [index, table] of tables.entries()) {
    table.set(flat.subarray(256 * index, 256 * (index + 1)));
  }
  return tables;
}

/** Writes the entropy-coded data of scans (ITU T.81 section F.1.2), growing as needed. */
export class BitWriter {
  readonly #sizeMax: number;
  readonly #padding: boolean;
  #bytes = new Uint8Array(65_536);
  #length = 0;
  #bits = 0;
  #count = 0;

  /**
   * @param padding whether ones fill up bytes
   * @param sizeMax bytes above which writing is refused
   */
  constructor(padding: boolean, sizeMax: number) {
    this.#padding = padding;
    this.#sizeMax = sizeMax;
  }

  /** All bytes so far, as a view of the buffer. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /**
   * Writes tokens with these tables.
   * @param tables DC 0-3, then AC 0-3
   * @throws MediaError for a symbol that its table has no code for, and above the size
   */
  tokens({ data, length }: Tokens, tables: readonly (HuffmanTable | undefined)[]): void {
    for (let at = 0; at < length; at++) {
      const token = data[at] ?? 0;
      const size = (token >>> 16) & 15;
      if (token >= 0) {
        const table = tables[token >>> 28];
        const symbol = (token >>> 20) & 0xff;
        const bits = table?.sizes[symbol] ?? 0;
        if (bits === 0) throw new MediaError("malformed", "A JPEG's tables lack a code.");
        this.#put(table?.codes[symbol] ?? 0, bits);
      } else if (size === 0) {
        this.align();
        this.raw([0xff, 0xd0 | (token & 7)]);
      }
      if (size > 0) this.#put(token & 0xffff, size);
    }
  }

  /** Fills up the last byte. */
  align(): void {
    const missing = (8 - this.#count) & 7;
    if (missing > 0) this.#put(this.#padding ? (1 << missing) - 1 : 0, missing);
  }

  /** Bytes as they are; only where the last byte is full. */
  raw(bytes: ArrayLike<number>): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #put(value: number, length: number): void {
    this.#bits = (this.#bits << length) | value;
    this.#count += length;
    if (this.#count < 8) return;
    this.#reserve(8);
    while (this.#count >= 8) {
      this.#count -= 8;
      const byte = (this.#bits >>> this.#count) & 0xff;
      this.#bytes[this.#length++] = byte;
      if (byte === 0xff) this.#bytes[this.#length++] = 0;
    }
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    if (this.#length + count > this.#sizeMax) {
      throw new MediaError("too-large", "A JPEG grew beyond the size it should have.");
    }
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
