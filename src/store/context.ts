import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { BlockStore, Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { Codecs } from "./codecs.ts";
import type { Courtesy } from "./courtesy.ts";
import type { Layering } from "./layering.ts";
import type { Ledger } from "./ledger.ts";
import type { StoreProgress } from "./types.ts";

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
  readonly session: SessionPort;
  readonly ledger: Ledger;
  readonly codecs: Codecs;
  readonly courtesy: Courtesy;
  readonly layering: Layering;
  /** Bytes kept for others at most. */
  readonly quotaBytes: number;
  /** Bytes of an object in one stripe, for puts. */
  readonly stripeBytes: number;
  /** Hears the progress of every job, besides its caller. */
  readonly onProgress: (progress: StoreProgress) => void;
  /** Counts what happened. */
  readonly counters: { badShards: number; movedFragments: number; refusedOffers: number };
}
