import { fromHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import { TAG_BYTES } from "./protocol.ts";

const CONTEXT = utf8("peernet folder know v1");

/** Who says to whom that it knows a folder, and what both contributed so that it is said afresh. */
export interface TagPlace {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly fromNonce: Uint8Array;
  readonly toNonce: Uint8Array;
}

/**
 * Tells those who know a folder's keep key, and nobody else, that its sender knows it too. It
 * holds for this stream only, so that nobody learns which strangers share a folder.
 */
export function folderTag(suite: CryptoSuite, keepKey: Uint8Array, place: TagPlace): Uint8Array {
  const id = (peer: PeerId): Uint8Array => must(fromHex(peer), "a peer id is hexadecimal");
  const { from, to, fromNonce, toNonce } = place;
  const tag = suite.hmacSha256(keepKey, CONTEXT, id(from), id(to), fromNonce, toNonce);
  return tag.subarray(0, TAG_BYTES);
}
