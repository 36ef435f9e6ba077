import { concatBytes, utf8 } from "../../base/bytes.ts";
import { assert } from "../../base/errors.ts";
import {
  type CryptoSuite,
  isLowOrderDhKey,
  KEM_PUBLIC_BYTES,
  KEM_SEED_BYTES,
  KEY_BYTES,
  SIGNATURE_BYTES,
  type SigningKey,
} from "../../crypto/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { RatchetError } from "./errors.ts";
import { PREKEY_LIFETIME_MAX_MS } from "./limits.ts";
import type { Prekey, PrekeyBundle, RatchetKit } from "./types.ts";

const VERSION = 1;
/** With a key of ML-KEM-768. */
const HYBRID_VERSION = 2;
const CONTEXT = utf8("peernet prekey v1");
const ONE_TIME = 0x01;
/** Version, flags, end in seconds, key. */
const PLAIN_BYTES: number = 1 + 1 + 4 + KEY_BYTES;
/** Bytes of a bundle. */
export const BUNDLE_BYTES: number = PLAIN_BYTES + SIGNATURE_BYTES;
/** Bytes of a bundle with a key of ML-KEM-768. */
export const HYBRID_BUNDLE_BYTES: number = BUNDLE_BYTES + KEM_PUBLIC_BYTES;

/** A new prekey. @param lifetimeMs 1 … PREKEY_LIFETIME_MAX_MS */
export function makePrekey(
  kit: RatchetKit,
  nowMs: number,
  lifetimeMs: number,
  oneTime: boolean,
): Prekey {
  assert(lifetimeMs > 0 && lifetimeMs <= PREKEY_LIFETIME_MAX_MS, "a prekey's life is bounded");
  const secret = kit.random.bytes(KEY_BYTES);
  const key = kit.suite.dhKey(secret);
  key.forget?.();
  const expiresAtMs = Math.ceil((nowMs + lifetimeMs) / 1_000) * 1_000;
  return { secret, publicKey: key.publicKey, expiresAtMs, oneTime };
}

/**
 * A new hybrid prekey: X25519 and ML-KEM-768 side by side, one-time.
 * @param lifetimeMs 1 … PREKEY_LIFETIME_MAX_MS
 */
export function makeHybridPrekey(kit: RatchetKit, nowMs: number, lifetimeMs: number): Prekey {
  const { kem, random } = kit;
  assert(kem !== undefined, "hybrid prekeys are made by a kit that has the KEM");
  const kemSeed = random.bytes(KEM_SEED_BYTES);
  const plain = makePrekey(kit, nowMs, lifetimeMs, true);
  return { ...plain, kemSeed, kemKey: kem.publicKey(kemSeed) };
}

/** For our own disk: secret. */
export function encodePrekey(prekey: Prekey): Uint8Array {
  const writer = writeHead(prekey, PLAIN_BYTES).bytes(prekey.secret);
  const { kemSeed, kemKey } = prekey;
  if (kemSeed !== undefined && kemKey !== undefined) writer.bytes(kemSeed).bytes(kemKey);
  return writer.done();
}

/** @throws RatchetError("damaged") */
export function decodePrekey(suite: CryptoSuite, bytes: Uint8Array): Prekey {
  try {
    const reader = new Reader(bytes);
    const { isHybrid, ...head } = readHead(reader);
    const secret = reader.bytes(KEY_BYTES).slice();
    const kemSeed = isHybrid ? reader.bytes(KEM_SEED_BYTES).slice() : undefined;
    const kemKey = isHybrid ? reader.bytes(KEM_PUBLIC_BYTES).slice() : undefined;
    reader.end();
    const key = suite.dhKey(secret);
    key.forget?.();
    const prekey = { ...head, secret, publicKey: key.publicKey };
    return isHybrid ? { ...prekey, kemSeed, kemKey } : prekey;
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new RatchetError("damaged", "The record of a prekey is damaged.", { cause });
  }
}

/** What others need to write to this device first. */
export function writeBundle(prekey: Prekey, device: SigningKey): Uint8Array {
  const writer = writeHead(prekey, HYBRID_BUNDLE_BYTES).bytes(prekey.publicKey);
  if (prekey.kemKey !== undefined) writer.bytes(prekey.kemKey);
  const signed = writer.done();
  return concatBytes(signed, device.sign(concatBytes(CONTEXT, signed)));
}

/** @throws RatchetError("malformed" | "bad-signature" | "expired") */
export function readBundle(
  suite: CryptoSuite,
  bytes: Uint8Array,
  signKey: Uint8Array,
  nowMs: number,
): PrekeyBundle {
  const bundle = parseBundle(bytes);
  const signed = bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
  const signature = bytes.subarray(signed.length);
  if (!suite.verify(signKey, concatBytes(CONTEXT, signed), signature)) {
    throw new RatchetError("bad-signature", "A prekey was not signed by its device.");
  }
  const leftMs = bundle.expiresAtMs - nowMs;
  if (leftMs > 0 && leftMs <= PREKEY_LIFETIME_MAX_MS) return bundle;
  const text =
    leftMs > 0
      ? "A prekey would be valid for longer than any may. Check the clock of both devices."
      : "The prekey of that device is too old. Ask it for a new one, or check this device's clock.";
  throw new RatchetError("expired", text);
}

function parseBundle(bytes: Uint8Array): PrekeyBundle {
  try {
    const reader = new Reader(bytes);
    const { isHybrid, ...head } = readHead(reader);
    const publicKey = reader.bytes(KEY_BYTES).slice();
    const kemKey = isHybrid ? reader.bytes(KEM_PUBLIC_BYTES).slice() : undefined;
    reader.bytes(SIGNATURE_BYTES);
    reader.end();
    if (isLowOrderDhKey(publicKey)) throw new WireError("malformed", "Its key gives no secrecy.");
    return isHybrid ? { ...head, publicKey, kemKey } : { ...head, publicKey };
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new RatchetError("malformed", "This is no prekey.", { cause });
  }
}

function writeHead(bundle: PrekeyBundle, capacity: number): Writer {
  const writer = new Writer(capacity).u8(bundle.kemKey === undefined ? VERSION : HYBRID_VERSION);
  return writer.u8(bundle.oneTime ? ONE_TIME : 0).u32(Math.ceil(bundle.expiresAtMs / 1_000));
}

function readHead(reader: Reader) {
  const version = reader.u8();
  if (version !== VERSION && version !== HYBRID_VERSION) {
    throw new WireError("version", "Its version is not known.");
  }
  const flags = reader.u8();
  if ((flags & ~ONE_TIME) !== 0) throw new WireError("malformed", "It has an unknown flag.");
  const isHybrid = version === HYBRID_VERSION;
  return { oneTime: flags === ONE_TIME, expiresAtMs: reader.u32() * 1_000, isHybrid };
}
