import { concatBytes } from "../base/bytes.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "../crypto/points.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { personIdOf } from "./address.ts";
import { VOUCHERS_MAX } from "./limits.ts";
import { verifyCertificate } from "./person.ts";
import type { PersonCertificate, PersonId, Voucher } from "./types.ts";

/** Bytes of the shortest proof: the person's two keys and their own word for the device. */
export const PROOF_BYTES: number = 2 * KEY_BYTES + SIGNATURE_BYTES;
/** Bytes that each device adds that stands between the person and the device. */
const VOUCHER_BYTES = KEY_BYTES + SIGNATURE_BYTES;
/** Bytes of the longest proof. */
export const PROOF_BYTES_MAX: number = PROOF_BYTES + VOUCHERS_MAX * VOUCHER_BYTES;

/** What shows others for whom a device acts: its certificate, as bytes. */
export function proofOf({ signKey, dhKey, signature, via }: PersonCertificate): Uint8Array {
  const between = via.flatMap((voucher) => [voucher.signKey, voucher.signature]);
  return concatBytes(signKey, dhKey, signature, ...between);
}

/** The person for whom such a proof says that the device acts; undefined where it does not. */
export function personOfProof(
  suite: CryptoSuite,
  deviceKey: Uint8Array,
  proof: Uint8Array,
): PersonId | undefined {
  const between = (proof.length - PROOF_BYTES) / VOUCHER_BYTES;
  if (!Number.isInteger(between) || between < 0 || between > VOUCHERS_MAX) return undefined;
  const signKey = proof.subarray(0, KEY_BYTES);
  const personId = personIdOf(suite, signKey);
  const dhKey = proof.subarray(KEY_BYTES, 2 * KEY_BYTES);
  const signature = proof.subarray(2 * KEY_BYTES, PROOF_BYTES);
  const via = Array.from({ length: between }, (_, place) => voucherAt(proof, place));
  const certificate = { personId, signKey, dhKey, signature, via };
  return verifyCertificate(suite, certificate, deviceKey) ? personId : undefined;
}

function voucherAt(proof: Uint8Array, place: number): Voucher {
  const from = PROOF_BYTES + place * VOUCHER_BYTES;
  const border = from + KEY_BYTES;
  return {
    signKey: proof.subarray(from, border),
    signature: proof.subarray(border, border + SIGNATURE_BYTES),
  };
}
