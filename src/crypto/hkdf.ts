import { NO_BYTES } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { CryptoSuite } from "./suite.ts";

const HASH_BYTES = 32;
const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);

/**
 * HKDF with SHA-256 (RFC 5869), extract and expand in one step.
 * @param salt may be empty, which means 32 zero bytes as the RFC says
 * @param lengthBytes 0 … 8160
 * @param info binds the output to its use: give every use its own
 */
export function hkdfSha256(
  suite: CryptoSuite,
  salt: Uint8Array,
  ikm: Uint8Array,
  lengthBytes: number,
  info: Uint8Array,
): Uint8Array {
  assert(lengthBytes <= 255 * HASH_BYTES, "HKDF-SHA-256 yields at most 8160 bytes");
  const key = suite.hmacSha256(salt, ikm); // HMAC itself fills a short key up with zeros
  const output = new Uint8Array(lengthBytes);
  let block: Uint8Array = NO_BYTES;
  for (let at = 0, count = 1; at < lengthBytes; at += HASH_BYTES, count++) {
    block = suite.hmacSha256(key, block, info, Uint8Array.of(count));
    output.set(block.subarray(0, lengthBytes - at), at);
  }
  return output;
}

/** HKDF as Noise has it (revision 34, section 4.3): two outputs of 32 bytes, nothing for `info`. */
export function hkdfPair(
  suite: CryptoSuite,
  salt: Uint8Array,
  ikm: Uint8Array,
): readonly [Uint8Array, Uint8Array] {
  const key = suite.hmacSha256(salt, ikm);
  const first = suite.hmacSha256(key, ONE);
  return [first, suite.hmacSha256(key, first, TWO)];
}
