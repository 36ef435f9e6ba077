import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import type { Clock, Log, Random } from "../ports/index.ts";
import type { Path } from "./path-types.ts";

/** One known way to a peer, for people and for the rooms above. */
export interface RouteInfo {
  readonly destination: PeerId;
  /** Sum of link costs along the way. */
  readonly metric: number;
  readonly hops: number;
  readonly nextHop: PeerId;
  /** Another neighbour that could take over at once, if there is one. */
  readonly alternate: PeerId | undefined;
  readonly record: PeerRecord;
}

/** What routing tells the rooms above. */
export interface RoutingEvents {
  /**
   * A packet for this peer; lent for the time of the call, and so is `back`: the recorded way to
   * where it came from. Ordinary packets have none.
   */
  onPacket(payload: Uint8Array, back?: Path): void;
  /** A peer became reachable, or its record changed. */
  onReachable(id: PeerId, record: PeerRecord): void;
  onUnreachable(id: PeerId): void;
  /** Packets for a reachable peer leave by another neighbour now: what is on its way may be lost. */
  onWayChanged(id: PeerId): void;
}

/** What session and the services use of routing. */
export interface RoutingPort {
  /** Sends towards a peer, best effort, over the best usable neighbour. False: no way known. */
  send(to: PeerId, payload: Uint8Array): boolean;
  /** The newest record of a reachable peer. */
  record(id: PeerId): PeerRecord | undefined;
  route(id: PeerId): RouteInfo | undefined;
  /** All reachable peers, nearest first; this peer not among them. */
  routes(): readonly RouteInfo[];
  /** Largest payload that `send` takes without link fragmentation on any current neighbour, in bytes. */
  payloadBytesMax(): number;
  /** Largest payload that `send` takes, in bytes: links cut it into pieces. */
  payloadBytesCeiling?(): number;
}

/**
 * Reads and verifies a record. `known`: an earlier one of that peer, already verified.
 * @throws WireError, IdentityError as `decodePeerRecord` does
 */
export type RecordReader = (bytes: Uint8Array, known: PeerRecord | undefined) => PeerRecord;

/** What a router is made of. */
export interface RoutingOptions {
  readonly identity: LocalIdentity;
  readonly name: string;
  /** First sequence number; must be above every one used before (persisted by the caller). */
  readonly seqno: number;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly link: LinkPort;
  readonly events: RoutingEvents;
  /** Called with a sequence number that must survive a restart before it is used; may be sparse. */
  readonly reserveSeqno: (upTo: number) => void;
  /** Reads and verifies records; a simulator may share what many routers read. See `decodePeerRecord`. */
  readonly readRecord?: RecordReader;
  /** Nearest origins kept besides direct neighbours (B_v). */
  readonly vicinityMax?: number;
  /** Origins kept for their low lottery value (B_l). */
  readonly landmarksMax?: number;
}
