import { utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { deriveDevice, makeAddedIdentity } from "./device.ts";
import { vouchForDevice } from "./person.ts";
import type { LocalIdentity } from "./types.ts";

/** A device of that name that another one has added. */
export function addedBy(suite: CryptoSuite, by: LocalIdentity, name: string): LocalIdentity {
  const seed = suite.sha256(utf8(name));
  const { signKey } = deriveDevice(suite, seed);
  return makeAddedIdentity(suite, seed, vouchForDevice(by, signKey.publicKey));
}
