import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Clock, Endpoint, Log, Random, Transport } from "../ports/index.ts";
import { FRAME_BYTES_MAX } from "../wire/limits.ts";
import { RUN_BYTES } from "./beacon.ts";
import type { ReassemblyBudget } from "./fragments.ts";
import { FrameCodec } from "./frame-codec.ts";
import { DATA_OVERHEAD_BYTES, FEATURE_REPAIR, FEATURES_ALWAYS } from "./layout.ts";
import { CONTROL_SEGMENT_BYTES_MAX, KEPT_BYTES_MAX, REASSEMBLY_BYTES_MAX } from "./limits.ts";
import { SEGMENT_OVERHEAD_BYTES } from "./messages.ts";
import { type LinkStats, newStats } from "./stats.ts";
import { TrainWriter } from "./train-writer.ts";
import type { LinkEvents, LinkOptions } from "./types.ts";

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

/** The scheme of an endpoint; empty where it has none. */
export function schemeOf(endpoint: Endpoint): string {
  return endpoint.slice(0, Math.max(0, endpoint.indexOf("://")));
}

/** What the parts of a link manager with these options share. */
export function makeContext(options: LinkOptions, wake: (atMs: number) => void): LinkContext {
  const frameBytes = options.transports.map((transport) => transport.frameBytesMax);
  const room = Math.min(...frameBytes) - DATA_OVERHEAD_BYTES - 1 - SEGMENT_OVERHEAD_BYTES;
  const random = options.random.fork("link");
  return {
    identity: options.identity,
    suite: options.suite,
    clock: options.clock,
    random,
    log: options.log,
    events: options.events,
    stats: newStats(),
    codec: new FrameCodec(Math.max(FRAME_BYTES_MAX, ...frameBytes)),
    trains: new TrainWriter(),
    reassembly: { usedBytes: 0, maxBytes: REASSEMBLY_BYTES_MAX },
    kept: { usedBytes: 0, maxBytes: KEPT_BYTES_MAX },
    features: FEATURES_ALWAYS | (options.repairsLosses === true ? FEATURE_REPAIR : 0),
    run: random.bytes(RUN_BYTES),
    segmentBytes: Math.min(CONTROL_SEGMENT_BYTES_MAX, room),
    wake,
  };
}

/** A factor of 1 ± `spread`, so that peers do not fall into step. */
export function jitter(random: Random, spread: number): number {
  return 1 - spread + (2 * spread * random.u32()) / 0x1_0000_0000;
}
