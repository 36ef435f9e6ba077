import type { CryptoSuite, DhKey, SigningKey } from "../crypto/suite.ts";
import { peerIdOf } from "./address.ts";
import { certifyDevice, derivePerson } from "./person.ts";
import { keyPairsOf } from "./seeds.ts";
import type { LocalIdentity, PeerId } from "./types.ts";

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
 * Everything a peer needs to act as itself: its device's keys, certified by its person's.
 * @throws IdentityError("bad-seed") unless both have 32 bytes
 */
export function makeLocalIdentity(
  suite: CryptoSuite,
  deviceSeed: Uint8Array,
  personEntropy: Uint8Array,
): LocalIdentity {
  const device = deriveDevice(suite, deviceSeed);
  const person = derivePerson(suite, personEntropy);
  const certificate = certifyDevice(suite, person, device.signKey.publicKey);
  return { ...device, person, certificate };
}
