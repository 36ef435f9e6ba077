import type { DeadAfter } from "./absences.ts";

/** How healing goes about its work; what is left out has the values of limits.ts. */
export interface HealingOptions {
  /** Nothing is watched and healed by itself. */
  readonly isOff?: boolean;
  readonly deadAfter?: DeadAfter;
  /** How often peers are asked what they have, in milliseconds. */
  readonly watchMs?: number;
  /** How long a peer is within reach before it is first asked, in milliseconds. */
  readonly watchFirstMs?: number;
  /** How long an agent waits for each one that comes before it, in milliseconds. */
  readonly turnMs?: number;
  /** How long a healing takes, as other agents are told, in milliseconds. */
  readonly claimMs?: number;
  /** First pause after a healing that failed, in milliseconds. */
  readonly retryMs?: number;
  /** Bytes that healing may move in an hour. */
  readonly bytesPerHour?: number;
}

/** How healing stands, for people. */
export interface HealingStatus {
  /** Objects that are watched. */
  readonly watched: number;
  /** Of those, with so few fragments that they are to be healed. */
  readonly sick: number;
  /** Of those, being healed here now. */
  readonly healing: number;
  /** Since the start: objects healed here, fragments made anew, and healings that failed. */
  readonly healed: number;
  /** Objects made whole in passing, by what was read here anyway. */
  readonly inPassing: number;
  readonly made: number;
  readonly failed: number;
}
