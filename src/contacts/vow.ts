import { concatBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PersonKeys } from "../identity/index.ts";

const CONTEXT = utf8("peernet contact v1");

/** Bytes of a vow. */
export const VOW_BYTES = 64;

/**
 * A person's signed word that another person is a contact of theirs. The other one keeps it and
 * shows it to devices of the first that do not know it yet: after a restore, for instance.
 */
export function makeVow(person: PersonKeys, contactSignKey: Uint8Array): Uint8Array {
  return person.signKey.sign(vowedPart(person.signKey.publicKey, contactSignKey));
}

/** Whether the person with `signKey` vowed that the one with `contactSignKey` is a contact. */
export function isVow(
  suite: CryptoSuite,
  vow: Uint8Array,
  signKey: Uint8Array,
  contactSignKey: Uint8Array,
): boolean {
  return suite.verify(signKey, vowedPart(signKey, contactSignKey), vow);
}

function vowedPart(signKey: Uint8Array, contactSignKey: Uint8Array): Uint8Array {
  return concatBytes(CONTEXT, signKey, contactSignKey);
}
