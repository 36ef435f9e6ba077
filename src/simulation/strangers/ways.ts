import type { Random } from "../../ports/random.ts";
import { pick } from "../dice.ts";

/** Whether `to` takes an introduction from `from` now. */
export type Takes = (from: number, to: number) => boolean;

/** Introducers between two honest people, at most: paths have one edge more. */
const EDGES_MAX = 4;

/**
 * A shortest path of at most four edges, each of which takes an introduction now, or undefined. It
 * sees the whole graph: no real search is better, so that nothing here protects anybody by accident.
 * Of equally short ways any is chosen.
 */
export function findWay(
  random: Random,
  friends: readonly (readonly number[])[],
  takes: Takes,
  from: number,
  to: number,
): readonly number[] | undefined {
  const ahead: Map<number, number>[] = [new Map([[from, from]])];
  const behind: Map<number, number>[] = [new Map([[to, to]])];
  for (let edges = 0; edges <= EDGES_MAX; edges++) {
    const [front, back] = [ahead.at(-1), behind.at(-1)];
    if (front === undefined || back === undefined) return undefined;
    const meeting = [...front.keys()].filter((place) => back.has(place));
    if (meeting.length > 0) return joinedAt(pick(random, meeting), ahead, behind);
    if (edges % 2 === 0) ahead.push(next(random, friends, front, ahead, (a, b) => takes(a, b)));
    else behind.push(next(random, friends, back, behind, (a, b) => takes(b, a)));
  }
  return undefined;
}

function next(
  random: Random,
  friends: readonly (readonly number[])[],
  border: ReadonlyMap<number, number>,
  known: readonly ReadonlyMap<number, number>[],
  may: Takes,
): Map<number, number> {
  const found = new Map<number, number>();
  for (const place of border.keys()) {
    for (const other of friends[place] ?? []) {
      if (known.some((layer) => layer.has(other))) continue;
      // Half of the time a later way takes the place of an earlier one, so that ways are spread.
      if (found.has(other) && random.u32() % 2 === 0) continue;
      if (may(place, other)) found.set(other, place);
    }
  }
  return found;
}

function joinedAt(
  meeting: number,
  ahead: readonly ReadonlyMap<number, number>[],
  behind: readonly ReadonlyMap<number, number>[],
): readonly number[] {
  const path = [meeting];
  for (let layer = ahead.length - 1; layer > 0; layer--) {
    path.unshift(ahead[layer]?.get(path[0] ?? -1) ?? -1);
  }
  for (let layer = behind.length - 1; layer > 0; layer--) {
    path.push(behind[layer]?.get(path.at(-1) ?? -1) ?? -1);
  }
  return path;
}
