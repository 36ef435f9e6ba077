import { type PeerId, type PeerRecord, peerIdToBytes } from "../identity/index.ts";
import { limits } from "../wire/index.ts";
import { METRIC_MAX } from "./limits.ts";
import type { Update } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";

/** What one neighbour says of one origin. */
export class Route {
  readonly neighbour: Neighbour;
  seqno: number;
  /** Its own distance, as last told. */
  metric: number;
  /**
   * The least distance it ever told under this sequence number. Its feasible distance cannot be
   * above that, however its present metric wanders, so this is what feasibility compares.
   */
  bestMetric: number;
  hops: number;
  /** Its way leads through us: never a next hop. */
  viaUs: boolean;
  /** But it knows another one that avoids us, for a detour of two steps. */
  spare: boolean;

  constructor(neighbour: Neighbour, { seqno, metric, hops, viaYou, spare }: Update) {
    this.neighbour = neighbour;
    this.seqno = seqno;
    this.metric = metric;
    this.bestMetric = metric;
    this.hops = hops;
    this.viaUs = viaYou;
    this.spare = spare;
  }

  /** Takes in a later announcement. */
  update({ seqno, metric, hops, viaYou, spare }: Update): void {
    const isSame = seqno === this.seqno;
    this.bestMetric = isSame ? Math.min(this.bestMetric, metric) : metric;
    this.seqno = seqno;
    this.metric = metric;
    this.hops = hops;
    this.viaUs = viaYou;
    this.spare = spare;
  }

  /** Distance from here over this neighbour. */
  get total(): number {
    return this.metric + this.neighbour.cost;
  }
}

/** Sequence number and metric: a point that distances are compared with (RFC 8966 section 2.4). */
export interface Distance {
  readonly seqno: number;
  readonly metric: number;
}

/** Whether `a` is strictly better than `b`: newer, or as new and shorter. */
export function isBetter(a: Distance, b: Distance): boolean {
  return a.seqno > b.seqno || (a.seqno === b.seqno && a.metric < b.metric);
}

/** What others are told of a destination. */
export interface View {
  readonly next: PeerId | undefined;
  readonly seqno: number;
  readonly metric: number;
  readonly hops: number;
}

const UNREACHED: View = { next: undefined, seqno: 0, metric: METRIC_MAX, hops: 0 };

/** The view of a destination whose next hop was just chosen. */
export function viewOf(selected: Route | undefined): View {
  if (selected === undefined) return UNREACHED;
  const { neighbour, seqno, total, hops } = selected;
  return { next: neighbour.id, seqno, metric: total, hops: hops + 1 };
}

/** One origin within the vicinity. */
export class Destination {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
  /** The newest record that was verified. */
  record: PeerRecord;
  readonly routes: Map<PeerId, Route> = new Map();
  /** The best distance ever told to anybody; what it forbids is in `isFeasible`. */
  feasible: Distance | undefined;
  selected: Route | undefined;
  /** Takes over for one detour where the selected way fails. */
  alternate: Route | undefined;
  /** Distance over the last selected route; stays when that is lost. */
  metric: number = METRIC_MAX;
  /** What the last look at the routes found, to see what the next one changes. */
  view: View = UNREACHED;
  /** The neighbour that packets from here left by when that was last looked at. */
  leavesBy: PeerId | undefined;
  /** When the distance last changed. */
  changedAtMs: number;
  /** A neighbour that offers a little more than the selected one, and since when. */
  challenger: PeerId | undefined;
  challengedAtMs = 0;
  /** The same for one that would first need a newer sequence number. */
  wished: PeerId | undefined;
  wishedAtMs = 0;
  /** When a newer sequence number was last asked for only to improve. */
  improvedAtMs: number = Number.NEGATIVE_INFINITY;

  constructor(record: PeerRecord, feasible: Distance | undefined, nowMs: number) {
    this.id = record.id;
    this.idBytes = peerIdToBytes(record.id);
    this.record = record;
    this.feasible = feasible;
    this.changedAtMs = nowMs;
  }

  /**
   * The feasibility condition (RFC 8966 section 3.5.1) on the best distance the neighbour ever
   * told. Feasible distances only improve, so along the next hops they strictly fall and no loop
   * can close. The origin itself as a neighbour ends every way, so it needs no condition.
   */
  isFeasible(route: Route): boolean {
    if (this.feasible === undefined || route.neighbour.id === this.id) return true;
    return isBetter({ seqno: route.seqno, metric: route.bestMetric }, this.feasible);
  }

  /** Remembers that this distance was told to somebody. */
  lowerFeasible(seqno: number, metric: number): void {
    if (this.feasible === undefined || isBetter({ seqno, metric }, this.feasible)) {
      this.feasible = { seqno, metric };
    }
  }
}

/** Whether packets for it can leave, be it over a detour. */
export function isReachable(destination: Destination): boolean {
  return destination.selected !== undefined || destination.alternate !== undefined;
}

/** Whether a route could be a next hop at all: not through us, not too long. */
export function isUsable(route: Route): boolean {
  return !route.viaUs && isShortEnough(route);
}

/** Whether hops and metric are within their limits. */
export function isShortEnough(route: Route): boolean {
  return route.total <= METRIC_MAX && route.hops < limits.HOP_LIMIT;
}
