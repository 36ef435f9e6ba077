import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import { type Destination, isUsable } from "./destination.ts";
import { EVICTION_SHARE, FAIR_SHARE, LOTTERY_ALL, METRIC_NONE } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";

/** More than a table has origins, and small enough that a metric times this is exact. */
const INDICES = 2 ** 24;

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
 * @param byLottery all of them in the order of `lowerFirst`
 * @param hopsMax no fewer than there are first hops: counting them ends there, and shares would be wrong
 */
export function chooseKept(
  byLottery: readonly Destination[],
  { vicinityMax, landmarksMax }: Budgets,
  hopsMax: number,
): Selection {
  const marks = fairly(byLottery, reduced(landmarksMax), {
    ...{ value: ({ lottery }) => lottery, all: LOTTERY_ALL, hopsMax },
  });
  const others = byLottery.filter((origin) => !marks.kept.has(origin));
  const byMetric = nearestFirst(others);
  const near = fairly(byMetric, reduced(vicinityMax), {
    ...{ value: ({ metric }) => metric, all: METRIC_NONE, hopsMax },
  });
  return {
    evicted: byMetric.filter((origin) => !near.kept.has(origin)),
    metric: near.horizon,
    lottery: marks.horizon,
  };
}

/** The order of landmarks: lowest lottery value first, equal ones by id. */
export function lowerFirst(
  a: Pick<Destination, "lottery" | "id">,
  b: Pick<Destination, "lottery" | "id">,
): number {
  return a.lottery - b.lottery || (a.id < b.id ? -1 : 1);
}

/** Those of one distance stay in their order. Sorting numbers takes a tenth of comparing objects. */
function nearestFirst(origins: readonly Destination[]): Destination[] {
  const keys = new Float64Array(origins.length);
  origins.forEach(({ metric }, index) => {
    keys[index] = metric * INDICES + index;
  });
  keys.sort();
  return Array.from(keys, (key) => must(origins[key % INDICES], "an origin of this index"));
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

/** What a budget is spent on, and how far it might reach. */
interface Spending {
  readonly value: (origin: Destination) => number;
  readonly all: number;
  readonly hopsMax: number;
}

/** The first of a sorted list, the last part of them in equal shares for each first hop. */
function fairly(
  sorted: readonly Destination[],
  max: number,
  { value, all, hopsMax }: Spending,
): { readonly kept: ReadonlySet<Destination>; readonly horizon: Horizon } {
  if (max === 0) return { kept: new Set(), horizon: { byHop: new Map(), otherwise: 0 } };
  const isAll = sorted.length <= max;
  if (isAll) return { kept: new Set(sorted), horizon: { byHop: new Map(), otherwise: all } };
  const shared = Math.floor(max / FAIR_SHARE);
  const strict = sorted.slice(0, max - shared);
  const kept = new Set(strict);
  const rest = sorted.slice(strict.length);
  const hops = countHops(sorted, hopsMax);
  const share = Math.floor(shared / Math.max(1, hops));
  const shares = dealOut(rest, { share, hops }, kept);
  for (const origin of rest) {
    if (kept.size >= max) break;
    kept.add(origin);
  }
  const [worst] = strict.slice(-1);
  const byHop = new Map<PeerId, number>();
  for (const [hop, origins] of shares) {
    // Who has less than its share has nothing more to bring now; later it may bring anything.
    if (origins.length >= share) byHop.set(hop.id, Math.max(...origins.map(value)));
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
  { share, hops }: { readonly share: number; readonly hops: number },
  kept: Set<Destination>,
): Map<Neighbour, Destination[]> {
  const shares = new Map<Neighbour, Destination[]>();
  if (share === 0) return shares;
  let hungry = hops;
  const give = (hop: Neighbour, origin: Destination, isOffer: boolean): void => {
    const list = shares.get(hop) ?? [];
    if (list.length >= share || kept.has(origin)) return;
    if (isOffer && !isUsable(origin, hop)) return;
    shares.set(hop, list);
    if (list.push(origin) === share) hungry--;
    kept.add(origin);
  };
  for (const origin of rest) {
    if (origin.selected !== undefined) give(origin.selected, origin, false);
  }
  for (const origin of rest) {
    // Most have their shares long before all origins were looked at.
    if (hungry === 0) break;
    for (const by of origin.offers) give(by, origin, true);
  }
  return shares;
}

/** How many first hops lead to these origins or offer them, of no more than so many. */
function countHops(origins: readonly Destination[], max: number): number {
  const hops = new Set<Neighbour>();
  for (const { offers, selected } of origins) {
    for (const by of offers) hops.add(by);
    if (selected !== undefined) hops.add(selected);
    if (hops.size >= max) break;
  }
  return hops.size;
}
