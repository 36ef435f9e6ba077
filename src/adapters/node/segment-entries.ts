import { crc32 } from "node:zlib";
import { fromUtf8 } from "../../base/bytes.ts";
import {
  putU32,
  RECORD_HEADER_BYTES,
  type RecordKind,
  type SegmentRecord,
  writeKey,
} from "./segment-format.ts";

/*
 * A hint lists the records of one segment so that opening needs no scan:
 *   "PEERHINT" | version u8 | segment size u32 | count u32
 *   | count * (kind u8 | key length u16 | block length u32 | offset u32 | key) | CRC-32 of all u32
 * It is only believed where its checksum and the segment's size agree, and every read checks the
 * record itself: a wrong hint can hide a block until the next scan, never show a wrong one.
 * The same bytes are what the index keeps in memory: a million records are a few buffers, not a
 * million objects.
 */
const MAGIC = Buffer.from("PEERHINT", "latin1");
const VERSION = 1;
const HEAD_BYTES = 17;
const ENTRY_BYTES = 11;
const CHECK_BYTES = 4;
const PUT = 1;
const REMOVE = 2;
/** Only in memory. */
const OUTDATED_PUT = 0x81;
const FIRST_BYTES = 4_096;

/** Size of the segment that a hint speaks for, in bytes; undefined where the hint is not whole. */
export function hintSegmentBytes(bytes: Uint8Array): number | undefined {
  const hint = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = hint.length - CHECK_BYTES;
  if (end < HEAD_BYTES || !hint.subarray(0, 8).equals(MAGIC)) return undefined;
  if (hint.readUInt8(8) !== VERSION) return undefined;
  return hint.readUInt32BE(end) === crc32(hint.subarray(0, end)) ? hint.readUInt32BE(9) : undefined;
}

/** What a hint tells of a segment. */
export interface Hint {
  readonly entries: SegmentEntries;
  /** The records of so many bytes from the segment's beginning on are listed. */
  readonly bytes: number;
}

/** The records of one segment in the order of writing, as its hint lists them. */
export class SegmentEntries {
  #bytes: Buffer;
  #end: number;
  #count: number;
  /** Puts that are marked as outdated. */
  #outdated = 0;

  private constructor(bytes: Buffer, end: number, count: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.#count = count;
  }

  /**
   * Of a segment without records.
   * @param memory what `trim` of another one gave back; it is taken over
   */
  static empty(memory?: Buffer): SegmentEntries {
    const bytes = memory ?? Buffer.alloc(HEAD_BYTES);
    bytes.fill(0, 0, HEAD_BYTES);
    bytes.set(MAGIC, 0);
    bytes.writeUInt8(VERSION, 8);
    return new SegmentEntries(bytes, HEAD_BYTES, 0);
  }

  /** What a hint tells, whose memory is taken over; undefined where it is not whole. */
  static ofHint(bytes: Uint8Array): Hint | undefined {
    const segmentBytes = hintSegmentBytes(bytes);
    if (segmentBytes === undefined) return undefined;
    const hint = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = hint.length - CHECK_BYTES;
    const count = hint.readUInt32BE(13);
    let at = HEAD_BYTES;
    for (let left = count; left > 0; left--) {
      const kind = hint[at];
      if (at + ENTRY_BYTES > end || (kind !== PUT && kind !== REMOVE)) return undefined;
      at += ENTRY_BYTES + hint.readUInt16BE(at + 1);
    }
    if (at !== end) return undefined;
    return { entries: new SegmentEntries(hint, end, count), bytes: segmentBytes };
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Adds a record; returns the place of its entry.
   * @param base where in the segment the record's offset is counted from
   */
  append(record: SegmentRecord, base = 0): number {
    const at = this.#end;
    // A character has at most three bytes in UTF-8.
    const bytesMax = at + ENTRY_BYTES + record.key.length * 3 + CHECK_BYTES;
    if (bytesMax > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(FIRST_BYTES, this.#bytes.length * 2, bytesMax),
      );
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    const bytes = this.#bytes;
    const keyBytes = writeKey(bytes, at + ENTRY_BYTES, record.key);
    bytes[at] = record.kind === "put" ? PUT : REMOVE;
    bytes[at + 1] = keyBytes >>> 8;
    bytes[at + 2] = keyBytes;
    putU32(bytes, at + 3, record.blockBytes);
    putU32(bytes, at + 7, base + record.offset);
    this.#end = at + ENTRY_BYTES + keyBytes;
    this.#count++;
    return at;
  }

  /**
   * Keeps no memory for more records: none will come soon.
   * @returns memory for another segment's, so that it need not grow step by step. What it grew out of would stay
   * until V8 looks through all that is old, which a long put seldom makes it do.
   */
  trim(): Buffer {
    const spare = this.#bytes;
    this.#bytes = Buffer.allocUnsafeSlow(this.#end);
    spare.copy(this.#bytes, 0, 0, this.#end);
    return spare;
  }

  /** The hint of a segment of this size with these records. */
  hint(segmentBytes: number): Uint8Array {
    const hint = Buffer.allocUnsafe(this.#end + CHECK_BYTES);
    this.#bytes.copy(hint, 0, 0, this.#end);
    let left = this.#outdated;
    for (let at = HEAD_BYTES; left > 0; at = this.after(at)) {
      if (hint[at] !== OUTDATED_PUT) continue;
      hint[at] = PUT;
      left--;
    }
    hint.writeUInt32BE(segmentBytes, 9);
    hint.writeUInt32BE(this.#count, 13);
    hint.writeUInt32BE(crc32(hint.subarray(0, this.#end)), this.#end);
    return hint;
  }

  /** Place of the first entry; `end` follows the last. */
  get first(): number {
    return HEAD_BYTES;
  }

  /** Where the last entry ends. */
  get end(): number {
    return this.#end;
  }

  /** Place of the entry after this one. */
  after(place: number): number {
    return place + ENTRY_BYTES + this.keyBytes(place);
  }

  kind(place: number): RecordKind {
    return this.#bytes[place] === REMOVE ? "remove" : "put";
  }

  /** Whether an entry is a put that nothing newer has outdated. */
  isLive(place: number): boolean {
    return this.#bytes[place] === PUT;
  }

  /** Notes, in memory only, that something newer has outdated this put. */
  outdate(place: number): void {
    if (this.#bytes[place] === PUT) this.#outdated++;
    this.#bytes[place] = OUTDATED_PUT;
  }

  /** Bytes of an entry's key. */
  keyBytes(place: number): number {
    const bytes = this.#bytes;
    return ((bytes[place + 1] ?? 0) << 8) | (bytes[place + 2] ?? 0);
  }

  /** The memory that an entry's key lies in; to be read at once. */
  get memory(): Uint8Array {
    return this.#bytes;
  }

  /** Where an entry's key begins in `memory`. */
  keyAt(place: number): number {
    return place + ENTRY_BYTES;
  }

  /** Bytes of an entry's block. */
  blockBytes(place: number): number {
    return this.#number(place + 3);
  }

  /** Where an entry's record begins in its segment. */
  offset(place: number): number {
    return this.#number(place + 7);
  }

  /** Bytes of an entry's whole record. */
  totalBytes(place: number): number {
    return RECORD_HEADER_BYTES + this.keyBytes(place) + this.blockBytes(place);
  }

  /** An entry's key. */
  key(place: number): string {
    const from = place + ENTRY_BYTES;
    return this.#bytes.toString("utf8", from, from + this.keyBytes(place));
  }

  /** An entry as a record. */
  record(place: number): SegmentRecord {
    return {
      kind: this.kind(place),
      key: this.key(place),
      offset: this.offset(place),
      blockBytes: this.blockBytes(place),
      totalBytes: this.totalBytes(place),
    };
  }

  /** All records; only those whose keys are sound. */
  records(): SegmentRecord[] {
    const found: SegmentRecord[] = [];
    for (let place = HEAD_BYTES; place < this.#end; place = this.after(place)) {
      const from = place + ENTRY_BYTES;
      const key = fromUtf8(this.#bytes.subarray(from, from + this.keyBytes(place)));
      if (key !== undefined) found.push(this.record(place));
    }
    return found;
  }

  /** A u32, several times faster than readUInt32BE. */
  #number(at: number): number {
    const bytes = this.#bytes;
    const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return (bytes[at] ?? 0) * 0x1000000 + low;
  }
}
