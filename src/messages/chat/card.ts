import { concatBytes, fromHex, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES, SIGNATURE_BYTES } from "../../crypto/index.ts";
import { type LocalIdentity, type PeerId, type PersonId, peerIdOf } from "../../identity/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { BUNDLE_BYTES_MAX } from "../limits.ts";
import { CARD_BYTES_MAX } from "./limits.ts";
import type { ChatPeople } from "./types.ts";

const LABEL = utf8("peernet group card v1");
const VERSION = 1;
const GROUP_BYTES = 16;
const PERSON_BYTES = 16;
const PROOF_BYTES_MAX = 640;

/** What a member's device needs to be given sender keys, signed by it. */
export interface Card {
  readonly device: PeerId;
  readonly person: PersonId;
  /** Ed25519, 32 bytes. */
  readonly signKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** A signed prekey. */
  readonly bundle: Uint8Array;
  /** By the device's clock, milliseconds since 1970; the newest card of a device counts. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** What a device says of itself in a card. */
export interface CardTerms {
  /** 16 bytes. */
  readonly group: Uint8Array;
  readonly proof: Uint8Array;
  readonly bundle: Uint8Array;
  readonly atMs: number;
}

/**
 * Signs a card: version (1), group (16), sign key (32), X25519 key (32), time (6), length (2) and
 * bytes of the prekey, length (2) and bytes of the proof; then the signature (64) over
 * "peernet group card v1" and all of that.
 */
export function signCard(identity: LocalIdentity, terms: CardTerms): Uint8Array {
  const { group, proof, bundle, atMs } = terms;
  const writer = new Writer(512).u8(VERSION).bytes(group).bytes(identity.signKey.publicKey);
  writer.bytes(identity.dhKey.publicKey).u48(atMs);
  writer.u16(bundle.length).bytes(bundle).u16(proof.length).bytes(proof);
  const content = writer.done();
  return concatBytes(content, identity.signKey.sign(concatBytes(LABEL, content)));
}

/**
 * Reads and checks a card of this group.
 * @throws WireError, also where nobody vouches for the device or it did not sign
 */
export function readCard(
  suite: CryptoSuite,
  vouch: ChatPeople["vouch"],
  group: string,
  bytes: Uint8Array,
): Card {
  const { about, proof, ...fields } = fieldsOf(bytes);
  const person = vouch(fields.signKey, proof);
  if (about !== group || person === undefined) {
    throw new WireError("malformed", "A card of a stranger or of another group.");
  }
  const border = bytes.length - SIGNATURE_BYTES;
  const signed = concatBytes(LABEL, bytes.subarray(0, border));
  if (!suite.verify(fields.signKey, signed, bytes.subarray(border))) {
    throw new WireError("malformed", "A card that its device did not sign.");
  }
  return { ...fields, person, device: peerIdOf(suite, fields.signKey), bytes: bytes.slice() };
}

/** A card as it is kept: whose it is (16 bytes), so that a start need not check it again, and itself. */
export function keptCard({ person, bytes }: Card): Uint8Array {
  return concatBytes(must(fromHex(person), "ids are hexadecimal"), bytes);
}

/** @throws WireError where it is damaged */
export function readKeptCard(suite: CryptoSuite, kept: Uint8Array): Card {
  const bytes = kept.slice(PERSON_BYTES);
  const { signKey, dhKey, bundle, atMs } = fieldsOf(bytes);
  const person = toHex(kept.subarray(0, PERSON_BYTES));
  return { person, device: peerIdOf(suite, signKey), signKey, dhKey, bundle, atMs, bytes };
}

function fieldsOf(bytes: Uint8Array) {
  const border = bytes.length - SIGNATURE_BYTES;
  if (border <= 0 || bytes.length > CARD_BYTES_MAX) {
    throw new WireError("out-of-range", "A card of another length.");
  }
  const reader = new Reader(bytes.subarray(0, border));
  if (reader.u8() !== VERSION) throw new WireError("version", "A card of another version.");
  const about = toHex(reader.bytes(GROUP_BYTES));
  const signKey = reader.bytes(KEY_BYTES).slice();
  const dhKey = reader.bytes(KEY_BYTES).slice();
  const atMs = reader.u48();
  const bundle = part(reader, BUNDLE_BYTES_MAX).slice();
  const proof = part(reader, PROOF_BYTES_MAX);
  reader.end();
  return { about, signKey, dhKey, atMs, bundle, proof };
}

function part(reader: Reader, bytesMax: number): Uint8Array {
  const length = reader.u16();
  if (length > bytesMax) throw new WireError("too-large", "A part of a card is too long.");
  return reader.bytes(length);
}
