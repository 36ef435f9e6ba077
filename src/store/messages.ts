import { toHex } from "../base/bytes.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { AUDIT_READERS, AUDIT_TYPE, type AuditMessage, writeAuditBody } from "./audit/messages.ts";
import { FRAGMENTS_MAX } from "./erasure/index.ts";
import { hexBytes, readIndex, readIndices, readRoot, writeIndices } from "./fields.ts";
import {
  HEALING_TYPE,
  type HealingMessage,
  readClaim,
  readCommon,
  readLack,
  readLacks,
  readNoted,
  readWatch,
  writeHealing,
} from "./healing/wire.ts";
import { LEASE_READERS, LEASE_TYPE, type LeaseMessage, writeLeaseBody } from "./leases/messages.ts";
import { HEAD_BYTES_MAX, PROOF_HASHES_MAX, STRIPES_MAX } from "./limits.ts";
import { HASH_BYTES } from "./merkle.ts";

/** First byte on every stream, from whoever opened it. */
export const PROTOCOL_VERSION = 1;

/** Bytes in front of every message: the length of what follows. */
export const LENGTH_BYTES = 4;

/** What a holder answers to an offer as a whole. */
export type OfferVerdict = "ok" | "full" | "busy" | "refused";
const VERDICTS: readonly OfferVerdict[] = ["ok", "full", "busy", "refused"];

/** What a holder answers to each offered fragment. */
export type FragmentVerdict = "have" | "send" | "full" | "busy";
const FRAGMENT_VERDICTS: readonly FragmentVerdict[] = ["have", "send", "full", "busy"];

/** The types of messages; the numbers are the bytes on the wire. */
const TYPE = {
  find: 1,
  found: 2,
  head: 3,
  headIs: 4,
  leaves: 5,
  leavesAre: 6,
  shard: 7,
  shardIs: 8,
  missing: 9,
  offer: 10,
  answer: 11,
  stored: 12,
  failed: 13,
  lend: 14,
  paths: 15,
  pathsAre: 16,
  ...AUDIT_TYPE,
  ...LEASE_TYPE,
  ...HEALING_TYPE,
} as const;

/** What two stores say to each other. Byte fields are views of the message. */
export type StoreMessage =
  | { readonly t: "find"; readonly locateId: string }
  | { readonly t: "found"; readonly indices: readonly number[] }
  | { readonly t: "head"; readonly root: string }
  | { readonly t: "headIs"; readonly head: Uint8Array }
  | { readonly t: "leaves"; readonly root: string; readonly index: number }
  | { readonly t: "leavesAre"; readonly index: number; readonly leaves: Uint8Array }
  | { readonly t: "shard"; readonly root: string; readonly index: number; readonly stripe: number }
  | {
      readonly t: "shardIs";
      readonly index: number;
      readonly stripe: number;
      readonly shard: Uint8Array;
    }
  /** Asks for the leaf hashes of a run of stripes, and for what shows that they are the fragment's. */
  | {
      readonly t: "paths";
      readonly root: string;
      readonly index: number;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly t: "pathsAre";
      readonly index: number;
      readonly first: number;
      /** As `proveRun` makes it. */
      readonly proof: Uint8Array;
    }
  | { readonly t: "missing" }
  | { readonly t: "offer"; readonly indices: readonly number[]; readonly head: Uint8Array }
  /** An offer for the sake of others, who want it for so long if nothing more is heard of them. */
  | {
      readonly t: "lend";
      readonly seconds: number;
      readonly indices: readonly number[];
      readonly head: Uint8Array;
    }
  | {
      readonly t: "answer";
      readonly verdict: OfferVerdict;
      readonly fragments: readonly FragmentVerdict[];
    }
  | { readonly t: "stored"; readonly index: number }
  | { readonly t: "failed"; readonly index: number }
  | AuditMessage
  | LeaseMessage
  | HealingMessage;

/** A message with its length in front, ready to be written. */
export function encodeMessage(message: StoreMessage): Uint8Array {
  const writer = new Writer(64).u32(0).u8(TYPE[message.t]);
  writeBody(writer, message);
  const bytes = writer.done();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, bytes.length - LENGTH_BYTES);
  return bytes;
}

/** The part of a shard message in front of the shard itself, so that the shard need not be copied. */
export function encodeShardPrefix(index: number, stripe: number, shardLength: number): Uint8Array {
  return new Writer(LENGTH_BYTES + 6)
    .u32(6 + shardLength)
    .u8(TYPE.shardIs)
    .u8(index)
    .u32(stripe)
    .done();
}

function writeBody(writer: Writer, message: StoreMessage): void {
  switch (message.t) {
    case "find":
      writer.bytes(hexBytes(message.locateId));
      break;
    case "found":
      writeIndices(writer, message.indices);
      break;
    case "head":
      writer.bytes(hexBytes(message.root));
      break;
    case "headIs":
      writer.bytes(message.head);
      break;
    case "leaves":
      writer.bytes(hexBytes(message.root)).u8(message.index);
      break;
    case "leavesAre":
      writer.u8(message.index).bytes(message.leaves);
      break;
    case "shard":
      writer.bytes(hexBytes(message.root)).u8(message.index).u32(message.stripe);
      break;
    case "shardIs":
      writer.u8(message.index).u32(message.stripe).bytes(message.shard);
      break;
    case "paths":
      writer.bytes(hexBytes(message.root)).u8(message.index);
      writer.u32(message.first).u32(message.count);
      break;
    case "pathsAre":
      writer.u8(message.index).u32(message.first).bytes(message.proof);
      break;
    case "missing":
      break;
    case "lend":
      writer.u32(message.seconds);
      writeIndices(writer, message.indices);
      writer.bytes(message.head);
      break;
    case "offer":
      writeIndices(writer, message.indices);
      writer.bytes(message.head);
      break;
    case "answer":
      writer.u8(VERDICTS.indexOf(message.verdict)).u8(message.fragments.length);
      for (const verdict of message.fragments) writer.u8(FRAGMENT_VERDICTS.indexOf(verdict));
      break;
    case "watch":
    case "common":
    case "claim":
    case "noted":
    case "lack":
    case "lacks":
      writeHealing(writer, message);
      break;
    case "stored":
    case "failed":
      writer.u8(message.index);
      break;
    case "challenge":
    case "commitment":
    case "declined":
    case "reveal":
    case "proof":
      writeAuditBody(writer, message);
      break;
    default:
      writeLeaseBody(writer, message);
  }
}

/**
 * A message from its bytes, without the length in front.
 * @throws WireError
 */
export function decodeMessage(bytes: Uint8Array): StoreMessage {
  const reader = new Reader(bytes);
  const read = READERS.get(reader.u8());
  if (read === undefined) throw new WireError("out-of-range", "Unknown type of a store message.");
  const message = read(reader);
  reader.end();
  return message;
}

const READERS: ReadonlyMap<number, (reader: Reader) => StoreMessage> = new Map<
  number,
  (reader: Reader) => StoreMessage
>([
  [TYPE.find, (r: Reader): StoreMessage => ({ t: "find", locateId: toHex(r.bytes(16)) })],
  [TYPE.found, (r: Reader): StoreMessage => ({ t: "found", indices: readIndices(r) })],
  [TYPE.head, (r: Reader): StoreMessage => ({ t: "head", root: readRoot(r) })],
  [TYPE.headIs, (r: Reader): StoreMessage => ({ t: "headIs", head: readHead(r) })],
  [
    TYPE.leaves,
    (r: Reader): StoreMessage => ({ t: "leaves", root: readRoot(r), index: readIndex(r) }),
  ],
  [
    TYPE.leavesAre,
    (r: Reader): StoreMessage => ({ t: "leavesAre", index: readIndex(r), leaves: readLeaves(r) }),
  ],
  [
    TYPE.shard,
    (r: Reader): StoreMessage => ({
      t: "shard",
      root: readRoot(r),
      index: readIndex(r),
      stripe: readStripe(r),
    }),
  ],
  [
    TYPE.shardIs,
    (r: Reader): StoreMessage => ({
      t: "shardIs",
      index: readIndex(r),
      stripe: readStripe(r),
      shard: r.rest(),
    }),
  ],
  [TYPE.paths, readPaths],
  [
    TYPE.pathsAre,
    (r: Reader): StoreMessage => ({
      t: "pathsAre",
      index: readIndex(r),
      first: readStripe(r),
      proof: readProof(r),
    }),
  ],
  [TYPE.missing, (): StoreMessage => ({ t: "missing" })],
  [
    TYPE.offer,
    (r: Reader): StoreMessage => ({ t: "offer", indices: readIndices(r), head: readHead(r) }),
  ],
  [
    TYPE.lend,
    (r: Reader): StoreMessage => ({
      t: "lend",
      seconds: r.u32(),
      indices: readIndices(r),
      head: readHead(r),
    }),
  ],
  [
    TYPE.answer,
    (r: Reader): StoreMessage => ({
      t: "answer",
      verdict: readChoice(r, VERDICTS),
      fragments: readVerdicts(r),
    }),
  ],
  [TYPE.stored, (r: Reader): StoreMessage => ({ t: "stored", index: readIndex(r) })],
  [TYPE.failed, (r: Reader): StoreMessage => ({ t: "failed", index: readIndex(r) })],
  ...AUDIT_READERS,
  ...LEASE_READERS,
  [TYPE.watch, readWatch],
  [TYPE.common, readCommon],
  [TYPE.claim, readClaim],
  [TYPE.noted, readNoted],
  [TYPE.lack, readLack],
  [TYPE.lacks, readLacks],
]);

function readStripe(reader: Reader): number {
  const stripe = reader.u32();
  if (stripe < STRIPES_MAX) return stripe;
  throw new WireError("out-of-range", "A stripe number is above every object's.");
}

function readPaths(reader: Reader): StoreMessage {
  const root = readRoot(reader);
  const index = readIndex(reader);
  const first = readStripe(reader);
  const count = reader.u32();
  if (count < 1 || first + count > STRIPES_MAX) {
    throw new WireError("out-of-range", "A run of stripes is empty or longer than any object.");
  }
  return { t: "paths", root, index, first, count };
}

function readProof(reader: Reader): Uint8Array {
  if (reader.left <= PROOF_HASHES_MAX * HASH_BYTES) return reader.rest();
  throw new WireError("too-large", "A proof is longer than any object's.");
}

function readHead(reader: Reader): Uint8Array {
  if (reader.left <= HEAD_BYTES_MAX) return reader.rest();
  throw new WireError("too-large", "A head is longer than any head is.");
}

function readLeaves(reader: Reader): Uint8Array {
  if (reader.left <= STRIPES_MAX * HASH_BYTES) return reader.rest();
  throw new WireError("too-large", "A leaf list is longer than any object's.");
}

function readChoice<T>(reader: Reader, choices: readonly T[]): T {
  const choice = choices[reader.u8()];
  if (choice === undefined) throw new WireError("out-of-range", "Unknown verdict.");
  return choice;
}

function readVerdicts(reader: Reader): FragmentVerdict[] {
  const count = reader.u8();
  if (count > FRAGMENTS_MAX) throw new WireError("out-of-range", "Too many verdicts.");
  return Array.from({ length: count }, () => readChoice(reader, FRAGMENT_VERDICTS));
}
