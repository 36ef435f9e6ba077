import { toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { FeedError } from "./errors.ts";
import { LABEL_BYTES_MAX } from "./limits.ts";
import type { FeedId } from "./types.ts";

const CONTEXT = utf8("peernet feed v1");

/** Bytes of a feed id in its binary form. */
export const FEED_ID_BYTES = 16;

/**
 * The id of an author's feed with this label: the first 16 bytes of SHA-256 over
 * "peernet feed v1", the author's sign key (32 bytes) and the label.
 * @throws FeedError("too-large") for a label above its limit
 */
export function feedIdOf(suite: CryptoSuite, author: Uint8Array, label: Uint8Array): FeedId {
  if (label.length > LABEL_BYTES_MAX) {
    throw new FeedError("too-large", `A label of ${label.length} bytes is above the limit.`);
  }
  return toHex(suite.sha256(CONTEXT, author, label).subarray(0, FEED_ID_BYTES));
}
