import type { Fault } from "./errors.ts";

/** Why a packet went no further. */
export type DropReason = "malformed" | "hop-limit" | "no-route" | "link" | "too-large";

/** Counters since the router began; for people, tests and the simulator. */
export interface RoutingStats {
  messagesSent: number;
  bytesSent: number;
  updatesSent: number;
  recordsSent: number;
  retractsSent: number;
  messagesReceived: number;
  verified: number;
  /** Records asked for, repetitions included. */
  pullsSent: number;
  /** Origins turned away because too many wait for their record. */
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
    updatesSent: 0,
    recordsSent: 0,
    retractsSent: 0,
    messagesReceived: 0,
    verified: 0,
    pullsSent: 0,
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
      "bad-proof": 0,
      "unknown-handle": 0,
    },
    delivered: 0,
    sent: 0,
    forwarded: 0,
    detoured: 0,
    dropped: { malformed: 0, "hop-limit": 0, "no-route": 0, link: 0, "too-large": 0 },
  };
}
