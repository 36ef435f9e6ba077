import { verify } from "node:crypto";
import { PublicKeyCache } from "./crypto-keys.ts";

/** Says whether an Ed25519 signature of 64 bytes is right; the key has 32. */
export type Verifier = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** Public keys whose parsed form is kept: about one kilobyte each. */
const VERIFY_KEYS_MAX = 1024;

/** A verifier by node:crypto. */
export function nodeVerifier(): Verifier {
  const keys = new PublicKeyCache("ed25519", VERIFY_KEYS_MAX);
  return (publicKey, message, signature) => {
    try {
      return verify(null, message, keys.get(publicKey), signature);
    } catch {
      // OpenSSL throws for some 32 bytes that are no point of the curve.
      return false;
    }
  };
}
