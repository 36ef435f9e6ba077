import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import type { Random } from "../ports/random.ts";
import { CryptoError } from "./suite.ts";

/** Bytes of a public key of ML-KEM-768 (FIPS 203, section 8). */
export const KEM_PUBLIC_BYTES = 1_184;
/** Bytes of its ciphertexts. */
export const KEM_CIPHERTEXT_BYTES = 1_088;
/** Bytes that a key pair is made from. */
export const KEM_SEED_BYTES = 64;
const DRAW_BYTES = 32;

/** Agreeing on a secret in one message, which a quantum computer does not learn from it. */
export interface Kem {
  /** The public key, KEM_PUBLIC_BYTES, that belongs to a seed. */
  publicKey(seed: Uint8Array): Uint8Array;
  /**
   * A secret of 32 bytes, and what its recipient needs to come to the same.
   * @throws CryptoError("bad-key")
   */
  encapsulate(
    publicKey: Uint8Array,
    random: Random,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array };
  /**
   * The secret; of an altered ciphertext another one, which says nothing (implicit rejection).
   * @throws CryptoError("decrypt") for a ciphertext of another size
   */
  decapsulate(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

/** ML-KEM-768 (FIPS 203) by @noble/post-quantum, JavaScript; that library is not audited. */
export const ML_KEM_768: Kem = {
  publicKey: (seed) => ml_kem768.keygen(seed).publicKey,
  encapsulate(publicKey, random) {
    try {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(
        publicKey,
        random.bytes(DRAW_BYTES),
      );
      return { ciphertext: cipherText, secret: sharedSecret };
    } catch (cause) {
      throw new CryptoError("bad-key", "This is no key of ML-KEM-768.", { cause });
    }
  },
  decapsulate(seed, ciphertext) {
    if (ciphertext.length !== KEM_CIPHERTEXT_BYTES) {
      throw new CryptoError("decrypt", "A ciphertext of ML-KEM-768 has another size.");
    }
    return ml_kem768.decapsulate(ciphertext, ml_kem768.keygen(seed).secretKey);
  },
};
