import type { PeerId } from "../identity/index.ts";
import { type Destination, type Distance, isUsable } from "./destination.ts";

/** What one neighbour offers towards a destination, and what became of the offer. */
export interface RouteExplanation {
  readonly neighbour: PeerId;
  /** Its own distance, as it last told. */
  readonly metric: number;
  /** With the link to it. */
  readonly total: number;
  /** Links on the way from here. */
  readonly hops: number;
  /** Whether it is proven to be free of loops at any moment. */
  readonly feasible: boolean;
  /** Whether the neighbour is silent at the moment. */
  readonly suspect: boolean;
  /** Whether its own way leads through here. */
  readonly viaUs: boolean;
  /** Whether it could be a next hop: not through here, within the limits of hops and metric. */
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
  /** Out of reach since lately: what is kept so that it may come back. */
  readonly remembered: boolean;
  /** The sequence number that others are being asked for, so that a way becomes feasible. */
  readonly requestedSeqno: number | undefined;
  /** Whether the vicinity was full and origins were turned away. */
  readonly vicinityFull: boolean;
  readonly neighbours: number;
}

/** What is known besides the destination's own place in the table. */
export type Surroundings = Pick<
  RoutingExplanation,
  "remembered" | "requestedSeqno" | "vicinityFull" | "neighbours"
>;

/** Explains a destination; `known` undefined: it has no place in the table. */
export function explainDestination(
  id: PeerId,
  known: Destination | undefined,
  around: Surroundings,
): RoutingExplanation {
  const routes = [...(known?.routes.values() ?? [])].map((route) => ({
    neighbour: route.neighbour.id,
    metric: route.metric,
    total: route.total,
    hops: route.hops + 1,
    feasible: known?.isFeasible(route) === true,
    suspect: route.neighbour.suspect,
    viaUs: route.viaUs,
    usable: isUsable(route),
    selected: route === known?.selected,
    alternate: route === known?.alternate,
  }));
  routes.sort((a, b) => a.total - b.total || (a.neighbour < b.neighbour ? -1 : 1));
  return { destination: id, routes, feasibleDistance: known?.feasible, ...around };
}
