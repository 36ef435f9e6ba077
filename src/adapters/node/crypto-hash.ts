import { createHash, createHmac, hash } from "node:crypto";
import { NO_BYTES } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/suite.ts";

/** The hashes of the suite: `CryptoSuite` says what they do. */
export interface Hashes {
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  sha256Longer(text: Uint8Array, more: (hash: Uint8Array) => Uint8Array): Uint8Array;
}

/** By node:crypto. */
export const NODE_HASHES: Hashes = {
  sha256(...parts) {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return plain(hash("sha256", only, "buffer"));
    const state = createHash("sha256");
    for (const part of parts) state.update(part);
    return plain(state.digest());
  },

  hmacSha256(key, ...parts) {
    const state = createHmac("sha256", key);
    for (const part of parts) state.update(part);
    return plain(state.digest());
  },

  sha256Longer(text, more) {
    const state = createHash("sha256").update(text);
    return plain(state.update(more(plain(state.copy().digest()))).digest());
  },
};

/** Makes blocks of HKDF, as `CryptoSuite.hkdf` does. */
export type Hkdf = NonNullable<CryptoSuite["hkdf"]>;

/** By node:crypto. */
export const nodeHkdf: Hkdf = (salt, secret, count, info) => {
  const key = NODE_HASHES.hmacSha256(salt, secret);
  const blocks: Uint8Array[] = [];
  let before: Uint8Array = NO_BYTES;
  for (let number = 1; number <= count; number++) {
    before = NODE_HASHES.hmacSha256(key, before, info, Uint8Array.of(number));
    blocks.push(before);
  }
  return blocks;
};

/** The same memory as a plain Uint8Array, whose `slice` copies as the rest of the code expects. */
export function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
