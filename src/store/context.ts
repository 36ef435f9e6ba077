import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { BlockStore, Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { Codecs } from "./codecs.ts";
import type { CountedSession } from "./counted-session.ts";
import type { Courtesy } from "./courtesy.ts";
import type { PeerFacts } from "./facts.ts";
import type { KnownHeads } from "./known-heads.ts";
import type { Layering } from "./layering.ts";
import type { Ledger } from "./ledger.ts";
import type { StoreMessage } from "./messages.ts";
import type { StripeMaker } from "./stripe-making.ts";
import type { StoreProgress } from "./types.ts";

/** Answers a question of a peer at once. */
export type Answerer = (from: PeerId, message: StoreMessage) => StoreMessage;

/** What the jobs of a store share. */
export interface StoreContext {
  readonly self: PeerId;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly blocks: BlockStore;
  readonly routing: RoutingPort;
  readonly session: CountedSession;
  readonly ledger: Ledger;
  readonly codecs: Codecs;
  readonly heads: KnownHeads;
  readonly courtesy: Courtesy;
  readonly facts: PeerFacts;
  /** Who answers the kinds of questions that are not about what is on the disk. */
  readonly answerers: Map<StoreMessage["t"], Answerer>;
  readonly layering: Layering;
  /** Where large stripes are made; here without it. */
  readonly stripeMaker: StripeMaker | undefined;
  /** Bytes kept for others at most. */
  readonly quotaBytes: number;
  /** Bytes of an object in one stripe, for puts. */
  readonly stripeBytes: number;
  /** Hears the progress of every job, besides its caller. */
  readonly onProgress: (progress: StoreProgress) => void;
  /** Counts what happened. */
  readonly counters: { badShards: number; movedFragments: number; refusedOffers: number };
}
