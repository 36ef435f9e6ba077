import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import type { Clock, Endpoint, Log, Random, Transport } from "../ports/index.ts";

/** A direct neighbour as the rooms above see it; behind it may stand several links. */
export interface NeighbourInfo {
  readonly id: PeerId;
  /** Cost of the best link: quantised log scale, 1 (best) … 4095. */
  readonly cost: number;
  /** Smoothed round trip of the best link in milliseconds; NaN before the first sample. */
  readonly roundTripMs: number;
  /** Share of probes answered lately, 0 … 1. */
  readonly deliveryRatio: number;
  /** What the best link carries, in bits per second, as far as its transport knows. */
  readonly bitsPerSecond: number;
  /** Largest frame that has proven to arrive over the best link, in bytes. */
  readonly frameBytes: number;
  /** Silent under traffic: use another way while one exists. */
  readonly suspect: boolean;
  /** Its links, the one in use first. */
  readonly endpoints: readonly Endpoint[];
  /** Monotonic time of the last authenticated frame from it. */
  readonly heardAtMs: number;
}

/** What the link room tells routing. Views are lent for the time of the call. */
export interface LinkEvents {
  onNeighbourUp(neighbour: NeighbourInfo): void;
  onNeighbourDown(id: PeerId, reason: string): void;
  /** Cost or suspicion changed noticeably (hysteresis applied). */
  onNeighbourChanged(neighbour: NeighbourInfo): void;
  /** A control message, complete, in order and exactly once while the neighbour stays up. */
  onControl(from: PeerId, message: Uint8Array): void;
  /** A packet: its hop-by-hop header (was sealed on the link) and its end-to-end payload. */
  onPacket(from: PeerId, header: Uint8Array, payload: Uint8Array): void;
}

/** What routing uses of the link room. */
export interface LinkPort {
  neighbours(): Iterable<NeighbourInfo>;
  neighbour(id: PeerId): NeighbourInfo | undefined;
  /** Reliable and ordered; false when the neighbour is gone or its queue is full (then it is reset). */
  sendControl(to: PeerId, message: Uint8Array): boolean;
  /** Best effort; header <= `PACKET_HEADER_BYTES_MAX`, header + payload <= mesh frame ceiling. False: dropped. */
  sendPacket(to: PeerId, header: Uint8Array, payload: Uint8Array): boolean;
}

/** Where a neighbour was when a handshake with it was finished: kept for the next start. */
export interface KnownPlace {
  readonly id: PeerId;
  readonly endpoint: Endpoint;
  /** Wall time in milliseconds at which it was last linked there, to a day. */
  readonly atMs: number;
}

/** What a link manager is made of. */
export interface LinkOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transports: readonly Transport[];
  readonly events: LinkEvents;
  /** Send and answer beacons on local networks. */
  readonly discovery: boolean;
  /** Repeat frames that others have lost, and ask for those lost here; off unless asked for. */
  readonly repairsLosses?: boolean;
  /** Keeps this table for `recall` at the next start; without it nothing is kept. */
  readonly keepPlaces?: (places: readonly KnownPlace[]) => void;
}
