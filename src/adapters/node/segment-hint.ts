import { crc32 } from "node:zlib";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { BlockFiles } from "./block-files.ts";
import { RECORD_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";

/*
 * A hint lists the records of one segment so that opening needs no scan:
 *   "PEERHINT" | version u8 | segment size u32 | count u32
 *   | count * (kind u8 | key length u16 | block length u32 | offset u32 | key) | CRC-32 of all u32
 * It is only believed where its checksum and the segment's size agree, and every read checks the
 * record itself: a wrong hint can hide a block until the next scan, never show a wrong one.
 */
const MAGIC = Buffer.from("PEERHINT", "latin1");
const VERSION = 1;
const HEAD_BYTES = 17;
const ENTRY_BYTES = 11;

/** The hint of a segment with these records. */
export function encodeHint(records: readonly SegmentRecord[], segmentBytes: number): Uint8Array {
  const keys = records.map((record) => utf8(record.key));
  let size = HEAD_BYTES + 4;
  for (const key of keys) size += ENTRY_BYTES + key.length;
  const hint = Buffer.alloc(size);
  hint.set(MAGIC, 0);
  hint.writeUInt8(VERSION, 8);
  hint.writeUInt32BE(segmentBytes, 9);
  hint.writeUInt32BE(records.length, 13);
  let at = HEAD_BYTES;
  records.forEach((record, index) => {
    const key = keys[index] ?? new Uint8Array(0);
    hint.writeUInt8(record.kind === "put" ? 1 : 2, at);
    hint.writeUInt16BE(key.length, at + 1);
    hint.writeUInt32BE(record.blockBytes, at + 3);
    hint.writeUInt32BE(record.offset, at + 7);
    hint.set(key, at + ENTRY_BYTES);
    at += ENTRY_BYTES + key.length;
  });
  hint.writeUInt32BE(crc32(hint.subarray(0, at)), at);
  return hint;
}

/** Size of the segment that a hint speaks for, in bytes; undefined where the hint is not whole. */
export function hintSegmentBytes(bytes: Uint8Array): number | undefined {
  const hint = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = hint.length - 4;
  if (end < HEAD_BYTES || !hint.subarray(0, 8).equals(MAGIC)) return undefined;
  if (hint.readUInt8(8) !== VERSION) return undefined;
  return hint.readUInt32BE(end) === crc32(hint.subarray(0, end)) ? hint.readUInt32BE(9) : undefined;
}

/** The records in a hint for a segment of this size, or undefined where it does not fit. */
export function decodeHint(bytes: Uint8Array, segmentBytes: number): SegmentRecord[] | undefined {
  const hint = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = hint.length - 4;
  if (hintSegmentBytes(bytes) !== segmentBytes) return undefined;
  const records: SegmentRecord[] = [];
  let at = HEAD_BYTES;
  for (let left = hint.readUInt32BE(13); left > 0; left--) {
    if (at + ENTRY_BYTES > end) return undefined;
    const keyBytes = hint.readUInt16BE(at + 1);
    const blockBytes = hint.readUInt32BE(at + 3);
    const from = at + ENTRY_BYTES;
    const key = fromUtf8(hint.subarray(from, from + keyBytes));
    if (from + keyBytes > end || key === undefined) return undefined;
    records.push({
      kind: hint.readUInt8(at) === 1 ? "put" : "remove",
      key,
      offset: hint.readUInt32BE(at + 7),
      blockBytes,
      totalBytes: RECORD_HEADER_BYTES + keyBytes + blockBytes,
    });
    at = from + keyBytes;
  }
  return at === end ? records : undefined;
}

/** Name of a segment's file. */
export function segmentName(segment: number): string {
  return `seg-${segment.toString(16).padStart(8, "0")}.blk`;
}

/** Name of a segment's hint. */
export function hintName(segment: number): string {
  return `seg-${segment.toString(16).padStart(8, "0")}.hint`;
}

/** The number in a segment file's name, or undefined where the file is none. */
export function segmentNumber(name: string): number | undefined {
  const match = /^seg-([0-9a-f]{8})\.blk$/.exec(name);
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}

/** Writes a hint; failing to is no harm. */
export async function writeHint(
  files: BlockFiles,
  segment: number,
  records: readonly SegmentRecord[],
  segmentBytes: number,
): Promise<void> {
  try {
    const file = await files.open(hintName(segment), true);
    try {
      await file.write([encodeHint(records, segmentBytes)], 0);
    } finally {
      await file.close();
    }
  } catch {
    // The next opening scans the segment instead.
  }
}

/** Reads a segment's hint; undefined where there is none that fits. */
export async function readHint(
  files: BlockFiles,
  segment: number,
  segmentBytes: number,
): Promise<SegmentRecord[] | undefined> {
  try {
    const file = await files.open(hintName(segment), false);
    try {
      const bytes = new Uint8Array(await file.size());
      const read = await file.read(bytes, 0);
      return decodeHint(bytes.subarray(0, read), segmentBytes);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
