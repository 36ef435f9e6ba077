import type { Fault } from "./errors.ts";

/** Why a packet went no further. */
export type DropReason = "malformed" | "hop-limit" | "no-route" | "link" | "too-large";

/** Counters since the router began; for people, tests and the simulator. */
export interface RoutingStats {
  messagesSent: number;
  bytesSent: number;
  fullSent: number;
  compactSent: number;
  retractsSent: number;
  messagesReceived: number;
  verified: number;
  /** Announcements that had to wait for their turn to be verified. */
  deferred: number;
  /** Announcements dropped because too many waited. */
  overflowed: number;
  requestsStarted: number;
  requestsForwarded: number;
  requestsDropped: number;
  seqnoBumps: number;
  evicted: number;
  penalties: number;
  faults: Record<Fault, number>;
  delivered: number;
  sent: number;
  forwarded: number;
  /** Packets sent over an alternate, with the detour bit. */
  detoured: number;
  dropped: Record<DropReason, number>;
}

/** All counters at zero. */
export function newStats(): RoutingStats {
  return {
    messagesSent: 0,
    bytesSent: 0,
    fullSent: 0,
    compactSent: 0,
    retractsSent: 0,
    messagesReceived: 0,
    verified: 0,
    deferred: 0,
    overflowed: 0,
    requestsStarted: 0,
    requestsForwarded: 0,
    requestsDropped: 0,
    seqnoBumps: 0,
    evicted: 0,
    penalties: 0,
    faults: {
      malformed: 0,
      "bad-record": 0,
      "wrong-origin": 0,
      "bad-metric": 0,
      "unknown-record": 0,
    },
    delivered: 0,
    sent: 0,
    forwarded: 0,
    detoured: 0,
    dropped: { malformed: 0, "hop-limit": 0, "no-route": 0, link: 0, "too-large": 0 },
  };
}
