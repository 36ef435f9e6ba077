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

/** What a table keeps, and where its horizons then are. */
export interface Selection {
  readonly evicted: readonly Destination[];
  /** Origins nearer than this are welcome. */
  readonly metric: number;
  /** Origins of a lower lottery value are welcome, however far. */
  readonly lottery: number;
}

/**
 * Chooses what stays in a table that is over its budgets: the nearest origins, and those of lowest
 * lottery value. In the last part of each budget all first hops have equal shares, so that peers
 * invented behind one link cannot push out all that is heard over others.
 */
export function chooseKept(
  origins: readonly Destination[],
  { vicinityMax, landmarksMax }: Budgets,
): Selection {
  const marks = fairly(origins.toSorted(lowerFirst), reduced(landmarksMax));
  const others = origins.filter((origin) => !marks.kept.has(origin));
  const byMetric = others.toSorted((a, b) => a.metric - b.metric || lowerFirst(a, b));
  const near = fairly(byMetric, reduced(vicinityMax));
  return {
    evicted: byMetric.filter((origin) => !near.kept.has(origin)),
    metric: near.last?.metric ?? METRIC_NONE,
    lottery: marks.last?.lottery ?? LOTTERY_ALL,
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
): { readonly kept: ReadonlySet<Destination>; readonly last: Destination | undefined } {
  if (max === 0) return { kept: new Set(), last: sorted[0] };
  if (sorted.length <= max) return { kept: new Set(sorted), last: undefined };
  const strict = max - Math.floor(max / FAIR_SHARE);
  const kept = new Set(sorted.slice(0, strict));
  const rest = sorted.slice(strict);
  const hops = new Map<PeerId, Destination[]>();
  for (const origin of rest) {
    const by = firstHop(origin)?.id ?? "";
    const list = hops.get(by);
    if (list === undefined) hops.set(by, [origin]);
    else list.push(origin);
  }
  for (let round = 0; kept.size < max; round++) {
    for (const list of hops.values()) {
      const origin = list[round];
      if (origin !== undefined && kept.size < max) kept.add(origin);
    }
  }
  return { kept, last: sorted[strict - 1] };
}

function firstHop({ selected, offers }: Destination): Neighbour | undefined {
  return selected ?? offers[0];
}

function lowerFirst(a: Destination, b: Destination): number {
  return a.lottery - b.lottery || (a.id < b.id ? -1 : 1);
}
