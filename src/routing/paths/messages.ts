import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../../identity/index.ts";
import { limits, Reader, WireError, Writer } from "../../wire/index.ts";
import { LOCATOR_BYTES_MAX, LOOKUP_PASSES_MAX } from "./limits.ts";

/** Payloads of routing's own services begin with a byte of this upper half. */
export const SERVICE_NIBBLE = 0x3;
/** "Echo this": an 8-byte cookie. */
export const SERVICE_ECHO_REQUEST = 0x30;
/** The cookie, then the labels from there back to here. */
export const SERVICE_ECHO_ANSWER = 0x31;
/** "Keep this locator": cookie, length of the record, record, locator. */
export const SERVICE_PUBLISH = 0x32;
/** "It is kept": the cookie. */
export const SERVICE_KEPT = 0x33;
/** "Where is this peer?": cookie, id, how often the question may be passed on. */
export const SERVICE_LOOKUP = 0x34;
/** Cookie, kind of answer, and what belongs to it. */
export const SERVICE_ANSWER = 0x35;
/** Bytes of a cookie that ties an answer to its question. */
export const COOKIE_BYTES = 8;

/** Whether a payload is one of routing's own services. */
export function isService(payload: Uint8Array): boolean {
  return (payload[0] ?? 0) >> 4 === SERVICE_NIBBLE;
}

/** A peer's record and locator, both encoded. */
export interface Deposit {
  readonly record: Uint8Array;
  readonly locator: Uint8Array;
}

/** A locator to be kept. */
export interface Publish extends Deposit {
  readonly cookie: Uint8Array;
}

/** A question for a peer's place. */
export interface Lookup {
  readonly cookie: Uint8Array;
  readonly target: PeerId;
  /** How often the question may still be passed on. */
  readonly passes: number;
}

/** What a landmark answers; `waypoint`: it has a way to the peer itself. */
export type Answer = { readonly cookie: Uint8Array } & (
  | { readonly kind: "unknown" }
  | ({ readonly kind: "locator" } & Deposit)
  | { readonly kind: "waypoint"; readonly record: Uint8Array }
);

const KIND_UNKNOWN = 0;
const KIND_LOCATOR = 1;
const KIND_WAYPOINT = 2;

/** The payload that asks for a locator to be kept. */
export function encodePublish({ cookie, record, locator }: Publish): Uint8Array {
  const writer = new Writer(1_024).u8(SERVICE_PUBLISH).bytes(cookie);
  return writer.u16(record.length).bytes(record).bytes(locator).done();
}

/** Views of the payload. @throws WireError */
export function decodePublish(payload: Uint8Array): Publish {
  const reader = begin(payload, SERVICE_PUBLISH);
  return { cookie: reader.bytes(COOKIE_BYTES), ...readDeposit(reader) };
}

/** The payload that says so. */
export function encodeKept(cookie: Uint8Array): Uint8Array {
  return new Writer(1 + COOKIE_BYTES).u8(SERVICE_KEPT).bytes(cookie).done();
}

/** The payload of a question. */
export function encodeLookup({ cookie, target, passes }: Lookup): Uint8Array {
  const writer = new Writer(32).u8(SERVICE_LOOKUP).bytes(cookie);
  return writer.bytes(peerIdToBytes(target)).u8(passes).done();
}

/** The cookie is a view of the payload. @throws WireError */
export function decodeLookup(payload: Uint8Array): Lookup {
  const reader = begin(payload, SERVICE_LOOKUP);
  const cookie = reader.bytes(COOKIE_BYTES);
  const id = reader.bytes(ID_BYTES);
  const passes = reader.u8();
  reader.end();
  if (id[0] !== 0xfd) throw new WireError("out-of-range", "A peer id begins with fd.");
  if (passes > LOOKUP_PASSES_MAX) {
    throw new WireError("out-of-range", `A lookup is not passed on ${passes} times.`);
  }
  return { cookie, target: peerIdFromBytes(id), passes };
}

/** The payload of an answer. */
export function encodeAnswer(answer: Answer): Uint8Array {
  const writer = new Writer(1_024).u8(SERVICE_ANSWER).bytes(answer.cookie);
  if (answer.kind === "unknown") return writer.u8(KIND_UNKNOWN).done();
  if (answer.kind === "waypoint") return writer.u8(KIND_WAYPOINT).bytes(answer.record).done();
  writer.u8(KIND_LOCATOR).u16(answer.record.length);
  return writer.bytes(answer.record).bytes(answer.locator).done();
}

/** Views of the payload. @throws WireError */
export function decodeAnswer(payload: Uint8Array): Answer {
  const reader = begin(payload, SERVICE_ANSWER);
  const cookie = reader.bytes(COOKIE_BYTES);
  switch (reader.u8()) {
    case KIND_UNKNOWN:
      reader.end();
      return { cookie, kind: "unknown" };
    case KIND_LOCATOR:
      return { cookie, kind: "locator", ...readDeposit(reader) };
    case KIND_WAYPOINT:
      return { cookie, kind: "waypoint", record: bounded(reader.rest(), RECORD_BYTES_MAX) };
    default:
      throw new WireError("malformed", "There is no such answer to a lookup.");
  }
}

const RECORD_BYTES_MAX = limits.PEER_RECORD_BYTES_MAX;

function begin(payload: Uint8Array, service: number): Reader {
  const reader = new Reader(payload);
  if (reader.u8() !== service) throw new WireError("malformed", "This is another service.");
  return reader;
}

function readDeposit(reader: Reader): Deposit {
  const record = bounded(reader.bytes(reader.u16()), RECORD_BYTES_MAX);
  return { record, locator: bounded(reader.rest(), LOCATOR_BYTES_MAX) };
}

function bounded(bytes: Uint8Array, max: number): Uint8Array {
  if (bytes.length <= max) return bytes;
  throw new WireError("too-large", `A field of ${bytes.length} bytes is above ${max}.`);
}
