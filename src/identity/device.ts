import { equalBytes } from "../base/bytes.ts";
import type { CryptoSuite, DhKey, SigningKey } from "../crypto/suite.ts";
import { peerIdOf } from "./address.ts";
import { IdentityError } from "./errors.ts";
import { certifyDevice, derivePerson, PERSON_LABEL, verifyCertificate } from "./person.ts";
import { dhSecretOf, keyPairsOf } from "./seeds.ts";
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

/** What a device that was added to a person keeps of them: no secret but the reading key. */
export interface Membership {
  readonly certificate: PersonCertificate;
  /** 32 bytes behind the person's X25519 key. */
  readonly readingKey: Uint8Array;
}

/** The reading key of a person, for the membership of another device. */
export function readingKeyOf(suite: CryptoSuite, personEntropy: Uint8Array): Uint8Array {
  return dhSecretOf(suite, PERSON_LABEL, personEntropy);
}

/**
 * Everything a peer needs to act as itself on a device that was added by another one.
 * @throws IdentityError("bad-seed"), ("bad-certificate") where the certificate is not for this
 *   device, or the reading key is not the person's
 */
export function makeAddedIdentity(
  suite: CryptoSuite,
  deviceSeed: Uint8Array,
  { certificate, readingKey }: Membership,
): LocalIdentity {
  const device = deriveDevice(suite, deviceSeed);
  const dhKey = suite.dhKey(readingKey);
  const isWhole =
    equalBytes(dhKey.publicKey, certificate.dhKey) &&
    verifyCertificate(suite, certificate, device.signKey.publicKey);
  if (!isWhole) {
    throw new IdentityError("bad-certificate", "This device's certificate is damaged.");
  }
  const { personId, signKey } = certificate;
  const person = { personId, signKey: { publicKey: signKey }, dhKey, root: undefined };
  return { ...device, person, certificate };
}
