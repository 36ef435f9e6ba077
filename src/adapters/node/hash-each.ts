import { NODE_HASHES } from "./crypto-hash.ts";
import { evpParts } from "./native/evp-suite.ts";

const HASH_BYTES = 32;

/** SHA-256 of each text, 32 bytes one after another into `into`: side by side where that is possible. */
export function hashEach(texts: readonly Uint8Array[], into: Uint8Array): void {
  const multiHash = evpParts()?.multiHash;
  if (multiHash !== undefined) multiHash.sha256Each(texts, into);
  else for (const [i, text] of texts.entries()) into.set(NODE_HASHES.sha256(text), i * HASH_BYTES);
}
