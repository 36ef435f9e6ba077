import { concatBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite, SigningKey } from "../crypto/index.ts";
import { decodeCbor, encodeCbor, schema, WireError, Writer } from "../wire/index.ts";
import { FeedError } from "./errors.ts";
import { FEED_ID_BYTES } from "./feed-id.ts";
import { BODY_BYTES_MAX, ENTRY_BYTES_MAX, KIND_MAX, SEQ_MAX } from "./limits.ts";
import type { FeedEntry, FeedId } from "./types.ts";

const CONTEXT = { 1: utf8("peernet feed entry v1"), 2: utf8("peernet feed entry v2") } as const;
const SIGNATURE_BYTES = 64;

/** What stands in `previous` of a feed's first entry. */
export const NO_PREVIOUS: Uint8Array = new Uint8Array(32);

const entrySchema = schema.record({
  v: schema.integer(1, 2),
  a: schema.bytes(32),
  b: schema.bytes(0, BODY_BYTES_MAX),
  f: schema.bytes(FEED_ID_BYTES),
  k: schema.integer(0, KIND_MAX),
  p: schema.bytes(32),
  q: schema.integer(1, SEQ_MAX),
});

/** What an entry says before it is signed. */
export interface UnsignedEntry {
  readonly feedId: FeedId;
  readonly seq: number;
  readonly previous: Uint8Array;
  readonly kind: number;
  readonly body: Uint8Array;
}

/**
 * Signs an entry. Encoding: canonical CBOR map, then the Ed25519 signature over
 * "peernet feed entry v1" and that map.
 * @param suite signs "peernet feed entry v2" and the map's SHA-256 instead: Ed25519 goes through
 *   what it signs twice, by a slower hash, which for 60 KB takes longer than all else
 * @throws FeedError("too-large") for a body above its limit
 */
export function signEntry(
  author: SigningKey,
  entry: UnsignedEntry,
  suite?: CryptoSuite,
): FeedEntry {
  if (entry.body.length > BODY_BYTES_MAX) {
    throw new FeedError("too-large", `A body of ${entry.body.length} bytes is above the limit.`);
  }
  const version = suite === undefined ? 1 : 2;
  const content = encodeCbor({
    v: version,
    a: author.publicKey,
    b: entry.body,
    f: must(fromHex(entry.feedId), "a feed id is hexadecimal"),
    k: entry.kind,
    p: entry.previous,
    q: entry.seq,
  });
  const signed = concatBytes(CONTEXT[version], suite?.sha256(content) ?? content);
  const bytes = concatBytes(content, author.sign(signed));
  return { version, ...entry, author: author.publicKey, bytes };
}

/** A body that is written where it stays. */
export interface BodyWriter {
  readonly bytes: number;
  /** Writes all of it. */
  write(into: Uint8Array): void;
}

/** An entry and its hash, which the next one names. */
export interface HashedEntry {
  readonly entry: FeedEntry;
  /** SHA-256 of its bytes. */
  readonly hash: Uint8Array;
}

const CBOR = { mapOf7: 0xa7, textOf1: 0x61, b: 0x62, bytes1: 0x58, bytes2: 0x59, bytes4: 0x5a };

/**
 * As `signEntry` with a suite. The entry is made in one piece of memory and gone through once: a
 * copy of 60 KB takes as long as its hash.
 * @throws FeedError("too-large") for a body above its limit
 */
export function signInPlace(
  author: SigningKey,
  place: Omit<UnsignedEntry, "body">,
  body: BodyWriter,
  suite: CryptoSuite,
): HashedEntry {
  if (body.bytes > BODY_BYTES_MAX) {
    throw new FeedError("too-large", `A body of ${body.bytes} bytes is above the limit.`);
  }
  // Members are in order of their names: those before the body, the body, those behind it.
  const before = encodeCbor({ a: author.publicKey }).subarray(1);
  const head = bodyHead(body.bytes);
  const after = encodeCbor({
    f: must(fromHex(place.feedId), "a feed id is hexadecimal"),
    k: place.kind,
    p: place.previous,
    q: place.seq,
    v: 2,
  }).subarray(1);
  const bodyAt = 1 + before.length + head.length;
  const bodyEnd = bodyAt + body.bytes;
  const border = bodyEnd + after.length;
  const bytes = new Uint8Array(border + SIGNATURE_BYTES);
  bytes[0] = CBOR.mapOf7;
  bytes.set(before, 1);
  bytes.set(head, 1 + before.length);
  body.write(bytes.subarray(bodyAt, bodyEnd));
  bytes.set(after, bodyEnd);
  const content = bytes.subarray(0, border);
  const sign = (hash: Uint8Array): Uint8Array => {
    const signature = author.sign(concatBytes(CONTEXT[2], hash));
    bytes.set(signature, border);
    return signature;
  };
  const hash = suite.sha256Longer?.(content, sign) ?? hashTwice(suite, content, sign, bytes);
  const entry = { version: 2, ...place, body: bytes.subarray(bodyAt, bodyEnd) } as const;
  return { entry: { ...entry, author: author.publicKey, bytes }, hash };
}

function hashTwice(
  suite: CryptoSuite,
  content: Uint8Array,
  sign: (hash: Uint8Array) => Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  sign(suite.sha256(content));
  return suite.sha256(bytes);
}

/** Name and head of the member "b". */
function bodyHead(length: number): Uint8Array {
  const writer = new Writer(8).u8(CBOR.textOf1).u8(CBOR.b);
  if (length < 24) writer.u8(0x40 + length);
  else if (length < 0x100) writer.u8(CBOR.bytes1).u8(length);
  else if (length < 0x1_0000) writer.u8(CBOR.bytes2).u16(length);
  else writer.u8(CBOR.bytes4).u32(length);
  return writer.done();
}

/**
 * The members of an encoded entry; says nothing about its signature.
 * @throws WireError for anything that is no entry
 */
export function decodeEntry(bytes: Uint8Array): FeedEntry {
  if (bytes.length > ENTRY_BYTES_MAX) throw new WireError("too-large", "An entry is too large.");
  if (bytes.length < SIGNATURE_BYTES) throw new WireError("truncated", "An entry is cut short.");
  const content = bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
  const found = entrySchema(decodeCbor(content), "entry");
  return {
    version: found.v === 1 ? 1 : 2,
    feedId: toHex(found.f),
    author: found.a,
    seq: found.q,
    previous: found.p,
    kind: found.k,
    body: found.b,
    bytes,
  };
}

/** Whether the entry carries its author's signature. */
export function hasValidSignature(suite: CryptoSuite, entry: FeedEntry): boolean {
  const border = entry.bytes.length - SIGNATURE_BYTES;
  const content = entry.bytes.subarray(0, border);
  const said = entry.version === 1 ? content : suite.sha256(content);
  const signed = concatBytes(CONTEXT[entry.version], said);
  return suite.verify(entry.author, signed, entry.bytes.subarray(border));
}
