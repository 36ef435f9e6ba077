import type { Random } from "../../ports/random.ts";
import { pick } from "../dice.ts";

/**
 * How much is under way from `from` to `to`, which takes one more now; undefined: it takes none.
 */
export type Load = (from: number, to: number) => number | undefined;

/** Introducers between two honest people, at most: paths have one edge more. */
const EDGES_MAX = 4;

/**
 * A shortest path of at most four edges, each of which takes an introduction now, or undefined. It
 * sees the whole graph: no real search is better, so that nothing here protects anybody by accident.
 * Of equally short ways one that little is under way on is chosen.
 */
export function findWay(
  random: Random,
  friends: readonly (readonly number[])[],
  load: Load,
  from: number,
  to: number,
): readonly number[] | undefined {
  const ahead: Layer[] = [new Map([[from, { via: from, load: 0 }]])];
  const behind: Layer[] = [new Map([[to, { via: to, load: 0 }]])];
  for (let edges = 0; edges <= EDGES_MAX; edges++) {
    const [front, back] = [ahead.at(-1), behind.at(-1)];
    if (front === undefined || back === undefined) return undefined;
    const meeting = [...front.keys()].filter((place) => back.has(place));
    if (meeting.length > 0) return leastLoaded(random, meeting, ahead, behind);
    if (edges % 2 === 0) ahead.push(next(random, friends, ahead, load));
    else behind.push(next(random, friends, behind, (a, b) => load(b, a)));
  }
  return undefined;
}

/** Places at one distance: by which place they are reached, and how much is under way up to there. */
type Layer = Map<number, { readonly via: number; readonly load: number }>;

function next(
  random: Random,
  friends: readonly (readonly number[])[],
  known: readonly Layer[],
  loadOf: Load,
): Layer {
  const found: Layer = new Map();
  for (const [place, reached] of known.at(-1) ?? []) {
    for (const other of friends[place] ?? []) {
      if (known.some((layer) => layer.has(other))) continue;
      const more = loadOf(place, other);
      if (more === undefined) continue;
      const load = reached.load + more;
      const before = found.get(other)?.load ?? Number.POSITIVE_INFINITY;
      // Among equals a later way takes the place of an earlier one half of the time.
      const isBetter = load < before || (load === before && random.u32() % 2 === 0);
      if (isBetter) found.set(other, { via: place, load });
    }
  }
  return found;
}

function leastLoaded(
  random: Random,
  meeting: readonly number[],
  ahead: readonly Layer[],
  behind: readonly Layer[],
): readonly number[] {
  const loadAt = (place: number): number =>
    (ahead.at(-1)?.get(place)?.load ?? 0) + (behind.at(-1)?.get(place)?.load ?? 0);
  const least = Math.min(...meeting.map(loadAt));
  const best = meeting.filter((place) => loadAt(place) === least);
  const path = [pick(random, best)];
  for (let layer = ahead.length - 1; layer > 0; layer--) {
    path.unshift(ahead[layer]?.get(path[0] ?? -1)?.via ?? -1);
  }
  for (let layer = behind.length - 1; layer > 0; layer--) {
    path.push(behind[layer]?.get(path.at(-1) ?? -1)?.via ?? -1);
  }
  return path;
}
