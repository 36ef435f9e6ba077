import { createHash, hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { fromUtf8 } from "../../base/bytes.ts";
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
const DIGEST_AT = 12;
const DIGEST_BYTES = 16;
const CHECK_AT = 28;
const CHECK_BYTES = 8;
/** What the byte of a record's kind says. */
const KIND = { plainPut: 1, remove: 2, put: 3 } as const;
const ZERO = Uint8Array.of(0);
/** A zero byte and a small block after it. */
const LEAF = Buffer.alloc(8_193);
/** What a check is made of, put together: one call of the hash function takes half the time of three. */
const CHECKED = Buffer.alloc(SALT_BYTES + CHECK_AT + BLOCK_KEY_BYTES_MAX);

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

/** A digest as one character for each byte: half the time of a buffer. */
function digestOf(kind: number, block: Uint8Array): string {
  if (kind === KIND.plainPut) return hash("sha256", block, "binary");
  if (block.length < LEAF.length) {
    LEAF.set(block, 1);
    return hash("sha256", LEAF.subarray(0, block.length + 1), "binary");
  }
  return createHash("sha256").update(ZERO).update(block).digest("binary");
}

/** The check of a record of whose header and key `view` has `keyBytes` bytes of key, from `at` on. */
function checkOf(salt: Uint8Array, view: Buffer, at: number, keyBytes: number): string {
  CHECKED.set(salt, 0);
  view.copy(CHECKED, SALT_BYTES, at, at + CHECK_AT);
  const keyAt = at + RECORD_HEADER_BYTES;
  view.copy(CHECKED, SALT_BYTES + CHECK_AT, keyAt, keyAt + keyBytes);
  return hash("sha256", CHECKED.subarray(0, SALT_BYTES + CHECK_AT + keyBytes), "binary");
}

/** Whether the first bytes of a digest are there. */
function isThere(digest: string, length: number, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < length; i++) if (digest.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

/** What the head of a record is made of. */
export interface RecordParts {
  readonly kind: RecordKind;
  readonly key: string;
  readonly block: Uint8Array;
  /** SHA-256 of a zero byte and the block, where it is known. */
  readonly leaf?: Uint8Array | undefined;
}

/**
 * Writes header and key of a record, after which the block follows as it is. There must be room
 * for the header and three bytes for each character of the key.
 * @returns bytes written
 */
export function writeRecordHead(
  into: Buffer,
  at: number,
  salt: Uint8Array,
  record: RecordParts,
): number {
  const headBytes = layRecordHead(into, at, record);
  writeCheck(into, at, salt);
  return headBytes;
}

/**
 * As `writeRecordHead`, but for the check, which `writeRecordChecks` puts there.
 * @returns bytes written
 */
export function layRecordHead(into: Buffer, at: number, record: RecordParts): number {
  const { kind, key, block, leaf } = record;
  const keyBytes = writeKey(into, at + RECORD_HEADER_BYTES, key);
  // Byte by byte: calls of Buffer for each of so few would take several times longer.
  for (let i = 0; i < RECORD_MAGIC.length; i++) into[at + i] = RECORD_MAGIC[i] ?? 0;
  into[at + 4] = KIND[kind];
  into[at + 5] = 0;
  into[at + 6] = keyBytes >>> 8;
  into[at + 7] = keyBytes;
  putU32(into, at + 8, block.length);
  const digestAt = at + DIGEST_AT;
  if (kind === "remove") for (let i = 0; i < DIGEST_BYTES; i++) into[digestAt + i] = 0;
  else if (leaf === undefined) {
    into.write(digestOf(KIND.put, block), digestAt, DIGEST_BYTES, "latin1");
  } else for (let i = 0; i < DIGEST_BYTES; i++) into[digestAt + i] = leaf[i] ?? 0;
  return RECORD_HEADER_BYTES + keyBytes;
}

/** Writes a key in UTF-8; returns its bytes. */
export function writeKey(into: Buffer, at: number, key: string): number {
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    if (code > 0x7f) return into.write(key, at, "utf8");
    into[at + i] = code;
  }
  return key.length;
}

/** Writes a number of 32 bits, big endian. */
export function putU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

function writeCheck(into: Buffer, at: number, salt: Uint8Array): void {
  const check = checkOf(salt, into, at, into.readUInt16BE(at + 6));
  into.write(check, at + CHECK_AT, CHECK_BYTES, "latin1");
}

/** Heads whose checks are made together: as many as are hashed side by side. */
const TOGETHER = 8;
/** Bytes of what such a check is made of; with longer keys they are made one by one. */
const TOGETHER_BYTES = 256;
const TEXTS = new Uint8Array(TOGETHER * TOGETHER_BYTES);
const HASH_BYTES = 32;
const HASHES = new Uint8Array(TOGETHER * HASH_BYTES);
/** What each text was the last time: most are as long as that again. */
const VIEWS: Uint8Array[] = Array.from({ length: TOGETHER }, () => TEXTS.subarray(0, 0));

/**
 * Writes the checks of heads that were laid down at these places.
 * @param hashEach SHA-256 of several texts, 32 bytes one after another
 */
export function writeRecordChecks(
  into: Buffer,
  places: readonly number[],
  salt: Uint8Array,
  hashEach: (texts: readonly Uint8Array[], into: Uint8Array) => void,
): void {
  // No map(): what it gives changes its kind once V8 compiles this, and then all is compiled anew.
  for (let first = 0; first < places.length; first += TOGETHER) {
    const texts: Uint8Array[] = [];
    const end = Math.min(first + TOGETHER, places.length);
    for (let i = first; i < end; i++)
      texts.push(checkedText(into, places[i] ?? 0, salt, i - first));
    hashEach(texts, HASHES);
    for (let i = first; i < end; i++) {
      const at = places[i] ?? 0;
      if (texts[i - first]?.length === 0) {
        writeCheck(into, at, salt);
        continue;
      }
      const from = (i - first) * HASH_BYTES;
      for (let j = 0; j < CHECK_BYTES; j++) into[at + CHECK_AT + j] = HASHES[from + j] ?? 0;
    }
  }
}

/** What the check of the head at a place is made of; nothing where that is too long. */
function checkedText(into: Buffer, at: number, salt: Uint8Array, lane: number): Uint8Array {
  const keyBytes = ((into[at + 6] ?? 0) << 8) | (into[at + 7] ?? 0);
  const bytes = SALT_BYTES + CHECK_AT + keyBytes;
  const start = lane * TOGETHER_BYTES;
  if (bytes > TOGETHER_BYTES) return TEXTS.subarray(start, start);
  for (let i = 0; i < SALT_BYTES; i++) TEXTS[start + i] = salt[i] ?? 0;
  for (let i = 0; i < CHECK_AT; i++) TEXTS[start + SALT_BYTES + i] = into[at + i] ?? 0;
  const keyAt = start + SALT_BYTES + CHECK_AT;
  for (let i = 0; i < keyBytes; i++) TEXTS[keyAt + i] = into[at + RECORD_HEADER_BYTES + i] ?? 0;
  const last = VIEWS[lane];
  if (last?.length === bytes) return last;
  const view = TEXTS.subarray(start, start + bytes);
  VIEWS[lane] = view;
  return view;
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
  const check = checkOf(salt, view, at, keyBytes);
  if (!isThere(check, CHECK_BYTES, bytes, at + CHECK_AT)) return undefined;
  const keyAt = at + RECORD_HEADER_BYTES;
  const key = fromUtf8(view.subarray(keyAt, keyAt + keyBytes));
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
  return isThere(digestOf(bytes[4] ?? 0, block), DIGEST_BYTES, bytes, DIGEST_AT);
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
