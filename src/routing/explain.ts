import type { PeerId } from "../identity/index.ts";
import { alternateOf } from "./alternates.ts";
import { UNPROVEN } from "./columns.ts";
import { type Destination, type Distance, isUsable, totalBy } from "./destination.ts";
import type { Neighbour } from "./neighbour.ts";
import { isViaUs } from "./select.ts";

/** What one neighbour offers towards a destination, and what became of the offer. */
export interface RouteExplanation {
  readonly neighbour: PeerId;
  /** Its own distance, as it last told. */
  readonly metric: number;
  /** With the link to it. */
  readonly total: number;
  /** Links on the way from here. */
  readonly hops: number;
  /** The sequence number of the origin under which the neighbour told of it last. */
  readonly seqno: number;
  /** Whether it is proven to be free of loops at any moment. */
  readonly feasible: boolean;
  /** Whether the neighbour is silent at the moment. */
  readonly suspect: boolean;
  /** Whether its own way leads through here. */
  readonly viaUs: boolean;
  /** Whether the destination itself is known to have announced what the offer rests on. */
  readonly proven: boolean;
  /** Whether it could be a next hop: proven, not through here, within the limits of hops and metric. */
  readonly usable: boolean;
  readonly selected: boolean;
  readonly alternate: boolean;
}

/** Why routing does with a destination what it does. */
export interface RoutingExplanation {
  readonly destination: PeerId;
  /** Least total first. */
  readonly routes: readonly RouteExplanation[];
  /** The best distance ever told to others: only what is better than it is feasible. */
  readonly feasibleDistance: Distance | undefined;
  /** Whether its record is here: without it nothing can be sealed for it. */
  readonly recordKnown: boolean;
  /** Out of reach since lately: what is kept so that it may come back. */
  readonly remembered: boolean;
  /** The sequence number that others are being asked for, so that a way becomes feasible. */
  readonly requestedSeqno: number | undefined;
  /** Whether the table was full and origins were turned away. */
  readonly tableFull: boolean;
  readonly neighbours: number;
}

/** What is known besides the destination's own place in the table. */
export type Surroundings = Pick<
  RoutingExplanation,
  "remembered" | "requestedSeqno" | "tableFull" | "neighbours"
>;

/** Explains a destination; `known` undefined: it has no place in the table. */
export function explainDestination(
  id: PeerId,
  known: Destination | undefined,
  around: Surroundings,
): RoutingExplanation {
  const isTold = known !== undefined && known.feasibleSeqno >= 0;
  return {
    destination: id,
    routes: known === undefined ? [] : explainOffers(known),
    feasibleDistance: isTold
      ? { seqno: known.feasibleSeqno, metric: known.feasibleMetric }
      : undefined,
    recordKnown: known?.record !== undefined,
    ...around,
  };
}

function explainOffers(known: Destination): RouteExplanation[] {
  const alternate = alternateOf(known);
  const routes = known.offers.map((by) => explainOffer(known, by, by === alternate));
  return routes.sort((a, b) => a.total - b.total || (a.neighbour < b.neighbour ? -1 : 1));
}

function explainOffer(known: Destination, by: Neighbour, isAlternate: boolean): RouteExplanation {
  const { slot } = known;
  return {
    neighbour: by.id,
    metric: by.heard.metric[slot] ?? 0,
    total: totalBy(known, by),
    hops: (by.heard.hops[slot] ?? 0) + 1,
    seqno: by.heard.seqno[slot] ?? 0,
    feasible: known.isFeasible(by),
    suspect: by.suspect,
    viaUs: isViaUs(known, by),
    proven: ((by.heard.flags[slot] ?? 0) & UNPROVEN) === 0,
    usable: isUsable(known, by),
    selected: by === known.selected,
    alternate: isAlternate,
  };
}
