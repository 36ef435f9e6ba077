import { concatBytes, equalBytes, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import {
  ID_BYTES,
  type LocalIdentity,
  type PeerId,
  peerIdFromBytes,
  peerIdOf,
  peerIdToBytes,
} from "../../identity/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { countLabels } from "./label-codec.ts";
import { LOCATOR_BYTES_MAX, LOCATOR_TTL_SECONDS, PLACES_LOWEST, PLACES_NEAREST } from "./limits.ts";

const VERSION = 1;
const KEY_BYTES = 32;
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
const LOCATOR_LABEL = utf8("peernet locator v1");

/** A landmark, and the explicit way from it: its own label of the first hop comes first. */
export interface Place {
  readonly landmark: PeerId;
  readonly labels: Uint8Array;
}

/** What a peer says of where it is. */
export interface LocatorBody {
  /** Sequence number of the peer record it belongs to: grows over restarts. */
  readonly epoch: number;
  /** Grows with every locator of an epoch. */
  readonly number: number;
  readonly ttlSeconds: number;
  /** SHA-256 of the encoded peer record that travels beside it. */
  readonly recordHash: Uint8Array;
  readonly places: readonly Place[];
}

/** A locator as it was read; signed by `signKey` only if `verifyLocator` says so. */
export interface Locator extends LocatorBody {
  readonly id: PeerId;
  readonly signKey: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Writes and signs a locator of this peer. */
export function encodeLocator(identity: LocalIdentity, body: LocatorBody): Uint8Array {
  const writer = new Writer(512).u8(VERSION).bytes(identity.signKey.publicKey);
  writer.u48(body.epoch).u32(body.number).u16(body.ttlSeconds).bytes(body.recordHash);
  writer.u8(body.places.length);
  for (const { landmark, labels } of body.places) {
    writer.bytes(peerIdToBytes(landmark)).u8(labels.length).bytes(labels);
  }
  const bytes = writer.done();
  return concatBytes(bytes, identity.signKey.sign(concatBytes(LOCATOR_LABEL, bytes)));
}

/**
 * Reads a locator, whose fields are copies. Its signature is not looked at.
 * @throws WireError for anything that this version would not have written
 */
export function decodeLocator(suite: CryptoSuite, bytes: Uint8Array): Locator {
  if (bytes.length > LOCATOR_BYTES_MAX) {
    throw new WireError("too-large", `A locator of ${bytes.length} bytes is too large.`);
  }
  const own = bytes.slice();
  const reader = new Reader(own);
  if (reader.u8() !== VERSION) {
    throw new WireError("version", "Locators of another version are not understood.");
  }
  const signKey = reader.bytes(KEY_BYTES);
  const [epoch, number] = [reader.u48(), reader.u32()];
  const ttlSeconds = within(reader.u16(), 1, LOCATOR_TTL_SECONDS, "time to live");
  const recordHash = reader.bytes(HASH_BYTES);
  const count = within(reader.u8(), 1, PLACES_NEAREST + PLACES_LOWEST, "number of landmarks");
  const places: Place[] = [];
  for (let i = 0; i < count; i++) places.push(readPlace(reader));
  reader.bytes(SIGNATURE_BYTES);
  reader.end();
  const id = peerIdOf(suite, signKey);
  return { id, signKey, epoch, number, ttlSeconds, recordHash, places, bytes: own };
}

/** Whether a locator was signed by the peer that it is of. */
export function verifyLocator(suite: CryptoSuite, locator: Locator): boolean {
  const bodyBytes = locator.bytes.length - SIGNATURE_BYTES;
  const body = locator.bytes.subarray(0, bodyBytes);
  const signature = locator.bytes.subarray(bodyBytes);
  return suite.verify(locator.signKey, concatBytes(LOCATOR_LABEL, body), signature);
}

/** Whether these are the bytes of the peer record that a locator names. */
export function belongsTo(suite: CryptoSuite, record: Uint8Array, locator: Locator): boolean {
  return equalBytes(suite.sha256(record), locator.recordHash);
}

/** Whether `a` was made after `b`. */
export function isNewer(
  a: Pick<LocatorBody, "epoch" | "number">,
  b: Pick<LocatorBody, "epoch" | "number">,
): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.number > b.number);
}

function readPlace(reader: Reader): Place {
  const id = reader.bytes(ID_BYTES);
  if (id[0] !== 0xfd) throw new WireError("out-of-range", "A peer id begins with fd.");
  const labels = reader.bytes(reader.u8());
  if (countLabels(labels) < 0) throw new WireError("malformed", "A label stack is malformed.");
  return { landmark: peerIdFromBytes(id), labels };
}

function within(value: number, min: number, max: number, what: string): number {
  if (value < min || value > max) {
    throw new WireError("out-of-range", `The ${what} is ${value}, not ${min} to ${max}.`);
  }
  return value;
}
