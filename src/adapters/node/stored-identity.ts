import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import {
  type LocalIdentity,
  makeAddedIdentity,
  makeLocalIdentity,
  personIdOf,
  readingKeyOf,
} from "../../identity/index.ts";
import type { StoredIdentity } from "./home-identity.ts";

/**
 * The keys of a stored identity.
 * @throws IdentityError("bad-certificate") where what was stored of an added device is damaged
 */
export function localIdentityOf(suite: CryptoSuite, stored: StoredIdentity): LocalIdentity {
  const { deviceSeed, personEntropy, membership } = stored;
  if (personEntropy !== undefined) return makeLocalIdentity(suite, deviceSeed, personEntropy);
  const { certificate, readingKey } = must(
    membership,
    "an identity has a person or is added to one",
  );
  const personId = personIdOf(suite, certificate.signKey);
  return makeAddedIdentity(suite, deviceSeed, {
    certificate: { ...certificate, personId },
    readingKey,
  });
}

/** The 32 bytes with which devices of this person read what is sealed to the person. */
export function storedReadingKey(suite: CryptoSuite, stored: StoredIdentity): Uint8Array {
  const { personEntropy, membership } = stored;
  if (personEntropy !== undefined) return readingKeyOf(suite, personEntropy);
  return must(membership, "an identity has a person or is added to one").readingKey;
}
