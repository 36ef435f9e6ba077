import { concatBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import {
  devicesBehind,
  type LocalIdentity,
  PERSON_WORD_BYTES_MAX,
  type PeerId,
  type PersonPublicKeys,
  signForPerson,
} from "../identity/index.ts";

const CONTEXT = utf8("peernet contact v1");

/** Bytes of a vow: 64 by the person's own key, more by one of their devices. */
export const VOW_BYTES_MIN = 64;
/** Most bytes of a vow. */
export const VOW_BYTES_MAX: number = PERSON_WORD_BYTES_MAX;

/**
 * A person's signed word that another person is a contact of theirs. The other one keeps it and
 * shows it to devices of the first that do not know it yet: after a restore, for instance.
 */
export function makeVow(identity: LocalIdentity, contactSignKey: Uint8Array): Uint8Array {
  return signForPerson(identity, vowedPart(identity.person.signKey.publicKey, contactSignKey));
}

/**
 * Whether a person vowed that the one with `contactSignKey` is a contact.
 * @param isRevoked devices whose word does not count any more
 */
export function isVow(
  suite: CryptoSuite,
  vow: Uint8Array,
  person: PersonPublicKeys,
  contactSignKey: Uint8Array,
  isRevoked: (device: PeerId) => boolean = () => false,
): boolean {
  const content = vowedPart(person.signKey, contactSignKey);
  const devices = devicesBehind(suite, person, content, vow);
  return devices?.every((device) => !isRevoked(device)) ?? false;
}

/** Whether the person's own key signed this vow: no revocation of a device ends it. */
export function isLasting(vow: Uint8Array): boolean {
  return vow.length === VOW_BYTES_MIN;
}

function vowedPart(signKey: Uint8Array, contactSignKey: Uint8Array): Uint8Array {
  return concatBytes(CONTEXT, signKey, contactSignKey);
}
