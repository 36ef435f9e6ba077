export {
  formatAddress,
  ID_BYTES,
  parseAddress,
  peerIdFromBytes,
  peerIdOf,
  peerIdToBytes,
  personIdOf,
} from "./address.ts";
export {
  type DeviceKeys,
  deriveDevice,
  makeAddedIdentity,
  makeLocalIdentity,
} from "./device.ts";
export { IdentityError } from "./errors.ts";
export { RECOVERY_WORDS, SEQNO_MAX, VOUCHERS_MAX } from "./limits.ts";
export { checkName } from "./name.ts";
export {
  certifyDevice,
  derivePerson,
  type PersonPublicKeys,
  verifyCertificate,
  vouchForDevice,
} from "./person.ts";
export { PROOF_BYTES, PROOF_BYTES_MAX, personOfProof, proofOf } from "./proof.ts";
export { decodePeerRecord, encodePeerRecord } from "./record.ts";
export type * from "./types.ts";
export { devicesBehind, PERSON_WORD_BYTES_MAX, signForPerson } from "./word.ts";
export { entropyToWords, SPOKEN_WORDS, spokenWords, wordsToEntropy } from "./words.ts";
