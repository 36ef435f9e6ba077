import { concatBytes, utf8 } from "../base/bytes.ts";
import { type CryptoSuite, SIGNATURE_BYTES, type SigningKey } from "../crypto/index.ts";
import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";

const LABEL = utf8("peernet meter reading v1");
const HASH_BYTES = 32;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** What two peers agree has passed an uplink. Totals since the chain of readings began. */
export interface Reading {
  readonly exit: PeerId;
  readonly user: PeerId;
  /** 1, 2, 3 … */
  readonly seq: number;
  /** SHA-256 of the reading before; 32 zero bytes in the first. */
  readonly previous: Uint8Array;
  /** Days since 1970 (UTC) by the exit's clock. */
  readonly day: number;
  /** Bytes from the user that arrived at the exit. */
  readonly upBytes: number;
  /** Bytes from the exit that arrived at the user. */
  readonly downBytes: number;
  /** Of both together, those of that day. */
  readonly dayBytes: number;
}

const readingSchema = schema.record({
  v: schema.literal(1),
  d: schema.integer(0, COUNT_MAX),
  h: schema.bytes(HASH_BYTES),
  i: schema.integer(0, COUNT_MAX),
  o: schema.integer(0, COUNT_MAX),
  p: schema.integer(0, 0xffff_ffff),
  q: schema.integer(1, 0xffff_ffff),
  u: schema.bytes(ID_BYTES),
  x: schema.bytes(ID_BYTES),
});

/** The bytes of a reading, as they are hashed and signed. */
export function encodeReading(reading: Reading): Uint8Array {
  return encodeCbor({
    v: 1,
    d: reading.dayBytes,
    h: reading.previous,
    i: reading.downBytes,
    o: reading.upBytes,
    p: reading.day,
    q: reading.seq,
    u: peerIdToBytes(reading.user),
    x: peerIdToBytes(reading.exit),
  });
}

/** @throws WireError for anything that `encodeReading` would not have written */
export function decodeReading(bytes: Uint8Array): Reading {
  const { d, h, i, o, p, q, u, x } = readingSchema(decodeCbor(bytes), "reading");
  return {
    exit: peerIdFromBytes(x),
    user: peerIdFromBytes(u),
    seq: q,
    previous: h,
    day: p,
    upBytes: o,
    downBytes: i,
    dayBytes: d,
  };
}

/** What the next reading refers to. */
export function hashReading(suite: CryptoSuite, reading: Reading | undefined): Uint8Array {
  return reading === undefined ? new Uint8Array(HASH_BYTES) : suite.sha256(encodeReading(reading));
}

/** A device's signature under a reading, 64 bytes. */
export function signReading(key: SigningKey, reading: Reading): Uint8Array {
  return key.sign(concatBytes(LABEL, encodeReading(reading)));
}

/** Whether the device with this sign key has signed the reading. */
export function isSigned(
  suite: CryptoSuite,
  signKey: Uint8Array,
  reading: Reading,
  signature: Uint8Array,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  return suite.verify(signKey, concatBytes(LABEL, encodeReading(reading)), signature);
}
