import { type PeerId, type PeerRecord, peerIdToBytes } from "../identity/index.ts";
import { limits } from "../wire/index.ts";
import { UNPROVEN, VIA_US } from "./columns.ts";
import { METRIC_MAX, METRIC_NONE } from "./limits.ts";
import { lotteryOf } from "./lottery.ts";
import type { Neighbour } from "./neighbour.ts";

/** Sequence number and metric: a point that distances are compared with (RFC 8966 section 2.4). */
export interface Distance {
  readonly seqno: number;
  readonly metric: number;
}

/** Whether `a` is strictly better than `b`: newer, or as new and shorter. */
export function isBetter(a: Distance, b: Distance): boolean {
  return a.seqno > b.seqno || (a.seqno === b.seqno && a.metric < b.metric);
}

/** One origin in the table. What neighbours say of it stands in their columns, in row `slot`. */
export class Destination {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
  /** Row of the columns, and the handle under which neighbours are told of it. */
  readonly slot: number;
  /** Rank as a landmark: the smaller, the more likely it is kept. */
  readonly lottery: number;
  /** When it came into the table. */
  readonly sinceMs: number;
  /** The newest record that was verified; undefined while it is being pulled. */
  record: PeerRecord | undefined;
  /** Who brought it, as long as there is no record. */
  openedBy: Neighbour | undefined;
  /** The highest sequence number that is proven, and the link of the chain that proves it. */
  provenSeqno = -1;
  provenLink: Uint8Array | undefined;
  /** Neighbours that say something about it. */
  readonly offers: Neighbour[] = [];
  /** The best distance ever told to anybody; number -1: none. What it forbids: `isFeasible`. */
  feasibleSeqno = -1;
  feasibleMetric = 0;
  /** The next hop. */
  selected: Neighbour | undefined;
  /** Distance over the last next hop; stays when that is lost. */
  metric: number = METRIC_MAX;
  /** What the last look at the offers found, to see what the next one changes. */
  viewNext: Neighbour | undefined;
  viewSeqno = 0;
  viewMetric: number = METRIC_MAX;
  viewHops = 0;
  /** The neighbour that packets from here left by when that was last looked at. */
  leavesBy: PeerId | undefined;
  /** When the distance last changed. */
  changedAtMs: number;
  /** A neighbour that offers a little more than the next hop, and since when. */
  challenger: Neighbour | undefined;
  challengedAtMs = 0;
  /** The same for one that would first need a newer sequence number. */
  wished: Neighbour | undefined;
  wishedAtMs = 0;
  /** When a newer sequence number was last asked for only to improve. */
  improvedAtMs: number = Number.NEGATIVE_INFINITY;
  /** How much it has been changing lately, see `damping.ts`. */
  unrest = 0;
  unrestAtMs = 0;
  /** False once it has left the table: whoever still holds this object must leave it alone. */
  kept = true;

  constructor(id: PeerId, slot: number, nowMs: number) {
    this.id = id;
    this.idBytes = peerIdToBytes(id);
    this.slot = slot;
    this.lottery = lotteryOf(this.idBytes);
    this.sinceMs = nowMs;
    this.changedAtMs = nowMs;
  }

  /**
   * The feasibility condition (RFC 8966 section 3.5.1) on the best distance the neighbour ever
   * told. Feasible distances only improve, so along the next hops they strictly fall and no loop
   * can close. The origin itself as a neighbour ends every way, so it needs no condition.
   */
  isFeasible(by: Neighbour): boolean {
    if (this.feasibleSeqno < 0 || by.id === this.id) return true;
    const seqno = by.heard.seqno[this.slot] ?? 0;
    if (seqno !== this.feasibleSeqno) return seqno > this.feasibleSeqno;
    return (by.heard.best[this.slot] ?? METRIC_NONE) < this.feasibleMetric;
  }

  /** Remembers that this distance was told to somebody. */
  lowerFeasible(seqno: number, metric: number): void {
    const isLower =
      seqno > this.feasibleSeqno || (seqno === this.feasibleSeqno && metric < this.feasibleMetric);
    if (!isLower) return;
    this.feasibleSeqno = seqno;
    this.feasibleMetric = metric;
  }
}

/** Distance over a neighbour that says something about the destination. */
export function totalBy(destination: Destination, by: Neighbour): number {
  return (by.heard.metric[destination.slot] ?? METRIC_NONE) + by.cost;
}

/** Whether a neighbour could be a next hop at all: proven, not through us, not too long. */
export function isUsable(destination: Destination, by: Neighbour): boolean {
  const flags = by.heard.flags[destination.slot] ?? 0;
  return (flags & (VIA_US | UNPROVEN)) === 0 && isShortEnough(destination, by);
}

/** Whether hops and metric are within their limits. */
export function isShortEnough(destination: Destination, by: Neighbour): boolean {
  const { slot } = destination;
  return totalBy(destination, by) <= METRIC_MAX && (by.heard.hops[slot] ?? 255) < limits.HOP_LIMIT;
}
