import { NOISE_COUNTER_MAX } from "./limits.ts";
import { type AeadName, CryptoError } from "./suite.ts";

const NONCE_BYTES = 12;
/** Where the counter begins. */
const FIRST_AT = 4;

/**
 * The nonce of a Noise transport message (revision 34, section 12): four zero bytes and the
 * counter in eight, little-endian for ChaChaPoly and big-endian for AESGCM.
 * @param counter 0 … 2^53-1, never twice under one key
 * @throws CryptoError("nonce-exhausted") above that; begin a new handshake
 */
export function noiseNonce(counter: number, cipher: AeadName = "chacha20-poly1305"): Uint8Array {
  if (!Number.isInteger(counter) || counter < 0 || counter > NOISE_COUNTER_MAX) {
    throw new CryptoError("nonce-exhausted", "This key has sealed all it may; agree on a new one.");
  }
  // Byte by byte: a view of so small an array gives it memory of its own.
  const nonce = new Uint8Array(NONCE_BYTES);
  const [at, step] = cipher === "chacha20-poly1305" ? [FIRST_AT, 1] : [NONCE_BYTES - 1, -1];
  let left = counter;
  for (let i = at; left > 0; i += step) {
    nonce[i] = left % 256;
    left = Math.floor(left / 256);
  }
  return nonce;
}
