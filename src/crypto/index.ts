export { hkdfSha256 } from "./hkdf.ts";
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
  type SigningKey,
  TAG_BYTES,
} from "./suite.ts";
