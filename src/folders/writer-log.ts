import { concatBytes, equalBytes, fromHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite, SigningKey } from "../crypto/index.ts";
import { feedIdOf, NO_PREVIOUS } from "../feed/index.ts";
import { type PeerId, peerIdOf } from "../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import type { FolderKeys } from "./capability.ts";
import { LOG_ENTRIES_MAX } from "./limits.ts";

const LABEL = utf8("folder");
const CONTEXT = utf8("peernet folder writer v1");
/** Bytes that tell the logs of one device in one folder apart. */
export const LOG_NONCE_BYTES = 8;

/** What lets a log into a folder: who holds the folder's write key vouches for its author. */
export interface LogGrant {
  /** The author's sign key, 32 bytes. */
  readonly author: Uint8Array;
  readonly nonce: Uint8Array;
  /** The folder key's signature over label, folder id, author and nonce. */
  readonly signature: Uint8Array;
}

/** Where a log ends. */
export interface LogHead {
  /** 0 where there is no entry. */
  readonly seq: number;
  /** SHA-256 of the last entry. */
  readonly hash: Uint8Array;
}

/** One device's operations on one folder, as far as they are known here. */
export interface WriterLog extends LogGrant {
  /** Its feed id, 32 hexadecimal digits. */
  readonly id: string;
  /** The device that writes it. */
  readonly device: PeerId;
  /** With what is on its way to the disk. */
  head: LogHead;
  /** What is on the disk. */
  kept: LogHead;
  /** Its author signed two histories: nothing more of it is taken. */
  isForked: boolean;
}

function idBytes(keys: FolderKeys): Uint8Array {
  return must(fromHex(keys.id), "a folder id is hexadecimal");
}

function signedBytes(keys: FolderKeys, author: Uint8Array, nonce: Uint8Array): Uint8Array {
  return concatBytes(CONTEXT, idBytes(keys), author, nonce);
}

/** The id of a log: the feed of this author with the label "folder", folder id and nonce. */
export function logIdOf(
  suite: CryptoSuite,
  keys: FolderKeys,
  { author, nonce }: Pick<LogGrant, "author" | "nonce">,
): string {
  return feedIdOf(suite, author, concatBytes(LABEL, idBytes(keys), nonce));
}

/** Lets an author into a folder. */
export function grantLog(
  keys: FolderKeys,
  folderKey: SigningKey,
  author: Uint8Array,
  nonce: Uint8Array,
): LogGrant {
  return { author, nonce, signature: folderKey.sign(signedBytes(keys, author, nonce)) };
}

/** Whether the folder's key vouches for the log. */
export function isGranted(suite: CryptoSuite, keys: FolderKeys, grant: LogGrant): boolean {
  const signed = signedBytes(keys, grant.author, grant.nonce);
  return suite.verify(keys.publicKey, signed, grant.signature);
}

/** A log that was just met. */
export function newLog(suite: CryptoSuite, keys: FolderKeys, grant: LogGrant): WriterLog {
  const head = { seq: 0, hash: NO_PREVIOUS };
  const id = logIdOf(suite, keys, grant);
  const device = peerIdOf(suite, grant.author);
  return { ...grant, id, device, head, kept: head, isForked: false };
}

/** Earlier versions of Peernet wrote 1, and cannot read the packs and runs that go with a 2. */
const VERSION = 2;

const logSchema = schema.record({
  v: schema.integer(1, VERSION),
  a: schema.bytes(32),
  n: schema.bytes(LOG_NONCE_BYTES),
  s: schema.bytes(64),
  q: schema.integer(0, LOG_ENTRIES_MAX),
  h: schema.bytes(32),
  x: schema.integer(0, 1),
});

/** The record of a log. */
export function encodeLog({ author, nonce, signature, head, isForked }: WriterLog): Uint8Array {
  const x = isForked ? 1 : 0;
  return encodeCbor({
    v: VERSION,
    a: author,
    n: nonce,
    s: signature,
    q: head.seq,
    h: head.hash,
    x,
  });
}

/** @throws WireError where the record is damaged */
export function decodeLog(suite: CryptoSuite, keys: FolderKeys, bytes: Uint8Array): WriterLog {
  const { a, n, s, q, h, x } = logSchema(decodeCbor(bytes), "folder log");
  const log = newLog(suite, keys, { author: a, nonce: n, signature: s });
  log.head = { seq: q, hash: h };
  log.kept = log.head;
  log.isForked = x === 1;
  return log;
}

/** Whether both heads are the same entry. */
export function isSameHead(a: LogHead, b: LogHead): boolean {
  return a.seq === b.seq && equalBytes(a.hash, b.hash);
}
