import type { FlowRefusal } from "./flows.ts";
import type { OffloadRefusal } from "./offload.ts";
import type { PacketRefusal } from "./packet.ts";

/** Why a packet was dropped. */
export type DropReason =
  | PacketRefusal
  | OffloadRefusal
  | FlowRefusal
  /** From the interface: not sent by this peer's own address. */
  | "not-our-source"
  /** To an address that is no peer's, or to a peer that cannot be reached. */
  | "multicast"
  | "no-route"
  /** To ourselves: the system should have kept it. */
  | "looped"
  /** Larger than what can be sent there, or than this interface carries. */
  | "too-big"
  /** The session had no room. */
  | "congested"
  /** From a peer: in another's name, or for somebody else. */
  | "spoofed"
  | "not-for-us"
  | "unknown-kind"
  | "bad-piece"
  | "peers-full"
  /** The interface did not take it. */
  | "interface";

/** What a tunnel has done since it began; all counters only grow. */
export interface TunnelCounters {
  sentPackets: number;
  sentBytes: number;
  receivedPackets: number;
  receivedBytes: number;
  /** Super-packets cut into segments, and packets cut into pieces. */
  segmented: number;
  pieced: number;
  icmpErrors: number;
  /** Packets dropped on the way out and in, by reason. */
  readonly droppedOut: Record<string, number>;
  readonly droppedIn: Record<string, number>;
}

/** Counters at zero. */
export function newCounters(): TunnelCounters {
  return {
    sentPackets: 0,
    sentBytes: 0,
    receivedPackets: 0,
    receivedBytes: 0,
    segmented: 0,
    pieced: 0,
    icmpErrors: 0,
    droppedOut: {},
    droppedIn: {},
  };
}

/** Counts a dropped packet. */
export function countDrop(table: Record<string, number>, reason: DropReason): void {
  table[reason] = (table[reason] ?? 0) + 1;
}
