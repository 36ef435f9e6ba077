import { MediaError } from "../errors.ts";
import type { HuffmanTable } from "./huffman.ts";

/** Reads the bits of one entropy-coded segment (ITU T.81 section F.2.2.5), most significant first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #bits = 0;
  #count = 0;
  /** Bits in `#bits` that are not from the file: more may be looked at than there are. */
  #padded = 0;

  /** @param from, end where the scan's data lies in `bytes` */
  constructor(bytes: Uint8Array, from: number, end: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  /**
   * The next symbol.
   * @throws MediaError for a code that the table has not, and at the end of the segment
   */
  symbol(table: HuffmanTable): number {
    if (this.#count < 16) this.#fill();
    const entry = table.lookup[(this.#bits >>> (this.#count - 16)) & 0xffff] ?? 0;
    if (entry === 0) throw new MediaError("malformed", "The JPEG has a code outside its tables.");
    this.#take(entry >> 8);
    return entry & 0xff;
  }

  /** The next `count` bits (0 to 16) as an unsigned number. */
  bits(count: number): number {
    if (count === 0) return 0;
    if (this.#count < count) this.#fill();
    const value = (this.#bits >>> (this.#count - count)) & ((1 << count) - 1);
    this.#take(count);
    return value;
  }

  /** A signed value of `count` bits (T.81 section F.2.2.1, EXTEND). */
  signed(count: number): number {
    const value = this.bits(count);
    return count > 0 && value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  /** The bits that fill up the last byte: all ones as a rule, undefined where there are none. */
  padding(): { readonly value: number; readonly count: number } | undefined {
    const count = (this.#count - this.#padded) & 7;
    if (count === 0) return undefined;
    return { value: (this.#bits >>> (this.#count - count)) & ((1 << count) - 1), count };
  }

  /**
   * Goes on behind the next restart marker.
   * @throws MediaError where there is none
   */
  restart(): void {
    let at = this.#at;
    while (at + 1 < this.#end && !isRestart(this.#bytes, at)) at++;
    if (at + 1 >= this.#end) throw new MediaError("truncated", "The JPEG ends within a scan.");
    this.#at = at + 2;
    this.#bits = 0;
    this.#count = 0;
    this.#padded = 0;
  }

  #take(count: number): void {
    this.#count -= count;
    if (this.#count < this.#padded) {
      throw new MediaError("truncated", "The JPEG ends within a scan.");
    }
  }

  #fill(): void {
    while (this.#count <= 24) {
      const byte = this.#next();
      this.#bits = (this.#bits << 8) | byte;
      this.#count += 8;
    }
  }

  /** The next byte without stuffing; zeros, counted as padding, before a marker and at the end. */
  #next(): number {
    const at = this.#at;
    const byte = this.#bytes[at] ?? 0;
    if (at < this.#end && byte !== 0xff) {
      this.#at = at + 1;
      return byte;
    }
    if (at + 1 < this.#end && this.#bytes[at + 1] === 0) {
      this.#at = at + 2;
      return 0xff;
    }
    this.#padded += 8;
    return 0;
  }
}

function isRestart(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf8) === 0xd0;
}
