import type { PeerId } from "../identity/index.ts";
import type { Destination } from "./destination.ts";
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
  const hops = groupByHop(sorted.slice(strict.length));
  const last = new Map<PeerId, number>();
  const share = Math.floor(shared / hops.size);
  for (let round = 0; kept.size < max; round++) {
    for (const [hop, list] of hops) {
      const origin = list[round];
      if (origin === undefined || kept.size >= max) continue;
      kept.add(origin);
      // Who has less than its share may bring anything.
      if (round + 1 >= share) last.set(hop, value(origin));
    }
  }
  const [worst] = strict.slice(-1);
  const otherwise = share > 0 || worst === undefined ? all : value(worst);
  return { kept, horizon: { byHop: last, otherwise } };
}

function groupByHop(origins: readonly Destination[]): Map<PeerId, Destination[]> {
  const hops = new Map<PeerId, Destination[]>();
  for (const origin of origins) {
    const by = firstHop(origin)?.id ?? "";
    const list = hops.get(by);
    if (list === undefined) hops.set(by, [origin]);
    else list.push(origin);
  }
  return hops;
}

function firstHop({ selected, offers }: Destination): Neighbour | undefined {
  return selected ?? offers[0];
}

function lowerFirst(a: Destination, b: Destination): number {
  return a.lottery - b.lottery || (a.id < b.id ? -1 : 1);
}
