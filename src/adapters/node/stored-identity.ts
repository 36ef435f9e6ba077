import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { OwnOrigin, PersonSecrets } from "../../devices/index.ts";
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

/** What a peer is told at its start about its person and how this device came to them. */
export function personConfigOf(
  suite: CryptoSuite,
  stored: StoredIdentity,
): { readonly origin: OwnOrigin; readonly secrets: PersonSecrets } {
  const { personEntropy: entropy, membership, broughtBack } = stored;
  const readingKey =
    entropy === undefined
      ? must(membership, "an identity has a person or is added to one").readingKey
      : readingKeyOf(suite, entropy);
  const vouchers = broughtBack?.how === "friends" ? broughtBack.vouchers : [];
  const origin = { origin: broughtBack?.how ?? "first", vouchers } as const;
  return { origin, secrets: { readingKey, entropy } };
}
