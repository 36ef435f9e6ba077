import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { BlockStore, Clock, Log, Random, RecordStore } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";
import type { AuditingOptions } from "./audit/rounds.ts";
import type { PeerFactsPort } from "./facts.ts";
import type { HealingOptions } from "./healing/index.ts";
import type { Layering } from "./layering.ts";
import type { StripeMaker } from "./stripe-making.ts";
import type { StoreProgress } from "./types.ts";

/** What the store tells the peer, besides what each job tells its own caller. */
export interface StoreEvents {
  /** A job came on; all kinds. */
  onProgress(progress: StoreProgress): void;
  /** An object was put, spread or repaired: its health changed. Link where it is known here. */
  onObjectChanged(link: string): void;
}

/** What a store is made of. */
export interface StoreOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly blocks: BlockStore;
  readonly routing: RoutingPort;
  readonly session: SessionPort;
  /** Bytes of fragments kept for others at most; own objects are bounded by the disk alone. */
  readonly quotaBytes: number;
  /** Whether blocks that no record names stay at the start; by default they are removed. */
  readonly keepsUnknownBlocks?: boolean;
  readonly events: StoreEvents;
  /** Cuts files into layers; at once, on the caller's turn, without it. */
  readonly layering?: Layering;
  /** Makes large stripes on other processors; all are made on the caller's turn without it. */
  readonly stripeMaker?: StripeMaker | undefined;
  /** Bytes of an object in one stripe; 1 MiB without it. */
  readonly stripeBytes?: number;
  /** What is known of peers elsewhere: whom to give fragments, and whose word counts. */
  readonly facts?: PeerFactsPort;
  /** How fragments that are lost are made anew by themselves. */
  readonly healing?: HealingOptions;
  /** How this peer's objects are audited by themselves. */
  readonly audits?: AuditingOptions;
}
