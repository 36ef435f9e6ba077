import type { CryptoSuite } from "../crypto/index.ts";
import { personOfProof } from "../identity/index.ts";
import type { Vouching } from "./log/index.ts";

export { PROOF_BYTES, PROOF_BYTES_MAX, proofOf } from "../identity/index.ts";

/** Proofs that are the person's certificate for the device. */
export function certificateVouching(suite: CryptoSuite): Vouching {
  return { personOf: (deviceKey, proof) => personOfProof(suite, deviceKey, proof) };
}
