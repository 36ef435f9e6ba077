import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import { limits, Reader, varintBytes, WireError, Writer } from "../wire/index.ts";
import { CONTROL_BYTES_MAX, METRIC_MAX, REQUEST_HOP_LIMIT, ROUTING_VERSION } from "./limits.ts";

/** First byte of an entry that brings a whole peer record. */
export const ENTRY_FULL = 1;
/** First byte of an entry about an origin whose record the neighbour has. */
export const ENTRY_COMPACT = 2;
/** First byte of an entry that takes an announcement back. */
export const ENTRY_RETRACT = 3;
/** First byte of an entry that asks an origin for a higher sequence number. */
export const ENTRY_SEQNO_REQUEST = 4;
/** First byte of an entry that asks to tell an origin, or the whole table, again. */
export const ENTRY_REPEAT = 5;

const FLAG_VIA_YOU = 0x1;
const FLAG_SPARE = 0x2;

/** "I reach `origin` at this distance", with the record (full) or pointing to it (compact). */
export interface Update {
  readonly type: typeof ENTRY_FULL | typeof ENTRY_COMPACT;
  readonly origin: PeerId;
  readonly seqno: number;
  /** Sum of link costs from the sender to the origin; 0 only for the sender itself. */
  readonly metric: number;
  readonly hops: number;
  /** The sender's own way leads through the receiver. */
  readonly viaYou: boolean;
  /** The sender's way may lead through the receiver, but it knows one that surely does not. */
  readonly spare: boolean;
  /** The origin's signed record; empty in a compact entry. Lent with the message. */
  readonly record: Uint8Array;
}

/** "I no longer reach `origin`." */
export interface Retract {
  readonly type: typeof ENTRY_RETRACT;
  readonly origin: PeerId;
}

/** "Ask `origin` for a sequence number of at least `seqno`" (RFC 8966 section 3.8.1.2). */
export interface SeqnoRequest {
  readonly type: typeof ENTRY_SEQNO_REQUEST;
  readonly origin: PeerId;
  readonly seqno: number;
  readonly hopLimit: number;
  /** Chosen by who asks first, so that no router passes one request on twice. */
  readonly requestId: number;
}

/** "Tell me again, in full, of `origin`", or of all where it is undefined. */
export interface Repeat {
  readonly type: typeof ENTRY_REPEAT;
  readonly origin: PeerId | undefined;
}

/** One entry of a control message. */
export type Entry = Update | Retract | SeqnoRequest | Repeat;

const NOBODY = "0".repeat(2 * ID_BYTES);
const FIXED_UPDATE_BYTES = 1 + 1 + ID_BYTES + 6 + 1;

/** Bytes that an entry takes on the wire. */
export function entryBytes(entry: Entry): number {
  switch (entry.type) {
    case ENTRY_FULL:
      return FIXED_UPDATE_BYTES + varintBytes(entry.metric) + 2 + entry.record.length;
    case ENTRY_COMPACT:
      return FIXED_UPDATE_BYTES + varintBytes(entry.metric);
    case ENTRY_SEQNO_REQUEST:
      return 1 + ID_BYTES + 6 + 1 + 4;
    default:
      return 1 + ID_BYTES;
  }
}

/** Begins a control message. */
export function beginControl(): Writer {
  return new Writer(1_024).u8(ROUTING_VERSION);
}

/** Appends one entry to a control message. */
export function writeEntry(writer: Writer, entry: Entry): void {
  writer.u8(entry.type);
  if (entry.type === ENTRY_FULL || entry.type === ENTRY_COMPACT) {
    writer.u8((entry.viaYou ? FLAG_VIA_YOU : 0) | (entry.spare ? FLAG_SPARE : 0));
    writer.bytes(peerIdToBytes(entry.origin));
    writer.u48(entry.seqno).varint(entry.metric).u8(entry.hops);
    if (entry.type === ENTRY_FULL) writer.u16(entry.record.length).bytes(entry.record);
    return;
  }
  writer.bytes(peerIdToBytes(entry.origin ?? NOBODY));
  if (entry.type !== ENTRY_SEQNO_REQUEST) return;
  writer.u48(entry.seqno).u8(entry.hopLimit).u32(entry.requestId);
}

/** One control message with these entries; for tests and small answers. */
export function encodeControl(...entries: readonly Entry[]): Uint8Array {
  const writer = beginControl();
  for (const entry of entries) writeEntry(writer, entry);
  return writer.done();
}

/**
 * All entries of a control message. Records are views of it.
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
  const type = reader.u8();
  switch (type) {
    case ENTRY_FULL:
    case ENTRY_COMPACT:
      return readUpdate(reader, type);
    case ENTRY_RETRACT:
      return { type, origin: readPeerId(reader) };
    case ENTRY_SEQNO_REQUEST:
      return {
        type,
        origin: readPeerId(reader),
        seqno: reader.u48(),
        hopLimit: within(reader.u8(), REQUEST_HOP_LIMIT, "hop limit"),
        requestId: reader.u32(),
      };
    case ENTRY_REPEAT:
      return { type, origin: readPeerIdOrNobody(reader) };
    default:
      throw new WireError("malformed", `There is no routing entry of type ${type}.`);
  }
}

function readUpdate(reader: Reader, type: Update["type"]): Update {
  const flags = within(reader.u8(), FLAG_VIA_YOU | FLAG_SPARE, "flags");
  const origin = readPeerId(reader);
  const seqno = reader.u48();
  const metric = readMetric(reader);
  const hops = within(reader.u8(), limits.HOP_LIMIT, "hops");
  const length = type === ENTRY_FULL ? reader.u16() : 0;
  within(length, limits.PEER_RECORD_BYTES_MAX, "record length");
  const [viaYou, spare] = [(flags & FLAG_VIA_YOU) !== 0, (flags & FLAG_SPARE) !== 0];
  return { type, origin, seqno, metric, hops, viaYou, spare, record: reader.bytes(length) };
}

function readMetric(reader: Reader): number {
  const before = reader.left;
  const metric = within(reader.varint(), METRIC_MAX, "metric");
  if (before - reader.left !== varintBytes(metric)) {
    throw new WireError("not-canonical", "The metric is not in its shortest form.");
  }
  return metric;
}

function readPeerId(reader: Reader): PeerId {
  const bytes = reader.bytes(ID_BYTES);
  if (bytes[0] !== 0xfd) throw new WireError("out-of-range", "A peer id begins with fd.");
  return peerIdFromBytes(bytes);
}

function readPeerIdOrNobody(reader: Reader): PeerId | undefined {
  const bytes = reader.bytes(ID_BYTES);
  if (bytes.every((byte) => byte === 0)) return undefined;
  return readPeerId(new Reader(bytes));
}

function within(value: number, max: number, what: string): number {
  if (value > max) throw new WireError("out-of-range", `The ${what} is ${value}, above ${max}.`);
  return value;
}
