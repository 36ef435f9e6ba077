export {
  formatAddress,
  ID_BYTES,
  parseAddress,
  peerIdFromBytes,
  peerIdOf,
  peerIdToBytes,
  personIdOf,
} from "./address.ts";
export { type DeviceKeys, deriveDevice, makeLocalIdentity } from "./device.ts";
export { IdentityError } from "./errors.ts";
export { RECOVERY_WORDS, SEQNO_MAX } from "./limits.ts";
export { checkName } from "./name.ts";
export { certifyDevice, derivePerson, verifyCertificate } from "./person.ts";
export { decodePeerRecord, encodePeerRecord } from "./record.ts";
export type * from "./types.ts";
export { entropyToWords, wordsToEntropy } from "./words.ts";
