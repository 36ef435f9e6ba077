export { hkdfSha256 } from "./hkdf.ts";
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
