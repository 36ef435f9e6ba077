import { fromBase32, toBase32 } from "../base/base32.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { type CryptoSuite, isLowOrderDhKey } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import { ENDPOINT_BYTES_MAX, INVITE_ENDPOINTS_MAX, LINK_CHARS_MAX } from "./limits.ts";

const PREFIX = "peernet:invite/";
const CONTEXT = utf8("peernet invite v1");
const SIGNATURE_BYTES = 64;

/** Bytes of the secret in an invite. */
export const TOKEN_BYTES = 16;

const inviteSchema = schema.record({
  v: schema.literal(1),
  d: schema.bytes(32),
  e: schema.list(schema.text(ENDPOINT_BYTES_MAX), INVITE_ENDPOINTS_MAX),
  h: schema.bytes(32),
  k: schema.bytes(32),
  n: schema.text(limits.NAME_BYTES_MAX),
  t: schema.bytes(TOKEN_BYTES),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

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
}

/** What the inviting side puts into a link besides its keys. */
export type InviteTerms = Pick<Invite, "name" | "endpoints" | "token" | "expiresAtMs">;

/** The link: base32 over a canonical CBOR map and the person's signature over it. */
export function encodeInvite(identity: LocalIdentity, terms: InviteTerms): string {
  const content = encodeCbor({
    v: 1,
    d: identity.signKey.publicKey,
    e: terms.endpoints,
    h: identity.person.dhKey.publicKey,
    k: identity.person.signKey.publicKey,
    n: terms.name,
    t: terms.token,
    x: terms.expiresAtMs,
  });
  const signature = identity.person.signKey.sign(concatBytes(CONTEXT, content));
  return PREFIX + toBase32(concatBytes(content, signature));
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
  const border = bytes.length - SIGNATURE_BYTES;
  const content = bytes.subarray(0, border);
  try {
    const found = inviteSchema(decodeCbor(content), "invite");
    const signed = concatBytes(CONTEXT, content);
    if (!suite.verify(found.k, signed, bytes.subarray(border)) || isLowOrderDhKey(found.h)) {
      throw malformed();
    }
    return {
      deviceSignKey: found.d,
      signKey: found.k,
      dhKey: found.h,
      name: found.n,
      endpoints: found.e,
      token: found.t,
      expiresAtMs: found.x,
    };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw malformed(cause);
  }
}

function malformed(cause?: unknown): ContactsError {
  return new ContactsError(
    "malformed-invite",
    "This is no whole invite. Copy the link again, from 'peernet:invite/' to its end.",
    { cause },
  );
}
