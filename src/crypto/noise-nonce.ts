import { NOISE_COUNTER_MAX } from "./limits.ts";
import { type AeadName, CryptoError } from "./suite.ts";

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
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  const littleEndian = cipher === "chacha20-poly1305";
  view.setUint32(littleEndian ? 4 : 8, counter >>> 0, littleEndian);
  view.setUint32(littleEndian ? 8 : 4, Math.floor(counter / 0x1_0000_0000), littleEndian);
  return nonce;
}
