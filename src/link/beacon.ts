import { concatBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite, SigningKey } from "../crypto/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { BEACON_BYTES, BEACON_LABEL, FRAME_BEACON, LINK_VERSION } from "./layout.ts";

/** Bytes of the random number that tells one run of a peer from the next. */
export const RUN_BYTES = 8;

/**
 * "I am here." Only a hint to begin a handshake, which proves everything again; therefore it
 * holds no time and is not protected against being replayed.
 */
export interface Beacon {
  readonly signKey: Uint8Array;
  /** Drawn at each start: a linked neighbour with another one has restarted. */
  readonly run: Uint8Array;
  /** The frame without its signature. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** A signed beacon, ready to be broadcast. */
export function encodeBeacon(signKey: SigningKey, run: Uint8Array): Uint8Array {
  const writer = new Writer(BEACON_BYTES).u8(FRAME_BEACON).u8(LINK_VERSION);
  writer.bytes(signKey.publicKey).bytes(run);
  const signature = signKey.sign(concatBytes(utf8(BEACON_LABEL), writer.done()));
  return writer.bytes(signature).done();
}

/**
 * Reads a beacon (lent views); the signature is not checked, so that those of known neighbours
 * can be passed over cheaply.
 * @throws WireError
 */
export function decodeBeacon(frame: Uint8Array): Beacon {
  const reader = new Reader(frame);
  if (reader.u8() !== FRAME_BEACON) throw new WireError("malformed", "This is no beacon.");
  const version = reader.u8();
  if (version !== LINK_VERSION) throw new WireError("version", `Beacon version ${version}.`);
  const signKey = reader.bytes(32);
  const run = reader.bytes(RUN_BYTES);
  const signature = reader.bytes(64);
  reader.end();
  return { signKey, run, signed: frame.subarray(0, BEACON_BYTES - 64), signature };
}

/** Whether the device with this sign key sent the beacon once. */
export function verifyBeacon(suite: CryptoSuite, beacon: Beacon): boolean {
  const statement = concatBytes(utf8(BEACON_LABEL), beacon.signed);
  return suite.verify(beacon.signKey, statement, beacon.signature);
}
