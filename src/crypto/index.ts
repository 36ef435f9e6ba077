export { hkdfSha256 } from "./hkdf.ts";
export {
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SEED_BYTES,
  type Kem,
  ML_KEM_768,
} from "./kem.ts";
export { NOISE_COUNTER_MAX, NOISE_MESSAGE_BYTES_MAX } from "./limits.ts";
export { NoiseHandshake, type NoiseOptions, type NoiseTransportKeys } from "./noise.ts";
export { noiseNonce } from "./noise-nonce.ts";
export type { NoisePattern } from "./noise-patterns.ts";
export { isLowOrderDhKey, isUnusableSignKey, KEY_BYTES, SIGNATURE_BYTES } from "./points.ts";
export {
  type AeadKey,
  type AeadName,
  CryptoError,
  type CryptoSuite,
  type DhKey,
  type DhOnce,
  type SigningKey,
  TAG_BYTES,
} from "./suite.ts";
