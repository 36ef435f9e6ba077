import type { TypedError } from "../base/errors.ts";
import type { SigningKey } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { DiskError, RecordWrite } from "../ports/index.ts";
import type { FeedError } from "./errors.ts";

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
  /** The encoded entry that came first and stays. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** A feed this peer may append to. */
export interface OwnFeed {
  readonly author: SigningKey;
  /** Distinguishes the feeds of one author, <= 64 bytes. */
  readonly label: Uint8Array;
}

/** Why a feed does not move on at the moment. */
export type FeedTrouble = DiskError | FeedError;

/** The reducer of an own feed. Every member may be called from inside a call of the manager. */
export interface OwnFeedEvents {
  /**
   * A reader has persisted the entries up to `seq`, and that knowledge is about to be persisted
   * here: the answer joins the same batch. Called again where the disk failed, so it must not
   * change anything in memory.
   */
  onAcknowledging(feedId: FeedId, reader: PeerId, seq: number): readonly RecordWrite[];
  /** The acknowledgement and the writes above are persisted. */
  onAcknowledged(feedId: FeedId, reader: PeerId, seq: number): void;
  /** A reader holds another history of this feed than this peer ("forked"), or a longer one ("behind"). */
  onTrouble(feedId: FeedId, reader: PeerId, trouble: FeedTrouble): void;
}

/** The reducer of a followed feed. */
export interface FollowedFeedEvents {
  /**
   * A verified entry, next in order, is about to be persisted: the answer joins the same batch,
   * so that entry and derived state are there both or not at all. Called again for the same entry
   * where the disk failed, so it must not change anything in memory. Undefined: no room for it
   * now; it is not acknowledged, stays with its author and is offered again later.
   */
  onEntry(entry: FeedEntry): readonly RecordWrite[] | undefined;
  /** The entry and the writes above are persisted; in order, exactly once per entry and process run. */
  onPersisted(entry: FeedEntry): void;
  /** The author signed two histories. The proof is persisted; nothing more of the feed is accepted. */
  onFork(proof: ForkProof): void;
  /** Entries could not be persisted; they were not acknowledged and will be offered again. */
  onTrouble(feedId: FeedId, trouble: FeedTrouble): void;
}

/** What `append` puts into a feed, made when the entry's place is certain. */
export interface Draft {
  readonly body: Uint8Array;
  /** Records of the caller that join the batch of the entry. */
  readonly writes?: readonly RecordWrite[];
}

/** Answers an `append`: exactly one of both is there. */
export type AppendDone = (error: TypedError | null, entry: FeedEntry | undefined) => void;
