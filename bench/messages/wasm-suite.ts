import { concatBytes } from "../../src/base/bytes.ts";
import type { AeadKey, CryptoSuite, DhKey } from "../../src/crypto/index.ts";
import { createReferenceSuite } from "../../src/testing/reference-suite.ts";

/** What is used of libsodium. */
export interface Sodium {
  crypto_scalarmult(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
  crypto_scalarmult_base(secret: Uint8Array): Uint8Array;
  crypto_hash_sha256(bytes: Uint8Array): Uint8Array;
  /** Takes keys of 32 bytes alone. */
  crypto_auth_hmacsha256(bytes: Uint8Array, key: Uint8Array): Uint8Array;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    text: Uint8Array,
    associated: Uint8Array,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): Uint8Array;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    secretNonce: null,
    ciphertext: Uint8Array,
    associated: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): Uint8Array;
}

/** Bytes of a key that libsodium's HMAC takes. */
const HMAC_KEY_BYTES = 32;

/** A suite whose curve, hashes and ChaCha20-Poly1305 are libsodium's; the rest is JavaScript. */
export function wasmSuite(sodium: Sodium): CryptoSuite {
  const reference = createReferenceSuite();
  const dhKey = (secret: Uint8Array): DhKey => ({
    publicKey: sodium.crypto_scalarmult_base(secret),
    dh: (theirs) => sodium.crypto_scalarmult(secret, theirs),
  });
  const aead = (key: Uint8Array): AeadKey => {
    const seal: AeadKey["seal"] = (nonce, associated, text) =>
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(text, associated, null, nonce, key);
    return {
      seal,
      sealInto(nonce, associated, text, out) {
        const sealed = seal(nonce, associated, text);
        out.set(sealed, out.length - sealed.length);
      },
      open(nonce, associated, ciphertext) {
        try {
          return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
            ...([null, ciphertext, associated, nonce, key] as const),
          );
        } catch {
          return undefined;
        }
      },
    };
  };
  const whole = (parts: readonly Uint8Array[]): Uint8Array => {
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : concatBytes(...parts);
  };
  return {
    ...reference,
    dhKey,
    aead: (_name, key) => aead(key),
    sha256: (...parts) => sodium.crypto_hash_sha256(whole(parts)),
    hmacSha256: (key, ...parts) =>
      key.length === HMAC_KEY_BYTES
        ? sodium.crypto_auth_hmacsha256(whole(parts), key)
        : reference.hmacSha256(key, ...parts),
  };
}
