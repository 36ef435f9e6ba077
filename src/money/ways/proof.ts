import { concatBytes, utf8 } from "../../base/bytes.ts";
import { type CryptoSuite, KEY_BYTES } from "../../crypto/index.ts";
import {
  devicesBehind,
  type LocalIdentity,
  type PeerId,
  type PersonId,
  personIdOf,
  signForPerson,
} from "../../identity/index.ts";

const CONTEXT = utf8("peernet line advert v1");

/** What shows that a person made an advert: both of their keys, and their word. */
export function proveAdvert(identity: LocalIdentity, advert: Uint8Array): Uint8Array {
  const { signKey, dhKey } = identity.person;
  const word = signForPerson(identity, concatBytes(CONTEXT, advert));
  return concatBytes(signKey.publicKey, dhKey.publicKey, word);
}

/** Whether a person made an advert, with devices that still stand. */
export function advertHolds(
  suite: CryptoSuite,
  isRevoked: (device: PeerId, person: PersonId) => boolean,
  origin: PersonId,
  advert: Uint8Array,
  proof: Uint8Array,
): boolean {
  if (proof.length <= 2 * KEY_BYTES) return false;
  const signKey = proof.subarray(0, KEY_BYTES);
  if (personIdOf(suite, signKey) !== origin) return false;
  const dhKey = proof.subarray(KEY_BYTES, 2 * KEY_BYTES);
  const word = proof.subarray(2 * KEY_BYTES);
  const devices = devicesBehind(suite, { signKey, dhKey }, concatBytes(CONTEXT, advert), word);
  return devices?.every((device) => !isRevoked(device, origin)) === true;
}
