import { fromBase32, toBase32 } from "../base/base32.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { type CryptoSuite, isLowOrderDhKey } from "../crypto/index.ts";
import {
  devicesBehind,
  type LocalIdentity,
  PERSON_WORD_BYTES_MAX,
  peerIdOf,
  signForPerson,
} from "../identity/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import {
  ENDPOINT_BYTES_MAX,
  INVITE_ENDPOINTS_MAX,
  INVITE_PREKEY_BYTES_MAX,
  LINK_CHARS_MAX,
} from "./limits.ts";

const PREFIX = "peernet:invite/";
const CONTEXT = utf8("peernet invite v1");
const SIGNATURE_BYTES = 64;

/** Bytes of the secret in an invite. */
export const TOKEN_BYTES = 16;

const inviteSchema = schema.record({
  // Version 3 is version 1 with the keys of a first contact, and never without.
  v: schema.integer(1, 3),
  c: schema.optional(schema.bytes(32)),
  d: schema.bytes(32),
  e: schema.list(schema.text(ENDPOINT_BYTES_MAX), INVITE_ENDPOINTS_MAX),
  h: schema.bytes(32),
  k: schema.bytes(32),
  n: schema.text(limits.NAME_BYTES_MAX),
  p: schema.optional(schema.bytes(1, INVITE_PREKEY_BYTES_MAX)),
  t: schema.bytes(TOKEN_BYTES),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

const deviceInviteSchema = schema.record({
  v: schema.literal(2),
  b: schema.bytes(1, LINK_CHARS_MAX),
  w: schema.bytes(SIGNATURE_BYTES + 1, PERSON_WORD_BYTES_MAX),
});

/** With what somebody writes to the inviting device before it has ever answered. */
export interface FirstContact {
  /** The device's X25519 public key. */
  readonly dhKey: Uint8Array;
  /** A prekey signed by the device, which ends with the invite. */
  readonly bundle: Uint8Array;
}

/** What an invite link says. */
export interface Invite {
  /** The inviting device's Ed25519 public key. */
  readonly deviceSignKey: Uint8Array;
  /** The inviting person's Ed25519 public key. */
  readonly signKey: Uint8Array;
  /** The inviting person's X25519 public key. */
  readonly dhKey: Uint8Array;
  /** What the person calls itself. */
  readonly name: string;
  /** Where the device can be dialled. */
  readonly endpoints: readonly string[];
  /** The secret that makes a request welcome. */
  readonly token: Uint8Array;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Undefined where the device made no prekey for it, as older ones do. */
  readonly firstContact?: FirstContact | undefined;
}

/** What the inviting side puts into a link besides its keys. */
export type InviteTerms = Pick<
  Invite,
  "name" | "endpoints" | "token" | "expiresAtMs" | "firstContact"
>;

/**
 * The link: base32 over a canonical CBOR map and the person's own signature over it; where this
 * device does not hold that key, over a map of that map and of what the device signs.
 */
export function encodeInvite(identity: LocalIdentity, terms: InviteTerms): string {
  const { firstContact } = terms;
  const content = encodeCbor({
    v: firstContact === undefined ? 1 : 3,
    c: firstContact?.dhKey,
    d: identity.signKey.publicKey,
    e: terms.endpoints,
    h: identity.person.dhKey.publicKey,
    k: identity.person.signKey.publicKey,
    n: terms.name,
    p: firstContact?.bundle,
    t: terms.token,
    x: terms.expiresAtMs,
  });
  const word = signForPerson(identity, concatBytes(CONTEXT, content));
  const isDirect = identity.person.root !== undefined;
  return (
    PREFIX +
    toBase32(isDirect ? concatBytes(content, word) : encodeCbor({ v: 2, b: content, w: word }))
  );
}

/**
 * What a link says, its signature checked; whether it has expired is the caller's to see.
 * @throws ContactsError("malformed-invite")
 */
export function decodeInvite(suite: CryptoSuite, link: string): Invite {
  const trimmed = link.length > LINK_CHARS_MAX ? "" : link.trim();
  const prefixed = trimmed.slice(0, PREFIX.length).toLowerCase() === PREFIX;
  const bytes = prefixed ? fromBase32(trimmed.slice(PREFIX.length)) : undefined;
  if (bytes === undefined || bytes.length <= SIGNATURE_BYTES) throw malformed();
  try {
    const { content, word } = partsOf(bytes);
    const found = contentOf(content);
    const signed = concatBytes(CONTEXT, content);
    const person = { signKey: found.k, dhKey: found.h };
    const devices = devicesBehind(suite, person, signed, word);
    // A device signs for itself alone: another one's token would be of no use here.
    const isWhole = devices?.every((id, at) => at > 0 || id === peerIdOf(suite, found.d)) ?? false;
    const { firstContact } = found;
    if (!isWhole || isLowOrderDhKey(found.h)) throw malformed();
    return {
      deviceSignKey: found.d,
      signKey: found.k,
      dhKey: found.h,
      name: found.n,
      endpoints: found.e,
      token: found.t,
      expiresAtMs: found.x,
      ...(firstContact && { firstContact }),
    };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw malformed(cause);
  }
}

/** The signed map. @throws TypedError for what no Peernet would have made */
function contentOf(content: Uint8Array) {
  const found = inviteSchema(decodeCbor(content), "invite");
  const { v, c, p } = found;
  if (v === 1 && c === undefined && p === undefined) return { ...found, firstContact: undefined };
  if (v !== 3 || c === undefined || p === undefined || isLowOrderDhKey(c)) throw malformed();
  return { ...found, firstContact: { dhKey: c, bundle: p } };
}

/** A map of version 2 stands alone; one of version 1 has a signature behind it, so is no document. */
function partsOf(bytes: Uint8Array): { readonly content: Uint8Array; readonly word: Uint8Array } {
  let whole: unknown;
  try {
    whole = decodeCbor(bytes);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    const border = bytes.length - SIGNATURE_BYTES;
    return { content: bytes.subarray(0, border), word: bytes.subarray(border) };
  }
  const { b, w } = deviceInviteSchema(whole, "invite");
  return { content: b, word: w };
}

function malformed(cause?: unknown): ContactsError {
  return new ContactsError(
    "malformed-invite",
    "This is no whole invite. Copy the link again, from 'peernet:invite/' to its end.",
    { cause },
  );
}
