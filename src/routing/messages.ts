import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import { CHAIN_BYTES } from "../identity/limits.ts";
import { limits, Reader, varintBytes, WireError, Writer } from "../wire/index.ts";
import {
  CONTROL_BYTES_MAX,
  HANDLE_MAX,
  METRIC_MAX,
  REQUEST_HOP_LIMIT,
  RESUME_BUCKETS,
  ROUTING_VERSION,
} from "./limits.ts";

/** Kinds of entries: the upper three bits of an entry's first byte. */
export const ENTRY = {
  update: 0,
  retract: 1,
  pull: 2,
  record: 3,
  request: 4,
  repeat: 5,
  horizon: 6,
  query: 7,
  /** On the wire these two are kinds of a repeat. */
  resume: 8,
  resumed: 9,
} as const;

/**
 * How an entry names an origin: by introducing a handle of the sender for its 16 bytes, by a handle
 * of the sender introduced before, or by one that the receiver has introduced.
 */
export const REF = { introduce: 0, mine: 1, yours: 2 } as const;

/** An origin as an entry names it. */
export interface Reference {
  readonly ref: 0 | 1 | 2;
  readonly handle: number;
  /** Counts the uses of a handle, so that none is taken for its predecessor; 0 where not sent. */
  readonly generation: number;
}

/** "I reach this origin at that distance." */
export interface Update extends Reference {
  readonly kind: typeof ENTRY.update;
  /** 16 bytes where the reference introduces it, lent with the message; else undefined. */
  readonly origin: Uint8Array | undefined;
  /** Undefined: as told before. */
  readonly seqno: number | undefined;
  /** The link of the origin's hash chain for that number; undefined where none is needed. */
  readonly link: Uint8Array | undefined;
  /** Sum of link costs from the sender to the origin; 0 only for the sender itself. */
  readonly metric: number;
  readonly hops: number;
  /** The sender's own way leads through the receiver. */
  readonly viaYou: boolean;
  /** The sender's way may lead through the receiver, but it knows one that surely does not. */
  readonly spare: boolean;
}

/** "I no longer reach this origin." */
export interface Retract extends Reference {
  readonly kind: typeof ENTRY.retract;
}

/** "Send me the record of this origin." */
export interface Pull extends Reference {
  readonly kind: typeof ENTRY.pull;
}

/** The answer: the signed record, lent with the message. */
export interface RecordEntry extends Reference {
  readonly kind: typeof ENTRY.record;
  readonly record: Uint8Array;
}

/** "Ask `origin` for a sequence number of at least `seqno`" (RFC 8966 section 3.8.1.2). */
export interface SeqnoRequest {
  readonly kind: typeof ENTRY.request;
  readonly origin: PeerId;
  readonly seqno: number;
  readonly hopLimit: number;
  /** Chosen by who asks first, so that no router passes one request on twice. */
  readonly requestId: number;
}

/** "Introduce this origin of yours to me again", or all of them where it is undefined. */
export interface Repeat {
  readonly kind: typeof ENTRY.repeat;
  readonly handle: number | undefined;
}

/** "Origins beyond this distance I do not keep, but for those of so low a lottery value." */
export interface Horizon {
  readonly kind: typeof ENTRY.horizon;
  readonly metric: number;
  readonly lottery: number;
}

/** "Tell me of this origin, whatever the budgets say: somebody here wants it." */
export interface Query {
  readonly kind: typeof ENTRY.query;
  readonly origin: PeerId;
}

/** "This is what I had told you before we lost each other": a 32-bit digest for each bucket. */
export interface Resume {
  readonly kind: typeof ENTRY.resume;
  readonly digests: readonly number[];
}

/** The answer: a bit for each bucket of which the same is remembered. */
export interface Resumed {
  readonly kind: typeof ENTRY.resumed;
  readonly buckets: number;
}

/** One entry of a control message. */
export type Entry =
  | Update
  | Retract
  | Pull
  | RecordEntry
  | SeqnoRequest
  | Repeat
  | Horizon
  | Query
  | Resume
  | Resumed;

const FLAG_VIA_YOU = 0x04;
const FLAG_SPARE = 0x08;
const FLAG_SEQNO = 0x10;
const ALL = 0x01;
const RESUME = 0x02;
const RESUMED = 0x04;

/** Most bytes that an entry without a record takes on the wire. */
export const PLAIN_ENTRY_BYTES_MAX: number = 1 + 4 + 1 + ID_BYTES + 8 + CHAIN_BYTES + 4 + 1;

/** Bytes that an entry takes on the wire, at most. */
export function entryBytesMax(entry: Entry): number {
  if (entry.kind === ENTRY.resume) return 1 + 4 * RESUME_BUCKETS;
  return entry.kind === ENTRY.record ? 8 + entry.record.length : PLAIN_ENTRY_BYTES_MAX;
}

/** Begins a control message. */
export function beginControl(): Writer {
  return new Writer(512).u8(ROUTING_VERSION);
}

/** Appends one entry to a control message. */
export function writeEntry(writer: Writer, entry: Entry): void {
  const first = entry.kind << 5;
  switch (entry.kind) {
    case ENTRY.update:
      writeUpdate(writer, entry);
      return;
    case ENTRY.retract:
    case ENTRY.pull:
      writeReference(writer.u8(first | entry.ref), entry);
      return;
    case ENTRY.record:
      writeReference(writer.u8(first | entry.ref), entry);
      writer.u16(entry.record.length).bytes(entry.record);
      return;
    case ENTRY.request:
      writer.u8(first).bytes(peerIdToBytes(entry.origin));
      writer.u48(entry.seqno).u8(entry.hopLimit).u32(entry.requestId);
      return;
    case ENTRY.repeat:
      if (entry.handle === undefined) writer.u8(first | ALL);
      else writer.u8(first).varint(entry.handle);
      return;
    case ENTRY.horizon:
      writer.u8(first).varint(entry.metric).u48(entry.lottery);
      return;
    case ENTRY.query:
      writer.u8(first).bytes(peerIdToBytes(entry.origin));
      return;
    case ENTRY.resume:
      writer.u8((ENTRY.repeat << 5) | RESUME);
      for (const digest of entry.digests) writer.u32(digest);
      return;
    case ENTRY.resumed:
      writer.u8((ENTRY.repeat << 5) | RESUMED).u16(entry.buckets);
  }
}

function writeUpdate(writer: Writer, entry: Update): void {
  const { ref, viaYou, spare, seqno, link, origin } = entry;
  const via = (viaYou ? FLAG_VIA_YOU : 0) | (spare ? FLAG_SPARE : 0);
  writer.u8((ENTRY.update << 5) | ref | via | (seqno === undefined ? 0 : FLAG_SEQNO));
  writeReference(writer, entry);
  if (origin !== undefined) writer.bytes(origin);
  if (seqno !== undefined) {
    writer.varint(seqno * 2 + (link === undefined ? 0 : 1));
    if (link !== undefined) writer.bytes(link);
  }
  writer.varint(entry.metric).u8(entry.hops);
}

function writeReference(writer: Writer, { ref, handle, generation }: Reference): void {
  writer.varint(handle);
  if (ref !== REF.mine) writer.u8(generation);
}

/** One control message with these entries; for tests and small answers. */
export function encodeControl(...entries: readonly Entry[]): Uint8Array {
  const writer = beginControl();
  for (const entry of entries) writeEntry(writer, entry);
  return writer.done();
}

/**
 * All entries of a control message. Bytes in them are views of it.
 * @throws WireError for anything that a router of this version would not have written
 */
export function decodeControl(message: Uint8Array): Entry[] {
  if (message.length > CONTROL_BYTES_MAX) {
    throw new WireError("too-large", `A routing message of ${message.length} bytes is too large.`);
  }
  const reader = new Reader(message);
  const version = reader.u8();
  if (version !== ROUTING_VERSION) {
    throw new WireError("version", `Routing messages of version ${version} are not understood.`);
  }
  const entries: Entry[] = [];
  while (reader.left > 0) entries.push(readEntry(reader));
  return entries;
}

function readEntry(reader: Reader): Entry {
  const first = reader.u8();
  const kind = first >> 5;
  const flags = first & 0x1f;
  switch (kind) {
    case ENTRY.update:
      return readUpdate(reader, flags);
    case ENTRY.retract:
    case ENTRY.pull:
      return { kind, ...readReference(reader, knownRef(flags)) };
    case ENTRY.record: {
      const reference = readReference(reader, knownRef(flags));
      const length = within(reader.u16(), limits.PEER_RECORD_BYTES_MAX, "record length");
      return { kind, ...reference, record: reader.bytes(length) };
    }
    case ENTRY.request:
      within(flags, 0, "flags");
      return readRequest(reader);
    case ENTRY.repeat:
      return readRepeat(reader, flags);
    case ENTRY.horizon:
      within(flags, 0, "flags");
      return { kind, metric: readMetric(reader), lottery: reader.u48() };
    default:
      within(flags, 0, "flags");
      return { kind: ENTRY.query, origin: readPeerId(reader) };
  }
}

function readUpdate(reader: Reader, flags: number): Update {
  const ref = anyRef(flags & 0x03);
  const handle = readHandle(reader);
  const generation = ref === REF.mine ? 0 : reader.u8();
  const origin = ref === REF.introduce ? readIdBytes(reader) : undefined;
  let seqno: number | undefined;
  let link: Uint8Array | undefined;
  if ((flags & FLAG_SEQNO) !== 0) {
    const coded = canonical(reader);
    seqno = within(Math.floor(coded / 2), 2 ** 48 - 1, "sequence number");
    if (coded % 2 === 1) link = reader.bytes(CHAIN_BYTES);
  }
  if (seqno === undefined && ref !== REF.mine) {
    throw new WireError("malformed", "A first announcement needs a sequence number.");
  }
  const metric = readMetric(reader);
  const hops = within(reader.u8(), limits.HOP_LIMIT, "hops");
  const viaYou = (flags & FLAG_VIA_YOU) !== 0;
  const spare = (flags & FLAG_SPARE) !== 0;
  const kind = ENTRY.update;
  return { kind, ref, handle, generation, origin, seqno, link, metric, hops, viaYou, spare };
}

function readRepeat(reader: Reader, flags: number): Repeat | Resume | Resumed {
  if (flags === RESUME) {
    const digests = Array.from({ length: RESUME_BUCKETS }, () => reader.u32());
    return { kind: ENTRY.resume, digests };
  }
  if (flags === RESUMED) return { kind: ENTRY.resumed, buckets: reader.u16() };
  within(flags, ALL, "flags");
  return { kind: ENTRY.repeat, handle: flags === ALL ? undefined : readHandle(reader) };
}

function readRequest(reader: Reader): SeqnoRequest {
  return {
    kind: ENTRY.request,
    origin: readPeerId(reader),
    seqno: reader.u48(),
    hopLimit: within(reader.u8(), REQUEST_HOP_LIMIT, "hop limit"),
    requestId: reader.u32(),
  };
}

function anyRef(ref: number): Reference["ref"] {
  if (ref === REF.introduce || ref === REF.mine || ref === REF.yours) return ref;
  throw new WireError("out-of-range", "An origin is named in no known way.");
}

function knownRef(flags: number): Reference["ref"] {
  if (flags === REF.mine || flags === REF.yours) return flags;
  throw new WireError("out-of-range", "An origin is named in no known way.");
}

function readReference(reader: Reader, ref: Reference["ref"]): Reference {
  const handle = readHandle(reader);
  return { ref, handle, generation: ref === REF.mine ? 0 : reader.u8() };
}

function readHandle(reader: Reader): number {
  return within(canonical(reader), HANDLE_MAX, "handle");
}

function readMetric(reader: Reader): number {
  return within(canonical(reader), METRIC_MAX, "metric");
}

function canonical(reader: Reader): number {
  const before = reader.left;
  const value = reader.varint();
  if (before - reader.left !== varintBytes(value)) {
    throw new WireError("not-canonical", "A number is not in its shortest form.");
  }
  return value;
}

function readIdBytes(reader: Reader): Uint8Array {
  const bytes = reader.bytes(ID_BYTES);
  if (bytes[0] !== 0xfd) throw new WireError("out-of-range", "A peer id begins with fd.");
  return bytes;
}

function readPeerId(reader: Reader): PeerId {
  return peerIdFromBytes(readIdBytes(reader));
}

function within(value: number, max: number, what: string): number {
  if (value > max) throw new WireError("out-of-range", `The ${what} is ${value}, above ${max}.`);
  return value;
}
