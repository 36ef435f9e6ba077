/** Names a feed: 32 lower-case hexadecimal digits, a hash over author and label. */
export type FeedId = string;

/** One signed entry of a single-writer log. */
export interface FeedEntry {
  /** What is signed: the entry (1), or a hash of it (2). */
  readonly version: 1 | 2;
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
