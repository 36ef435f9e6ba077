import type { Random } from "../ports/random.ts";
import type { Graph } from "./graphs.ts";
import { type Spread, spreadOf } from "./mesh/spread.ts";
import { type Search, Ways } from "./shortest.ts";

/** Landmarks nearest to a peer that its locator record names. */
const LOCATOR_LANDMARKS = 3;

/** What is reckoned: tables of so many entries, and sessions between so many random pairs. */
export interface AbstractOptions {
  readonly random: Random;
  readonly vicinityMax: number;
  readonly landmarksMax: number;
  readonly pairs: number;
}

/** What routing by vicinity, landmarks and meetings comes to if nothing ever goes wrong. */
export interface AbstractStretch {
  readonly entriesMean: number;
  readonly entriesMax: number;
  /** Of the first packet: by the landmark, with the shortcut of relays that know the way. */
  readonly first: Spread;
  /** Of sessions: over the best peer that both ends have in their vicinities, if that is shorter. */
  readonly session: Spread;
}

/**
 * A calculation on the graph alone, without any router: vicinities by exact search, landmarks by
 * lot, and for each pair the way that sessions would settle on. It says what the scheme can reach;
 * what the code reaches is measured with real routers where there are not too many.
 */
export function abstractStretch(graph: Graph, options: AbstractOptions): AbstractStretch {
  const { random, vicinityMax, landmarksMax } = options;
  const ways = new Ways(graph);
  const isLandmark = new Uint8Array(graph.size);
  for (let drawn = 0; drawn < Math.min(landmarksMax, graph.size); ) {
    const place = random.u32() % graph.size;
    if (isLandmark[place] === 1) continue;
    isLandmark[place] = 1;
    drawn++;
  }
  const first: number[] = [];
  const session: number[] = [];
  while (first.length < options.pairs && graph.size > 1) {
    const from = random.u32() % graph.size;
    const to = random.u32() % graph.size;
    if (from === to) continue;
    const there = ways.search(from);
    const shortest = there.distance[to] ?? 0;
    if (shortest === Number.POSITIVE_INFINITY) continue;
    const pair = { from, to, there, back: ways.search(to), vicinityMax, isLandmark };
    const firstCost = firstPacketCost(pair);
    first.push(firstCost / shortest);
    session.push(Math.min(firstCost, meetingCost(pair)) / shortest);
  }
  const fixed = Math.min(vicinityMax, graph.size - 1) + landmarksMax;
  let most = 0;
  for (let place = 0; place < graph.size; place++) most = Math.max(most, ways.degree(place));
  return {
    entriesMean: Math.min(graph.size - 1, fixed + (2 * graph.links.length) / graph.size),
    entriesMax: Math.min(graph.size - 1, fixed + most),
    first: spreadOf(first),
    session: spreadOf(session),
  };
}

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly there: Search;
  readonly back: Search;
  readonly vicinityMax: number;
  readonly isLandmark: Uint8Array;
}

/** Least sum over the peers that both ends know; Infinity where there is none. */
function meetingCost({ there, back, vicinityMax }: Pair): number {
  const theirs = new Set(back.order.slice(0, vicinityMax + 1));
  let least = Number.POSITIVE_INFINITY;
  for (const place of there.order.slice(0, vicinityMax + 1)) {
    if (!theirs.has(place)) continue;
    least = Math.min(least, (there.distance[place] ?? 0) + (back.distance[place] ?? 0));
  }
  return least;
}

/** Cost by the best of the landmarks that the locator names; relays that know the end go there. */
function firstPacketCost(pair: Pair): number {
  const { from, to, there, back, vicinityMax, isLandmark } = pair;
  const knows = new Set(back.order.slice(0, vicinityMax + 1));
  if (knows.has(from) || isLandmark[to] === 1) return there.distance[to] ?? 0;
  const named = back.order.filter((place) => isLandmark[place] === 1).slice(0, LOCATOR_LANDMARKS);
  let least = Number.POSITIVE_INFINITY;
  for (const landmark of named) {
    const turn = firstKnowing(there, from, landmark, knows);
    least = Math.min(least, (there.distance[turn] ?? 0) + (back.distance[turn] ?? 0));
  }
  return least;
}

/** The first place on the way to a landmark that has the end in its table; the landmark at last. */
function firstKnowing(
  there: Search,
  from: number,
  landmark: number,
  knows: ReadonlySet<number>,
): number {
  let found = landmark;
  for (let at = landmark; at !== from && at >= 0; at = there.before[at] ?? -1) {
    if (knows.has(at)) found = at;
  }
  return found;
}
