import { fromBase32, toBase32 } from "../../base/base32.ts";
import { concatBytes, equalBytes, utf8 } from "../../base/bytes.ts";
import { type CryptoSuite, isLowOrderDhKey } from "../../crypto/index.ts";
import { ContactsError } from "../errors.ts";
import { PERSON_LINK_CHARS_MAX } from "./limits.ts";

const PREFIX = "peernet:person/";
const VERSION = 1;
const KEY_BYTES = 32;
const CHECK_BYTES = 4;
const CONTEXT = utf8("peernet person link v1");

/** The public keys of a person. */
export interface PublicKeys {
  /** Ed25519, 32 bytes. */
  readonly signKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly dhKey: Uint8Array;
}

/**
 * A person's public keys as a link, for QR codes and address books. It lets nobody in and proves
 * nothing: it says which keys are meant.
 */
export function encodePersonLink(suite: CryptoSuite, { signKey, dhKey }: PublicKeys): string {
  const content = concatBytes(Uint8Array.of(VERSION), signKey, dhKey);
  return PREFIX + toBase32(concatBytes(content, checkOf(suite, content)));
}

/** @throws ContactsError("bad-link") */
export function decodePersonLink(suite: CryptoSuite, link: string): PublicKeys {
  const trimmed = link.length > PERSON_LINK_CHARS_MAX ? "" : link.trim();
  const isOurs = trimmed.slice(0, PREFIX.length).toLowerCase() === PREFIX;
  const bytes = isOurs ? fromBase32(trimmed.slice(PREFIX.length)) : undefined;
  const end = 1 + 2 * KEY_BYTES;
  const isWhole =
    bytes?.length === end + CHECK_BYTES &&
    bytes[0] === VERSION &&
    equalBytes(bytes.subarray(end), checkOf(suite, bytes.subarray(0, end)));
  if (bytes === undefined || !isWhole || isLowOrderDhKey(bytes.subarray(1 + KEY_BYTES, end))) {
    throw new ContactsError(
      "bad-link",
      "This is no whole code of a person. Copy it again, from 'peernet:person/' to its end.",
    );
  }
  return { signKey: bytes.slice(1, 1 + KEY_BYTES), dhKey: bytes.slice(1 + KEY_BYTES, end) };
}

function checkOf(suite: CryptoSuite, content: Uint8Array): Uint8Array {
  return suite.sha256(CONTEXT, content).subarray(0, CHECK_BYTES);
}
