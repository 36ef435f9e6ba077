import { utf8 } from "../base/bytes.ts";
import { hkdfSha256 } from "../crypto/hkdf.ts";
import type { CryptoSuite, DhKey, SigningKey } from "../crypto/suite.ts";
import { IdentityError } from "./errors.ts";

/** Bytes of a device's seed and of a person's entropy. */
export const SEED_BYTES = 32;

const SIGN_INFO = utf8("sign");
const DH_INFO = utf8("dh");

/**
 * The two key pairs of one seed, each from its own branch of HKDF so that neither tells
 * anything of the other.
 * @throws IdentityError("bad-seed") unless the seed has 32 bytes
 */
export function keyPairsOf(
  suite: CryptoSuite,
  label: string,
  seed: Uint8Array,
): { readonly signKey: SigningKey; readonly dhKey: DhKey } {
  if (seed.length !== SEED_BYTES) {
    throw new IdentityError("bad-seed", `A seed has ${SEED_BYTES} bytes, not ${seed.length}.`);
  }
  const salt = utf8(label);
  return {
    signKey: suite.signingKey(hkdfSha256(suite, salt, seed, SEED_BYTES, SIGN_INFO)),
    dhKey: suite.dhKey(hkdfSha256(suite, salt, seed, SEED_BYTES, DH_INFO)),
  };
}
