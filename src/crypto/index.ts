export {
  type AeadKey,
  type AeadName,
  CryptoError,
  type CryptoSuite,
  type DhKey,
  type SigningKey,
  TAG_BYTES,
} from "./suite.ts";
