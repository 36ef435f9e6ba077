import type { Fault } from "./errors.ts";

/** Why a packet went no further. */
export type DropReason =
  | "malformed"
  | "hop-limit"
  | "no-route"
  | "link"
  | "too-large"
  /** The next label was never given to a neighbour. */
  | "label-unknown"
  /** The neighbour of the next label has left, and the destination is not known here. */
  | "label-dead"
  /** The next label leads back to where the packet came from. */
  | "label-back"
  /** The label stack is full, or a neighbour has no number. */
  | "label-room"
  /** Too many labelled packets of one neighbour. */
  | "label-rate";

/** What the services of routing itself have done; see `paths/`. */
export interface ServiceStats {
  echoesSent: number;
  echoesAnswered: number;
  /** Requests refused because too many came by one neighbour. */
  refused: number;
  /** Service packets that could not be read or did not belong here. */
  malformed: number;
  locatorsPublished: number;
  locatorsStored: number;
  /** Locators that were forged, old, or had no room. */
  locatorsRejected: number;
  lookupsStarted: number;
  lookupsAnswered: number;
  lookupsPassedOn: number;
  /** Answers to lookups that were not believed. */
  answersRejected: number;
}

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
  /** Labelled packets that went on the ordinary way because their next label was dead. */
  strayed: number;
  dropped: Record<DropReason, number>;
  services: ServiceStats;
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
    strayed: 0,
    dropped: {
      malformed: 0,
      "hop-limit": 0,
      "no-route": 0,
      link: 0,
      "too-large": 0,
      "label-unknown": 0,
      "label-dead": 0,
      "label-back": 0,
      "label-room": 0,
      "label-rate": 0,
    },
    services: {
      echoesSent: 0,
      echoesAnswered: 0,
      refused: 0,
      malformed: 0,
      locatorsPublished: 0,
      locatorsStored: 0,
      locatorsRejected: 0,
      lookupsStarted: 0,
      lookupsAnswered: 0,
      lookupsPassedOn: 0,
      answersRejected: 0,
    },
  };
}
