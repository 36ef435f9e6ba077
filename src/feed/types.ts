import type { SigningKey } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";

/** Names a feed: 32 lower-case hexadecimal digits, a hash over author and label. */
export type FeedId = string;

/** One signed entry of a single-writer log. */
export interface FeedEntry {
  readonly feedId: FeedId;
  /** The author's Ed25519 public key. */
  readonly author: Uint8Array;
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** SHA-256 of the previous entry's encoding; 32 zero bytes for the first. */
  readonly previous: Uint8Array;
  /** What the body is: a small number that the reducer defines. */
  readonly kind: number;
  readonly body: Uint8Array;
  /** The encoded, signed form. */
  readonly bytes: Uint8Array;
}

/** Two different entries of one author with the same seq: proof that the author forked the feed. */
export interface ForkProof {
  readonly feedId: FeedId;
  readonly seq: number;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** A feed this peer may append to. */
export interface OwnFeed {
  readonly author: SigningKey;
  /** Distinguishes the feeds of one author, <= 64 bytes. */
  readonly label: Uint8Array;
}

/** What a reader of feeds is told, after persistence. */
export interface FeedEvents {
  /** A verified, persisted entry of a followed feed, in order, exactly once per process run. */
  onEntry(entry: FeedEntry): void;
  /** A reader has persisted entries of one of our feeds up to `seq`. */
  onAcknowledged(feedId: FeedId, reader: PeerId, seq: number): void;
  onFork(proof: ForkProof): void;
}
