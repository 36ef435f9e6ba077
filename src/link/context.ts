import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock, Endpoint, Log, Random, Transport } from "../ports/index.ts";
import type { ReassemblyBudget } from "./fragments.ts";
import type { FrameCodec } from "./frame-codec.ts";
import type { LinkStats } from "./stats.ts";
import type { TrainWriter } from "./train-writer.ts";
import type { LinkEvents } from "./types.ts";

/** What the parts of one link manager share. */
export interface LinkContext {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly events: LinkEvents;
  readonly stats: LinkStats;
  readonly codec: FrameCodec;
  readonly trains: TrainWriter;
  readonly reassembly: ReassemblyBudget;
  /** Memory for sent frames that neighbours may ask for again. */
  readonly kept: ReassemblyBudget;
  /** What this peer tells others that it can do, one bit each. */
  readonly features: number;
  /** Tells this run of the peer from the next. */
  readonly run: Uint8Array;
  /** Content of one control segment: fits every transport. */
  readonly segmentBytes: number;
  /** Asks for a `tick` no later than this monotonic time. */
  wake(atMs: number): void;
}

/** A place and the transport that reaches it. */
export interface Way {
  readonly transport: Transport;
  readonly endpoint: Endpoint;
}

/** A factor of 1 ± `spread`, so that peers do not fall into step. */
export function jitter(random: Random, spread: number): number {
  return 1 - spread + (2 * spread * random.u32()) / 0x1_0000_0000;
}
