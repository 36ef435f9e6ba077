import type { PeerId } from "../identity/index.ts";
import { type Destination, isUsable } from "./destination.ts";
import { EVICTION_SHARE, FAIR_SHARE, LOTTERY_ALL, METRIC_NONE } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";

/** How many origins a table keeps besides direct neighbours. */
export interface Budgets {
  /** The nearest ones (B_v). */
  readonly vicinityMax: number;
  /** Those of lowest lottery value (B_l). */
  readonly landmarksMax: number;
}

/** Up to where origins are welcome; each first hop has a horizon of its own. */
export interface Horizon {
  readonly byHop: ReadonlyMap<PeerId, number>;
  /** For first hops that have less than their share. */
  readonly otherwise: number;
}

/** What a table keeps, and where its horizons then are. */
export interface Selection {
  readonly evicted: readonly Destination[];
  /** Origins nearer than this are welcome. */
  readonly metric: Horizon;
  /** Origins of a lower lottery value are welcome, however far. */
  readonly lottery: Horizon;
}

/** Nothing is turned away. */
export const OPEN_METRIC: Horizon = { byHop: new Map(), otherwise: METRIC_NONE };
/** The same for lottery values. */
export const OPEN_LOTTERY: Horizon = { byHop: new Map(), otherwise: LOTTERY_ALL };

/**
 * Chooses what stays in a table that is over its budgets: the nearest origins, and those of lowest
 * lottery value. In the last part of each budget all first hops have equal shares, so that peers
 * invented behind one link cannot push out all that is heard over others, nor keep it out later.
 */
export function chooseKept(
  origins: readonly Destination[],
  { vicinityMax, landmarksMax }: Budgets,
): Selection {
  const byLottery = origins.toSorted(lowerFirst);
  const marks = fairly(byLottery, reduced(landmarksMax), ({ lottery }) => lottery, LOTTERY_ALL);
  const others = origins.filter((origin) => !marks.kept.has(origin));
  const byMetric = others.toSorted((a, b) => a.metric - b.metric || lowerFirst(a, b));
  const near = fairly(byMetric, reduced(vicinityMax), ({ metric }) => metric, METRIC_NONE);
  return {
    evicted: byMetric.filter((origin) => !near.kept.has(origin)),
    metric: near.horizon,
    lottery: marks.horizon,
  };
}

/**
 * Budgets of which `chooseKept` leaves so many places free, taken from both in proportion, as far as
 * it does not leave them free anyway.
 */
export function withoutPlaces(budgets: Budgets, places: number): Budgets {
  const all = budgets.vicinityMax + budgets.landmarksMax;
  let left = budgets;
  for (let less = 1; keptOf(left) > all - places; less++) {
    const marksLess = Math.floor((less * budgets.landmarksMax) / all);
    left = {
      vicinityMax: budgets.vicinityMax - (less - marksLess),
      landmarksMax: budgets.landmarksMax - marksLess,
    };
  }
  return left;
}

function keptOf({ vicinityMax, landmarksMax }: Budgets): number {
  return reduced(vicinityMax) + reduced(landmarksMax);
}

/** A little below the budget, so that not every newcomer makes everything be sorted again. */
function reduced(max: number): number {
  return max - Math.floor(max / EVICTION_SHARE);
}

/** The first of a sorted list, the last part of them in equal shares for each first hop. */
function fairly(
  sorted: readonly Destination[],
  max: number,
  value: (origin: Destination) => number,
  all: number,
): { readonly kept: ReadonlySet<Destination>; readonly horizon: Horizon } {
  if (max === 0) return { kept: new Set(), horizon: { byHop: new Map(), otherwise: 0 } };
  const isAll = sorted.length <= max;
  if (isAll) return { kept: new Set(sorted), horizon: { byHop: new Map(), otherwise: all } };
  const shared = Math.floor(max / FAIR_SHARE);
  const strict = sorted.slice(0, max - shared);
  const kept = new Set(strict);
  const rest = sorted.slice(strict.length);
  const share = Math.floor(shared / Math.max(1, hopsOf(sorted).size));
  const shares = dealOut(rest, share, kept);
  for (const origin of rest) if (kept.size < max) kept.add(origin);
  const [worst] = strict.slice(-1);
  const byHop = new Map<PeerId, number>();
  for (const [hop, origins] of shares) {
    // Who has less than its share has nothing more to bring now; later it may bring anything.
    if (share > 0 && origins.length >= share) byHop.set(hop.id, Math.max(...origins.map(value)));
  }
  const otherwise = share > 0 || worst === undefined ? all : value(worst);
  return { kept, horizon: { byHop, otherwise } };
}

/**
 * Gives every first hop its share: of the origins that it leads to first, then of others that it
 * offers as well, so that it makes no difference by whom an origin was heard of first.
 */
function dealOut(
  rest: readonly Destination[],
  share: number,
  kept: Set<Destination>,
): Map<Neighbour, Destination[]> {
  const shares = new Map<Neighbour, Destination[]>();
  const give = (hop: Neighbour, origin: Destination): void => {
    const list = shares.get(hop) ?? [];
    shares.set(hop, list);
    if (list.length >= share || kept.has(origin)) return;
    list.push(origin);
    kept.add(origin);
  };
  for (const origin of rest) if (origin.selected !== undefined) give(origin.selected, origin);
  for (const origin of rest) {
    for (const by of origin.offers) if (isUsable(origin, by)) give(by, origin);
  }
  return shares;
}

function hopsOf(origins: readonly Destination[]): ReadonlySet<Neighbour> {
  const hops = new Set<Neighbour>();
  for (const { offers, selected } of origins) {
    for (const by of offers) hops.add(by);
    if (selected !== undefined) hops.add(selected);
  }
  return hops;
}

function lowerFirst(a: Destination, b: Destination): number {
  return a.lottery - b.lottery || (a.id < b.id ? -1 : 1);
}
