import { concatBytes } from "../base/bytes.ts";
import { type CryptoSuite, KEY_BYTES, SIGNATURE_BYTES } from "../crypto/index.ts";
import { type PersonCertificate, personIdOf, verifyCertificate } from "../identity/index.ts";
import type { Vouching } from "./log/index.ts";

/** Bytes of a proof: the person's two keys and their vow for the device. */
export const PROOF_BYTES: number = 2 * KEY_BYTES + SIGNATURE_BYTES;

/** What shows others for whom a device acts. */
export function proofOf({ signKey, dhKey, signature }: PersonCertificate): Uint8Array {
  return concatBytes(signKey, dhKey, signature);
}

/** Proofs that are the person's certificate for the device. */
export function certificateVouching(suite: CryptoSuite): Vouching {
  return {
    personOf: (deviceKey, proof, isTrusted) => {
      if (proof.length !== PROOF_BYTES) return undefined;
      const signKey = proof.subarray(0, KEY_BYTES);
      const personId = personIdOf(suite, signKey);
      if (isTrusted) return personId;
      const dhKey = proof.subarray(KEY_BYTES, 2 * KEY_BYTES);
      const signature = proof.subarray(2 * KEY_BYTES);
      const certificate = { personId, signKey, dhKey, signature };
      return verifyCertificate(suite, certificate, deviceKey) ? personId : undefined;
    },
  };
}
