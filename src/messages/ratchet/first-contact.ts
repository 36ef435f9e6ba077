import { concatBytes, equalBytes, toHex, utf8 } from "../../base/bytes.ts";
import {
  CryptoError,
  type CryptoSuite,
  type DhKey,
  KEY_BYTES,
  NoiseHandshake,
} from "../../crypto/index.ts";
import type { Random } from "../../ports/index.ts";
import { Reader, Writer } from "../../wire/index.ts";
import { beginChains } from "./chain.ts";
import { RatchetChannel } from "./channel.ts";
import { RatchetError } from "./errors.ts";
import { readTag } from "./finding.ts";
import { hybridSecret, offerHybrid, takeHybrid } from "./hybrid.ts";
import { malformed } from "./inner.ts";
import {
  CONTACT_AT,
  CONTACT_BYTES,
  contactBytes,
  FRAME_TYPE,
  GENERATION_BYTES,
  HINT_AT,
  MESSAGE_HEAD_BYTES,
  SHORT_BIT,
} from "./layout.ts";
import { FRAMES_IN_FLIGHT_MAX, PREKEYS_MAX } from "./limits.ts";
import type {
  AcceptOptions,
  BeginOptions,
  Channel,
  FirstOpened,
  FrameHead,
  Prekey,
  RatchetKit,
} from "./types.ts";

const PROLOGUE = utf8("peernet ratchet contact v1");
const CHANNEL = utf8("peernet ratchet channel v1");
const HINT = utf8("peernet ratchet hint v1");
const ID_BYTES = 16;
const HINT_BYTES = 4;
const GENERATION_MAX = 2 ** 48 - 1;

/**
 * A new channel: Noise_X_25519_ChaChaPoly_SHA256 (revision 34, section 7.4) to the prekey, with
 * our device's key as static key. Its ephemeral key is our first ratchet key, the prekey theirs.
 * @throws CryptoError("bad-key" | "low-order") where the prekey cannot be used
 * @throws RatchetError("no-prekey") for a hybrid one where the kit has no KEM
 */
export function beginChannel(kit: RatchetKit, options: BeginOptions): Channel {
  const { suite, random } = kit;
  const { ourDhKey, theirDhKey, bundle } = options;
  const after = (options.afterGeneration ?? -1) + 1;
  const generation = Math.min(GENERATION_MAX, Math.max(after, Math.floor(options.nowMs), 0));
  const ourSecret = random.bytes(KEY_BYTES);
  const noise = contactNoise(suite, given(ourSecret), ourDhKey, theirDhKey, bundle.publicKey);
  const greeting = noise.writeMessage(new Writer(GENERATION_BYTES).u48(generation).done());
  const part = offerHybrid(kit, bundle);
  const message = part === undefined ? greeting : concatBytes(greeting, part.ciphertext);
  const secret = hybridSecret(suite, noise.split().secret, part);
  const { root, initiators, responders } = beginChains(suite, secret);
  const hint = hintOf(suite, bundle.publicKey, message.subarray(0, KEY_BYTES));
  return new RatchetChannel(kit, {
    ...emptyState(options.nowMs),
    id: idBytesOf(suite, message),
    generation,
    initiator: true,
    hybrid: part !== undefined,
    theirDhKey,
    contact: concatBytes(hint, message),
    root,
    ourSecret,
    theirKey: bundle.publicKey,
    sending: initiators,
    receiving: responders,
  });
}

/** Takes a first frame; `RatchetDoor.acceptChannel` says what is thrown. */
export function acceptChannel(
  kit: RatchetKit,
  options: AcceptOptions,
  frame: Uint8Array,
): FirstOpened {
  const { suite } = kit;
  const contact = contactOf(frame);
  if (contact === undefined) {
    throw new RatchetError("not-ours", "This frame does not begin a message channel.");
  }
  const prekey = prekeyFor(suite, options.prekeys, frame, contact);
  if (prekey.expiresAtMs <= options.nowMs) {
    throw new RatchetError("expired", "Somebody wrote by a prekey that is no longer valid.");
  }
  const { secret, generation, theirDhKey } = readContact(kit, options.ourDhKey, prekey, contact);
  const { root, initiators, responders } = beginChains(suite, secret);
  const channel = new RatchetChannel(kit, {
    ...emptyState(options.nowMs),
    id: idBytesOf(suite, contact),
    generation,
    initiator: false,
    hybrid: prekey.kemKey !== undefined,
    theirDhKey,
    contact: undefined,
    root,
    ourSecret: prekey.secret,
    theirKey: contact.slice(0, KEY_BYTES),
    sending: responders,
    receiving: initiators,
  });
  return { ...channel.open(frame, options.nowMs), prekey };
}

/** What can be told of a frame without any key; undefined for what is no frame of a channel. */
export function readFrameHead(suite: CryptoSuite, frame: Uint8Array): FrameHead | undefined {
  const type = (frame[0] ?? 0) & ~SHORT_BIT;
  const hasTag = type === FRAME_TYPE.message || type === FRAME_TYPE.group;
  if (hasTag && frame.length > MESSAGE_HEAD_BYTES) {
    return { kind: type === FRAME_TYPE.group ? "group" : "message", tag: readTag(frame) };
  }
  const contact = contactOf(frame);
  if (contact === undefined) return undefined;
  return { kind: "first", channelId: toHex(idBytesOf(suite, contact)) };
}

/**
 * Whether a first frame is meant for this prekey: what an anchor can be told, so that it keeps
 * first frames for somebody. By chance (2^-32) also true for others.
 */
export function isFirstFrameFor(
  suite: CryptoSuite,
  frame: Uint8Array,
  prekeyPublic: Uint8Array,
): boolean {
  const contact = contactOf(frame);
  if (contact === undefined) return false;
  const hint = hintOf(suite, prekeyPublic, contact.subarray(0, KEY_BYTES));
  return equalBytes(hint, frame.subarray(HINT_AT, CONTACT_AT));
}

function contactOf(frame: Uint8Array): Uint8Array | undefined {
  const bytes = contactBytes(frame[0] ?? 0);
  if (bytes === undefined) return undefined;
  const placeAt = CONTACT_AT + bytes;
  const isWhole = frame.length > placeAt + 1 && (frame[placeAt] ?? 0) < FRAMES_IN_FLIGHT_MAX;
  return isWhole ? frame.subarray(CONTACT_AT, placeAt) : undefined;
}

function prekeyFor(
  suite: CryptoSuite,
  prekeys: readonly Prekey[],
  frame: Uint8Array,
  contact: Uint8Array,
): Prekey {
  const hint = frame.subarray(HINT_AT, CONTACT_AT);
  const ephemeral = contact.subarray(0, KEY_BYTES);
  for (const prekey of prekeys.slice(0, PREKEYS_MAX)) {
    if (equalBytes(hint, hintOf(suite, prekey.publicKey, ephemeral))) return prekey;
  }
  throw new RatchetError("no-prekey", "Somebody wrote by a prekey that this device has not.");
}

function readContact(kit: RatchetKit, ourDhKey: DhKey, prekey: Prekey, contact: Uint8Array) {
  const { suite, random } = kit;
  const key = suite.dhKey(prekey.secret);
  const noise = new NoiseHandshake({
    suite,
    pattern: "X",
    initiator: false,
    prologue: concatBytes(PROLOGUE, ourDhKey.publicKey),
    staticKey: key,
    random,
  });
  try {
    const reader = new Reader(noise.readMessage(contact.subarray(0, CONTACT_BYTES)));
    const generation = reader.u48();
    const theirDhKey = noise.remoteStatic;
    if (theirDhKey === undefined) throw malformed("It names nobody.");
    const part = takeHybrid(kit, prekey, contact.slice(CONTACT_BYTES));
    return { secret: hybridSecret(suite, noise.split().secret, part), generation, theirDhKey };
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    const text = "A first message frame was altered on its way, or made up.";
    throw new RatchetError("forged", text, { cause });
  } finally {
    key.forget?.();
  }
}

function contactNoise(
  suite: CryptoSuite,
  random: Random,
  staticKey: DhKey,
  theirDhKey: Uint8Array,
  remoteStatic: Uint8Array,
): NoiseHandshake {
  const prologue = concatBytes(PROLOGUE, theirDhKey);
  return new NoiseHandshake({
    ...{ suite, random, staticKey, remoteStatic, prologue },
    pattern: "X",
    initiator: true,
  });
}

/** Lets Noise take an ephemeral secret that is kept beyond the handshake: as the first ratchet key. */
function given(secret: Uint8Array): Random {
  return { bytes: () => secret, u32: () => 0, fork: () => given(secret) };
}

/** Tells the owner of a prekey, and those who were told it, that a frame is for it. */
function hintOf(suite: CryptoSuite, prekey: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  return suite.hmacSha256(prekey, HINT, ephemeral).subarray(0, HINT_BYTES);
}

function idBytesOf(suite: CryptoSuite, contact: Uint8Array): Uint8Array {
  return suite.sha256(CHANNEL, contact).slice(0, ID_BYTES);
}

function emptyState(nowMs: number) {
  return {
    step: 1,
    ourKey: undefined,
    lastLength: 0,
    offer: undefined,
    acknowledged: 0,
    before: undefined,
    ended: undefined,
    missing: [],
    owes: false,
    sinceStep: 0,
    steppedAtMs: nowMs,
  };
}
