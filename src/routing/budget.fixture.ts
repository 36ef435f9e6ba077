import type { Budgets } from "./budget.ts";
import { type Destination, isUsable } from "./destination.ts";
import { EVICTION_SHARE, FAIR_SHARE } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";

/** Who has to go, found in the plainest way: sorts objects, and looks at every offer of all of them. */
export function plainlyEvicted(
  origins: readonly Destination[],
  { vicinityMax, landmarksMax }: Budgets,
): readonly Destination[] {
  const byLottery = origins.toSorted((a, b) => a.lottery - b.lottery || (a.id < b.id ? -1 : 1));
  const marks = plainlyKept(byLottery, less(landmarksMax));
  const others = byLottery.filter((origin) => !marks.has(origin));
  const byMetric = others.toSorted((a, b) => a.metric - b.metric);
  const near = plainlyKept(byMetric, less(vicinityMax));
  return byMetric.filter((origin) => !near.has(origin));
}

function less(max: number): number {
  return max - Math.floor(max / EVICTION_SHARE);
}

function plainlyKept(sorted: readonly Destination[], max: number): ReadonlySet<Destination> {
  if (sorted.length <= max) return new Set(max === 0 ? [] : sorted);
  const shared = Math.floor(max / FAIR_SHARE);
  const kept = new Set(sorted.slice(0, max - shared));
  const rest = sorted.slice(max - shared);
  const leading = sorted.flatMap(({ selected, offers }) => [
    ...offers,
    ...(selected ? [selected] : []),
  ]);
  const share = Math.floor(shared / Math.max(1, new Set(leading).size));
  const given = new Map<Neighbour, number>();
  const give = (hop: Neighbour, origin: Destination): void => {
    const count = given.get(hop) ?? 0;
    if (count >= share || kept.has(origin)) return;
    given.set(hop, count + 1);
    kept.add(origin);
  };
  for (const origin of rest) if (origin.selected !== undefined) give(origin.selected, origin);
  for (const origin of rest) {
    for (const by of origin.offers) if (isUsable(origin, by)) give(by, origin);
  }
  for (const origin of rest) if (kept.size < max) kept.add(origin);
  return kept;
}
