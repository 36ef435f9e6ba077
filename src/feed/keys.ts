import type { PeerId } from "../identity/index.ts";
import { BUCKET_ENTRIES } from "./limits.ts";
import type { FeedId } from "./types.ts";

const SEQ_DIGITS = 12;
const BUCKET_DIGITS: number = Math.round(Math.log2(BUCKET_ENTRIES) / 4);

/** Prefix of the heads: what a feed ends with. */
export const HEADS = "feed/h/";
/** Prefix of what readers have acknowledged. */
export const ACKS = "feed/a/";
/** Prefix of fork proofs. */
export const FORKS = "feed/k/";

/** Key of a feed's head. */
export function headKey(feedId: FeedId): string {
  return HEADS + feedId;
}

/** Key of what a reader has acknowledged of a feed. */
export function ackKey(feedId: FeedId, reader: PeerId): string {
  return `${ACKS}${feedId}/${reader}`;
}

/** Key of a fork proof; one is enough per feed. */
export function forkKey(feedId: FeedId): string {
  return FORKS + feedId;
}

/** Key of an entry: keys of one feed sort as its entries do. */
export function entryKey(feedId: FeedId, seq: number): string {
  return `feed/e/${feedId}/${seq.toString(16).padStart(SEQ_DIGITS, "0")}`;
}

/** Prefix of the keys of the bucket of `BUCKET_ENTRIES` entries in which `seq` is. */
export function bucketPrefix(feedId: FeedId, seq: number): string {
  return entryKey(feedId, seq).slice(0, -BUCKET_DIGITS);
}
