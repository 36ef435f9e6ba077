import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { OwnOrigin, PersonSecrets } from "../../devices/index.ts";
import {
  type LocalIdentity,
  makeAddedIdentity,
  makeLocalIdentity,
  personIdOf,
} from "../../identity/index.ts";
import type { StoredIdentity } from "./home-identity.ts";

/**
 * The keys of a stored identity.
 * @throws IdentityError("bad-certificate") where what was stored of an added device is damaged
 */
export function localIdentityOf(suite: CryptoSuite, stored: StoredIdentity): LocalIdentity {
  const { deviceSeed, personEntropy, membership } = stored;
  if (personEntropy !== undefined) return makeLocalIdentity(suite, deviceSeed, personEntropy);
  const certificate = must(membership, "an identity has a person or is added to one");
  const personId = personIdOf(suite, certificate.signKey);
  return makeAddedIdentity(suite, deviceSeed, { ...certificate, personId });
}

/** What a peer is told at its start about its person and how this device came to them. */
export function personConfigOf(stored: StoredIdentity): {
  readonly origin: OwnOrigin;
  readonly secrets: PersonSecrets;
} {
  const { personEntropy: entropy, broughtBack } = stored;
  const vouchers = broughtBack?.how === "friends" ? broughtBack.vouchers : [];
  const origin = { origin: broughtBack?.how ?? "first", vouchers } as const;
  return { origin, secrets: { entropy } };
}
