import type { Graph } from "./graphs.ts";

/** The links of a graph by place, in flat arrays, and exact shortest ways over them. */
export class Ways {
  readonly size: number;
  /** Where the links of a place begin in `targets` and `costs`; one more than there are places. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly costs: Float64Array;

  constructor({ size, links, costs }: Graph) {
    this.size = size;
    const offsets = new Int32Array(size + 1);
    for (const [a, b] of links) {
      offsets[a + 1] = (offsets[a + 1] ?? 0) + 1;
      offsets[b + 1] = (offsets[b + 1] ?? 0) + 1;
    }
    for (let at = 0; at < size; at++) offsets[at + 1] = (offsets[at + 1] ?? 0) + (offsets[at] ?? 0);
    this.offsets = offsets;
    this.targets = new Int32Array(2 * links.length);
    this.costs = new Float64Array(2 * links.length);
    const next = offsets.slice();
    links.forEach(([a, b], index) => {
      this.#put(next, a, b, costs?.[index] ?? 1);
      this.#put(next, b, a, costs?.[index] ?? 1);
    });
  }

  /** How many links a place has. */
  degree(place: number): number {
    return (this.offsets[place + 1] ?? 0) - (this.offsets[place] ?? 0);
  }

  /** Least sums of cost from one place to all others; Infinity where there is no way. */
  distances(from: number, without: Without = {}): Float64Array {
    return this.search(from, without).distance;
  }

  /** Distances, the places in order of distance, and the place before each on its shortest way. */
  search(from: number, without: Without = {}): Search {
    const { placesMax = this.size } = without;
    const distance = new Float64Array(this.size).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(this.size).fill(-1);
    const done = new Uint8Array(this.size);
    const order: number[] = [];
    const heap = new DistanceHeap();
    distance[from] = 0;
    heap.push(0, from);
    while (heap.size > 0 && order.length < placesMax) {
      const at = heap.pop();
      if (done[at] === 1) continue;
      done[at] = 1;
      order.push(at);
      this.#relax(at, without, { distance, before }, heap);
    }
    return { distance, before, order };
  }

  #relax(
    at: number,
    { place, link }: Without,
    { distance, before }: Pick<Search, "distance" | "before">,
    heap: DistanceHeap,
  ): void {
    const end = this.offsets[at + 1] ?? 0;
    for (let index = this.offsets[at] ?? 0; index < end; index++) {
      const to = this.targets[index] ?? 0;
      if (to === place || isLink(link, at, to)) continue;
      const far = (distance[at] ?? 0) + (this.costs[index] ?? 0);
      if (far >= (distance[to] ?? 0)) continue;
      distance[to] = far;
      before[to] = at;
      heap.push(far, to);
    }
  }

  #put(next: Int32Array, from: number, to: number, cost: number): void {
    const at = next[from] ?? 0;
    this.targets[at] = to;
    this.costs[at] = cost;
    next[from] = at + 1;
  }
}

/** What a search leaves out, and how many places it stops at. */
export interface Without {
  readonly place?: number;
  readonly link?: readonly [number, number];
  readonly placesMax?: number;
}

/** What a search has found. */
export interface Search {
  /** Not final for places that are not in `order`. */
  readonly distance: Float64Array;
  readonly before: Int32Array;
  readonly order: readonly number[];
}

function isLink(link: Without["link"], a: number, b: number): boolean {
  if (link === undefined) return false;
  return (link[0] === a && link[1] === b) || (link[0] === b && link[1] === a);
}

/** A binary heap of places by distance, then by number, in two flat lists. */
class DistanceHeap {
  readonly #keys: number[] = [];
  readonly #places: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  push(key: number, place: number): void {
    let at = this.#keys.length;
    this.#keys.push(key);
    this.#places.push(place);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(key, place, parent)) break;
      this.#set(at, this.#keys[parent] ?? 0, this.#places[parent] ?? 0);
      at = parent;
    }
    this.#set(at, key, place);
  }

  /** The nearest place; -1 where there is none. */
  pop(): number {
    const first = this.#places[0] ?? -1;
    const key = this.#keys.pop() ?? 0;
    const place = this.#places.pop() ?? -1;
    const size = this.#keys.length;
    if (size === 0) return first;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#isBelow(child + 1, child)) child++;
      if (this.#isBefore(key, place, child)) break;
      this.#set(at, this.#keys[child] ?? 0, this.#places[child] ?? 0);
      at = child;
    }
    this.#set(at, key, place);
    return first;
  }

  #isBelow(a: number, b: number): boolean {
    return this.#isBefore(this.#keys[a] ?? 0, this.#places[a] ?? 0, b);
  }

  #isBefore(key: number, place: number, other: number): boolean {
    const theirs = this.#keys[other] ?? 0;
    return key < theirs || (key === theirs && place < (this.#places[other] ?? 0));
  }

  #set(at: number, key: number, place: number): void {
    this.#keys[at] = key;
    this.#places[at] = place;
  }
}
