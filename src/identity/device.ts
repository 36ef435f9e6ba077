import type { CryptoSuite, DhKey, SigningKey } from "../crypto/suite.ts";
import { peerIdOf } from "./address.ts";
import { IdentityError } from "./errors.ts";
import { certifyDevice, derivePerson, verifyCertificate } from "./person.ts";
import { keyPairsOf } from "./seeds.ts";
import type { LocalIdentity, PeerId, PersonCertificate } from "./types.ts";

/** A device's keys and the address that follows from them. */
export interface DeviceKeys {
  readonly id: PeerId;
  readonly signKey: SigningKey;
  readonly dhKey: DhKey;
}

/**
 * A device's keys from its seed, which never leaves the device.
 * @throws IdentityError("bad-seed") unless it has 32 bytes
 */
export function deriveDevice(suite: CryptoSuite, deviceSeed: Uint8Array): DeviceKeys {
  const { signKey, dhKey } = keyPairsOf(suite, "peernet device v1", deviceSeed);
  return { id: peerIdOf(suite, signKey.publicKey), signKey, dhKey };
}

/**
 * Everything a peer needs to act as itself where the 24 words are known: its device's keys,
 * certified by its person's.
 * @throws IdentityError("bad-seed") unless both have 32 bytes
 */
export function makeLocalIdentity(
  suite: CryptoSuite,
  deviceSeed: Uint8Array,
  personEntropy: Uint8Array,
): LocalIdentity {
  const device = deriveDevice(suite, deviceSeed);
  const { signKey, ...rest } = derivePerson(suite, personEntropy);
  const certificate = certifyDevice(suite, { signKey, ...rest }, device.signKey.publicKey);
  return { ...device, person: { ...rest, signKey, root: signKey }, certificate };
}

/**
 * Everything a peer needs to act as itself on a device that was added by another one: no secret
 * of the person.
 * @throws IdentityError("bad-seed"), ("bad-certificate") where the certificate is not for this device
 */
export function makeAddedIdentity(
  suite: CryptoSuite,
  deviceSeed: Uint8Array,
  certificate: PersonCertificate,
): LocalIdentity {
  const device = deriveDevice(suite, deviceSeed);
  if (!verifyCertificate(suite, certificate, device.signKey.publicKey)) {
    throw new IdentityError("bad-certificate", "This device's certificate is damaged.");
  }
  const { personId, signKey, dhKey } = certificate;
  const keys = { signKey: { publicKey: signKey }, dhKey: { publicKey: dhKey } };
  return { ...device, person: { personId, ...keys, root: undefined }, certificate };
}
