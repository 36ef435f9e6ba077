import { concatBytes, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { personIdOf } from "./address.ts";
import { keyPairsOf } from "./seeds.ts";
import type { PersonCertificate, PersonKeys } from "./types.ts";

const CERTIFICATE_LABEL = utf8("peernet person certificate v1");

/**
 * A person's keys from the entropy behind their 24 words.
 * @throws IdentityError("bad-seed") unless it has 32 bytes
 */
export function derivePerson(suite: CryptoSuite, entropy: Uint8Array): PersonKeys {
  const { signKey, dhKey } = keyPairsOf(suite, "peernet person v1", entropy);
  return { personId: personIdOf(suite, signKey.publicKey), signKey, dhKey };
}

/** The person's vow that the device with this sign key acts for them. */
export function certifyDevice(
  suite: CryptoSuite,
  person: PersonKeys,
  deviceSignKey: Uint8Array,
): PersonCertificate {
  const signKey = person.signKey.publicKey;
  const dhKey = person.dhKey.publicKey;
  return {
    personId: personIdOf(suite, signKey),
    signKey,
    dhKey,
    signature: person.signKey.sign(signedPart(signKey, dhKey, deviceSignKey)),
  };
}

/** Whether the person in the certificate really vowed this for the device with this sign key. */
export function verifyCertificate(
  suite: CryptoSuite,
  certificate: PersonCertificate,
  deviceSignKey: Uint8Array,
): boolean {
  const { personId, signKey, dhKey, signature } = certificate;
  return (
    personId === personIdOf(suite, signKey) &&
    suite.verify(signKey, signedPart(signKey, dhKey, deviceSignKey), signature)
  );
}

function signedPart(signKey: Uint8Array, dhKey: Uint8Array, device: Uint8Array): Uint8Array {
  return concatBytes(CERTIFICATE_LABEL, signKey, dhKey, device);
}
