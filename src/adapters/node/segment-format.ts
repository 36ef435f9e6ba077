import { createHash, hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { equalBytes, fromUtf8 } from "../../base/bytes.ts";
import { BLOCK_BYTES_MAX } from "../../ports/index.ts";
import { BLOCK_KEY_BYTES_MAX } from "./limits.ts";

/*
 * A segment file (all numbers big endian):
 *   header  twice: "PEERSEG" | version u8 | segment number u32 | salt (16) | CRC-32 of these 28 bytes
 *   record  "PNBR" | kind u8 | 0 | key length u16 | block length u32
 *           | first 16 bytes of the block's digest
 *           | first 8 bytes of SHA-256(salt, these 28 bytes, key)
 *           | key (UTF-8) | block
 * The salt is one per store and leaves it never: a stranger whose block we keep could otherwise
 * plant something in it that looks like a record when the scan has to look for the next one.
 * The kind is 2 for a tombstone and 3 for a block, whose digest is SHA-256(0, block): the store
 * knows that one already, as every shard is a leaf of a hash tree (RFC 9162). Version 1 had blocks
 * of kind 1, with the digest SHA-256(block); they are still read.
 * The header's layout stays the same in every version, and is there twice because it has the salt.
 */

/** Version of the format that this code writes; it reads all before. */
export const SEGMENT_VERSION = 2;
/** Bytes of a segment's header. */
export const SEGMENT_HEADER_BYTES = 64;
/** Bytes of a record before its key. */
export const RECORD_HEADER_BYTES = 36;
/** Bytes of a store's salt. */
export const SALT_BYTES = 16;
/** First bytes of every record. */
export const RECORD_MAGIC: Uint8Array = Buffer.from("PNBR", "latin1");

const SEGMENT_MAGIC = Buffer.from("PEERSEG", "latin1");
const HEADER_COPY_BYTES = 32;
const DIGEST_BYTES = 16;
const CHECK_AT = 28;
const CHECK_BYTES = 8;
/** What the byte of a record's kind says. */
const KIND = { plainPut: 1, remove: 2, put: 3 } as const;
const LEAF = Uint8Array.of(0);
/** What a check is made of, put together: one call of the hash function takes half the time of three. */
const CHECKED = Buffer.alloc(SALT_BYTES + CHECK_AT + BLOCK_KEY_BYTES_MAX);
const NO_DIGEST = new Uint8Array(DIGEST_BYTES);

/** What a record does: sets the block of a key, or takes the key away (a tombstone). */
export type RecordKind = "put" | "remove";

/** A record as its header describes it. */
export interface SegmentRecord {
  readonly kind: RecordKind;
  readonly key: string;
  /** Where it begins in its segment. */
  readonly offset: number;
  /** Bytes of the block; 0 in a tombstone. */
  readonly blockBytes: number;
  /** Bytes of header, key and block together. */
  readonly totalBytes: number;
}

/** The header of a segment file. */
export function encodeSegmentHeader(segment: number, salt: Uint8Array): Uint8Array {
  const copy = Buffer.alloc(HEADER_COPY_BYTES);
  copy.set(SEGMENT_MAGIC, 0);
  copy.writeUInt8(SEGMENT_VERSION, 7);
  copy.writeUInt32BE(segment, 8);
  copy.set(salt, 12);
  copy.writeUInt32BE(crc32(copy.subarray(0, 28)), 28);
  return Buffer.concat([copy, copy]);
}

/** What a segment's header says. */
export interface SegmentHeader {
  readonly version: number;
  readonly salt: Uint8Array;
  /** Whether both copies are as they were written. */
  readonly whole: boolean;
}

/** The header of a segment, from whichever copy is good; undefined where both are damaged. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copies = [view.subarray(0, 32), view.subarray(32, 64)];
  const good = copies.filter(
    (copy) =>
      copy.length === HEADER_COPY_BYTES &&
      copy.subarray(0, 7).equals(SEGMENT_MAGIC) &&
      copy.readUInt32BE(28) === crc32(copy.subarray(0, 28)),
  );
  const [copy] = good;
  if (copy === undefined) return undefined;
  const salt = Uint8Array.from(copy.subarray(12, 12 + SALT_BYTES));
  return { version: copy.readUInt8(7), salt, whole: good.length === 2 };
}

function digestOf(kind: number, block: Uint8Array): Uint8Array {
  if (kind === KIND.plainPut) return hash("sha256", block, "buffer").subarray(0, DIGEST_BYTES);
  return createHash("sha256").update(LEAF).update(block).digest().subarray(0, DIGEST_BYTES);
}

function checkOf(salt: Uint8Array, head: Uint8Array, key: Uint8Array): Uint8Array {
  const keyAt = SALT_BYTES + CHECK_AT;
  CHECKED.set(salt, 0);
  CHECKED.set(head.subarray(0, CHECK_AT), SALT_BYTES);
  CHECKED.set(key, keyAt);
  const all = CHECKED.subarray(0, keyAt + key.length);
  return hash("sha256", all, "buffer").subarray(0, CHECK_BYTES);
}

/**
 * Header and key of a record; the block follows as it is.
 * @param leaf SHA-256 of a zero byte and the block, where it is known
 */
export function encodeRecordHead(
  salt: Uint8Array,
  kind: RecordKind,
  key: Uint8Array,
  block: Uint8Array,
  leaf?: Uint8Array,
): Uint8Array {
  const head = Buffer.allocUnsafe(RECORD_HEADER_BYTES + key.length);
  head.set(RECORD_MAGIC, 0);
  head.writeUInt8(KIND[kind], 4);
  head.writeUInt8(0, 5);
  head.writeUInt16BE(key.length, 6);
  head.writeUInt32BE(block.length, 8);
  const digest = kind === "put" ? (leaf ?? digestOf(KIND.put, block)) : NO_DIGEST;
  head.set(digest.subarray(0, DIGEST_BYTES), 12);
  head.set(key, RECORD_HEADER_BYTES);
  head.set(checkOf(salt, head, key), CHECK_AT);
  return head;
}

/**
 * The record whose header and key begin at `at` in `bytes`, which themselves begin at `base` in
 * the segment; "short" where more bytes are needed to tell, undefined where there is none.
 */
export function decodeRecordHead(
  salt: Uint8Array,
  bytes: Uint8Array,
  at: number,
  base: number,
): SegmentRecord | "short" | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = bytes.length - at;
  for (let i = 0; i < Math.min(4, left); i++) {
    if (bytes[at + i] !== RECORD_MAGIC[i]) return undefined;
  }
  if (left < RECORD_HEADER_BYTES) return "short";
  const kind = view.readUInt8(at + 4);
  const keyBytes = view.readUInt16BE(at + 6);
  const blockBytes = view.readUInt32BE(at + 8);
  if (kind < KIND.plainPut || kind > KIND.put || view.readUInt8(at + 5) !== 0) return undefined;
  if (keyBytes > BLOCK_KEY_BYTES_MAX || blockBytes > BLOCK_BYTES_MAX) return undefined;
  if (kind === KIND.remove && blockBytes > 0) return undefined;
  if (left < RECORD_HEADER_BYTES + keyBytes) return "short";
  const keyView = view.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + keyBytes);
  const check = view.subarray(at + CHECK_AT, at + CHECK_AT + CHECK_BYTES);
  if (!equalBytes(check, checkOf(salt, view.subarray(at), keyView))) return undefined;
  const key = fromUtf8(keyView);
  if (key === undefined) return undefined;
  return {
    kind: kind === KIND.remove ? "remove" : "put",
    key,
    offset: base + at,
    blockBytes,
    totalBytes: RECORD_HEADER_BYTES + keyBytes + blockBytes,
  };
}

/** Whether the block of a record that was decoded from the beginning of `bytes` is undamaged. */
export function isBlockWhole(bytes: Uint8Array, record: SegmentRecord): boolean {
  const { totalBytes, blockBytes } = record;
  if (bytes.length < totalBytes) return false;
  if (record.kind === "remove") return true;
  const block = bytes.subarray(totalBytes - blockBytes, totalBytes);
  return equalBytes(digestOf(bytes[4] ?? 0, block), bytes.subarray(12, 12 + DIGEST_BYTES));
}

/** The block of a whole record, or undefined where it is not exactly the expected one, undamaged. */
export function blockOfRecord(
  salt: Uint8Array,
  bytes: Uint8Array,
  expected: SegmentRecord,
): Uint8Array | undefined {
  const found = decodeRecordHead(salt, bytes, 0, expected.offset);
  if (found === undefined || found === "short") return undefined;
  if (found.kind !== expected.kind || found.key !== expected.key) return undefined;
  if (found.totalBytes !== bytes.length) return undefined;
  return isBlockWhole(bytes, found) ? bytes.subarray(bytes.length - found.blockBytes) : undefined;
}
