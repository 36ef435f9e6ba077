import { NO_BYTES } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { CryptoSuite } from "./suite.ts";

const HASH_BYTES = 32;

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
  const output = new Uint8Array(lengthBytes);
  const blocks = hkdfBlocks(suite, salt, ikm, Math.ceil(lengthBytes / HASH_BYTES), info);
  for (const [i, block] of blocks.entries()) {
    const at = i * HASH_BYTES;
    output.set(at + HASH_BYTES <= lengthBytes ? block : block.subarray(0, lengthBytes - at), at);
  }
  return output;
}

/**
 * The same, cut into arrays of 32 bytes.
 * @param count 0 … 255
 */
export function hkdfBlocks(
  suite: CryptoSuite,
  salt: Uint8Array,
  ikm: Uint8Array,
  count: number,
  info: Uint8Array,
): readonly Uint8Array[] {
  if (suite.hkdf !== undefined && count > 0) return suite.hkdf(salt, ikm, count, info);
  const key = suite.hmacSha256(salt, ikm); // HMAC itself fills a short key up with zeros
  const blocks: Uint8Array[] = [];
  for (let number = 1; number <= count; number++) {
    const before = blocks.at(-1) ?? NO_BYTES;
    blocks.push(suite.hmacSha256(key, before, info, Uint8Array.of(number)));
  }
  return blocks;
}
