import type { Demand } from "./demand.ts";
import type { CreditNet } from "./net.ts";

/** What routes in the harness: pays all of it or nothing, and tells which. */
export type Pay = (one: Demand) => boolean;

const NONE = -1;

/** Fewest edges from a place to another over edges that `allows`; undefined where there is no way. */
export function shortestWay(
  net: CreditNet,
  { from, to }: Demand,
  allows: (edge: number) => boolean,
): number[] | undefined {
  const via = new Int32Array(net.size).fill(NONE);
  const queue = [from];
  for (const at of queue) {
    if (at === to) break;
    for (let edge = net.first[at] ?? 0; edge < (net.first[at + 1] ?? 0); edge++) {
      const next = net.to[edge] ?? 0;
      if (next === from || via[next] !== NONE || !allows(edge)) continue;
      via[next] = edge;
      queue.push(next);
    }
  }
  return wayBack(net, via, from, to);
}

function wayBack(net: CreditNet, via: Int32Array, from: number, to: number): number[] | undefined {
  const way: number[] = [];
  for (let at = to; at !== from; ) {
    const edge = via[at] ?? NONE;
    if (edge === NONE) return undefined;
    way.push(edge);
    at = net.from[edge] ?? 0;
  }
  return way.reverse();
}

/** The least that any edge of the way carries. */
export function widthOf(net: CreditNet, way: readonly number[]): number {
  return way.reduce((least, edge) => Math.min(least, net.capacity[edge] ?? 0), Infinity);
}

/** Moves an amount over a way; a negative one takes it back. */
export function moveAlong(net: CreditNet, way: readonly number[], amount: number): void {
  for (const edge of way) net.move(edge, amount);
}

function payAlong(net: CreditNet, way: readonly number[] | undefined, amount: number): boolean {
  if (way === undefined || widthOf(net, way) < amount) return false;
  moveAlong(net, way, amount);
  return true;
}

/** Tries shortest ways one after the other, knowing no capacities; edges that failed are left out. */
export function blind(net: CreditNet, tries: number): Pay {
  return (one) => {
    const failed = new Set<number>();
    for (let attempt = 0; attempt < tries; attempt++) {
      const way = shortestWay(net, one, (edge) => !failed.has(edge));
      if (payAlong(net, way, one.amount)) return true;
      const narrow = way?.find((edge) => (net.capacity[edge] ?? 0) < one.amount);
      if (narrow === undefined) return false;
      failed.add(narrow);
    }
    return false;
  };
}

/** A shortest way wide enough for all of it, with full knowledge. */
export function bestSingle(net: CreditNet): Pay {
  return (one) =>
    payAlong(
      net,
      shortestWay(net, one, (edge) => (net.capacity[edge] ?? 0) >= one.amount),
      one.amount,
    );
}

/** Ways of the most capacity, one after the other, at most `parts`, with full knowledge. */
export function widestFirst(net: CreditNet, parts: number): Pay {
  return (one) => {
    let rest = one.amount;
    const done: { readonly way: number[]; readonly amount: number }[] = [];
    while (rest > 0 && done.length < parts) {
      const way = widestWay(net, one);
      if (way === undefined) break;
      const amount = Math.min(rest, widthOf(net, way));
      moveAlong(net, way, amount);
      done.push({ way, amount });
      rest -= amount;
    }
    if (rest === 0) return true;
    for (const { way, amount } of done.reverse()) moveBack(net, way, amount);
    return false;
  };
}

function moveBack(net: CreditNet, way: readonly number[], amount: number): void {
  for (const edge of way) net.move(net.twin[edge] ?? 0, amount);
}

/** The way whose narrowest edge is widest, the shorter of two alike; by a bound that is lowered step by step. */
function widestWay(net: CreditNet, one: Demand): number[] | undefined {
  const out = (place: number): Float64Array =>
    net.capacity.subarray(net.first[place], net.first[place + 1]);
  let low = 0;
  let high = Math.max(...out(one.from)) + 1;
  let best: number[] | undefined;
  while (low + 1 < high) {
    const bound = Math.floor((low + high) / 2);
    const way = shortestWay(net, one, (edge) => (net.capacity[edge] ?? 0) >= bound);
    if (way === undefined) {
      high = bound;
      continue;
    }
    best = way;
    low = widthOf(net, way);
  }
  return best;
}

/** As much as there is, over any number of ways, found by shortest augmentation (Edmonds and Karp, 1972). */
export function maxFlow(net: CreditNet): Pay {
  return (one) => {
    let rest = one.amount;
    const before: { readonly way: number[]; readonly amount: number }[] = [];
    while (rest > 0) {
      const way = shortestWay(net, one, (edge) => (net.capacity[edge] ?? 0) > 0);
      if (way === undefined) break;
      const amount = Math.min(rest, widthOf(net, way));
      moveAlong(net, way, amount);
      before.push({ way, amount });
      rest -= amount;
    }
    if (rest === 0) return true;
    for (const { way, amount } of before.reverse()) moveBack(net, way, amount);
    return false;
  };
}

/**
 * Embedding-based routing in the manner of SpeedyMurmurs (Roos et al., NDSS 2018): each of `trees`
 * spanning trees carries an even share, each hop going to a neighbour that is nearer in the tree and has
 * enough; fixed trees, no retries.
 */
export function landmarkTrees(net: CreditNet, roots: readonly number[]): Pay {
  const embeddings = roots.map((root) => embed(net, root));
  return (one) => {
    const share = Math.floor(one.amount / embeddings.length);
    const done: { readonly way: number[]; readonly amount: number }[] = [];
    for (const [index, places] of embeddings.entries()) {
      const amount = index === 0 ? one.amount - share * (embeddings.length - 1) : share;
      const way = amount === 0 ? [] : greedyWay(net, places, one, amount);
      if (way === undefined) {
        for (const part of done.reverse()) moveBack(net, part.way, part.amount);
        return false;
      }
      moveAlong(net, way, amount);
      done.push({ way, amount });
    }
    return true;
  };
}

/** For each place, the places from the root to it. */
function embed(net: CreditNet, root: number): (readonly number[])[] {
  const paths: (readonly number[])[] = Array.from({ length: net.size }, () => []);
  paths[root] = [root];
  const queue = [root];
  for (const at of queue) {
    for (let edge = net.first[at] ?? 0; edge < (net.first[at + 1] ?? 0); edge++) {
      const next = net.to[edge] ?? 0;
      if (paths[next]?.length !== 0) continue;
      paths[next] = [...(paths[at] ?? []), next];
      queue.push(next);
    }
  }
  return paths;
}

function treeDistance(a: readonly number[], b: readonly number[]): number {
  let common = 0;
  while (common < a.length && a[common] === b[common]) common++;
  return a.length + b.length - 2 * common;
}

function greedyWay(
  net: CreditNet,
  paths: readonly (readonly number[])[],
  { from, to }: Demand,
  amount: number,
): number[] | undefined {
  const goal = paths[to] ?? [];
  const way: number[] = [];
  for (let at = from; at !== to; ) {
    const edge = nearestEdge(net, paths, at, goal, amount);
    if (edge === NONE) return undefined;
    way.push(edge);
    at = net.to[edge] ?? 0;
  }
  return way;
}

/** The edge with enough to whoever is nearest to the goal, and nearer than this place; or NONE. */
function nearestEdge(
  net: CreditNet,
  paths: readonly (readonly number[])[],
  at: number,
  goal: readonly number[],
  amount: number,
): number {
  let least = treeDistance(paths[at] ?? [], goal);
  let chosen = NONE;
  for (let edge = net.first[at] ?? 0; edge < (net.first[at + 1] ?? 0); edge++) {
    if ((net.capacity[edge] ?? 0) < amount) continue;
    const distance = treeDistance(paths[net.to[edge] ?? 0] ?? [], goal);
    if (distance >= least) continue;
    least = distance;
    chosen = edge;
  }
  return chosen;
}
