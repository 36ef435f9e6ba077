import { concatBytes, equalBytes, fromUtf8, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { pageKey } from "./group-record.ts";
import { PAGE_BYTES_MAX, PAGE_OPS } from "./limits.ts";
import { type GroupLog, readPage, writePage } from "./log/index.ts";

const VERSION = 1;
const HASH_BYTES = 32;
const HEAD_BYTES = 1 + HASH_BYTES;
const LABEL = utf8("peernet group page v1");
/** What the first page stands on. */
const NOTHING = new Uint8Array(HASH_BYTES);

/** What the disk has of a group's operations. */
export interface KeptLog {
  /** Records of operations, in order. */
  readonly ops: readonly Uint8Array[];
  /** Pages that tell what they say, in order. */
  readonly pages: readonly Uint8Array[];
  /** Places of records that there were, where some are missing or damaged. */
  readonly brokenPlaces?: number;
}

/** The disk has nothing. */
export const NOTHING_KEPT: KeptLog = { ops: [], pages: [] };

/** How far pages brought a log. */
export interface Restored {
  /** Operations that are in the log now. */
  readonly ops: number;
  /** What the last page that was true ends with. */
  readonly hash: Uint8Array;
  /** A page was there that does not fit what follows: the rest must be looked at closely. */
  readonly isDoubted: boolean;
}

/** No page is there. */
export const NONE_RESTORED: Restored = { ops: 0, hash: NOTHING, isDoubted: false };

/**
 * Takes up what pages tell, as long as each fits the operations that the disk has and the pages before it.
 * @param log an empty one
 * @param bytesOf the operation's own bytes in its record
 */
export function restorePages(
  suite: CryptoSuite,
  log: GroupLog,
  { ops, pages }: KeptLog,
  bytesOf: (record: Uint8Array) => Uint8Array,
): Restored {
  let restored = NONE_RESTORED;
  for (const page of pages) {
    const records = ops.slice(restored.ops, restored.ops + PAGE_OPS);
    const text = page.subarray(HEAD_BYTES);
    const hash = hashOf(suite, restored.hash, text, records);
    const isTrue = page[0] === VERSION && equalBytes(page.subarray(1, HEAD_BYTES), hash);
    const isTaken = isTrue && readPage(log, fromUtf8(text) ?? "", records.map(bytesOf));
    if (!isTaken) return { ...restored, isDoubted: true };
    restored = { ops: restored.ops + PAGE_OPS, hash, isDoubted: false };
  }
  return restored;
}

/**
 * Pages of what no page tells yet and is on disk.
 * @param log what the disk's operations make, each in its place
 * @param restored how far pages brought it
 */
export function duePages(
  suite: CryptoSuite,
  log: GroupLog,
  { ops }: KeptLog,
  restored: Restored,
): readonly RecordWrite[] {
  const writes: RecordWrite[] = [];
  if (log.ops.size !== ops.length || log.ops.thinOps > 0) return writes;
  let { hash } = restored;
  for (let from = restored.ops; from + PAGE_OPS <= ops.length; from += PAGE_OPS) {
    const text = utf8(writePage(log.ops, from, PAGE_OPS));
    if (HEAD_BYTES + text.length > PAGE_BYTES_MAX) break;
    hash = hashOf(suite, hash, text, ops.slice(from, from + PAGE_OPS));
    const value = concatBytes(Uint8Array.of(VERSION), hash, text);
    writes.push({ key: pageKey(log.id, from / PAGE_OPS), value });
  }
  return writes;
}

/** Binds a page to the operations that it tells of and to all pages before it. */
function hashOf(
  suite: CryptoSuite,
  before: Uint8Array,
  text: Uint8Array,
  records: readonly Uint8Array[],
): Uint8Array {
  // The text tells how long each record is, so nothing can move from one to the next.
  return suite.sha256(LABEL, before, text, ...records);
}
