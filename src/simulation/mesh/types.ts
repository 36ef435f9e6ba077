import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { RoutingOptions } from "../../routing/index.ts";
import type { SessionManager } from "../../session/index.ts";

/** What a mesh world is made of. */
export interface MeshOptions {
  /** The same seed and the same calls give the same run, event for event. */
  readonly seed: number;
  readonly suite: CryptoSuite;
  /** Places 0 … size-1, each with a peer of its own. */
  readonly size: number;
  /** Further options of the router at a place: budgets, say. */
  readonly router?: (place: number) => Partial<RouterBudgets>;
  /** Sessions above the routers, each shown when it begins; none where nothing is said. */
  readonly onSession?: (place: number, session: SessionManager) => void;
}

/** The options of a router that a world leaves to whoever makes it. */
export type RouterBudgets = Omit<
  RoutingOptions,
  | "identity"
  | "name"
  | "seqno"
  | "suite"
  | "clock"
  | "random"
  | "log"
  | "link"
  | "events"
  | "reserveSeqno"
>;

/** How a virtual link carries messages; the same both ways but for the costs. */
export interface LinkTraits {
  /** As the sides reckon it, 1 … 4095. */
  readonly cost: number;
  /** The other way, where that differs. */
  readonly costBack?: number;
  readonly delayMs?: number;
  /** What it carries; messages queue and take their time. Infinity where nothing is said. */
  readonly bitsPerSecond?: number;
  /** Share of frames lost, 0 … 1: packets are gone, control messages come later. */
  readonly loss?: number;
}

/** One packet from where it began to where it ended, as only the world can see it. */
export interface Trip {
  readonly from: number;
  readonly sentAtMs: number;
  /** The place that it went to first. */
  readonly firstHop: number;
  /** Sum of the costs of the links it went over, each as its sender reckons it. */
  cost: number;
  hops: number;
}

/** What a world tells whoever watches it. Views are lent for the time of the call. */
export interface MeshEvents {
  /** A router did something: after every event that it was given. */
  onStep(place: number): void;
  /** A packet reached the peer that it was for. */
  onDelivered(place: number, payload: Uint8Array, trip: Trip): void;
  /** A packet was lost on a link, or swallowed by a relay. */
  onLost(place: number, trip: Trip): void;
  onReachable(place: number, id: PeerId): void;
  onUnreachable(place: number, id: PeerId): void;
}

/** What has crossed one link in one direction, or all links in both. */
export interface Carried {
  controlMessages: number;
  /** With what frames, seals and acknowledgements add. */
  controlBytes: number;
  packets: number;
  packetBytes: number;
}

/** Nothing carried. */
export function nothingCarried(): Carried {
  return { controlMessages: 0, controlBytes: 0, packets: 0, packetBytes: 0 };
}
