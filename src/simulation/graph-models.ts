import type { Random } from "../ports/random.ts";
import type { Graph } from "./graphs.ts";
import { Components, LinkSet } from "./link-set.ts";

/** Neighbours that a place of a drawn graph has in the mean. */
export const MEAN_DEGREE = 8;

/** A random graph G(n, m) of mean degree 8 (Erdos and Renyi, 1959), joined up where it falls apart. */
export function gnmGraph(random: Random, size: number): Graph {
  const links = new LinkSet(size);
  const wanted = linkCount(size);
  while (links.links.length < wanted) links.add(random.u32() % size, random.u32() % size);
  joinAtRandom(links, random, size);
  return { name: "random", size, links: links.links };
}

/**
 * Places in a unit square, linked where they are near: mean degree about 8, less at the edges. What
 * stands apart is linked to the nearest place that does not.
 */
export function geometricGraph(random: Random, size: number): Graph {
  const radius = Math.sqrt(MEAN_DEGREE / (Math.PI * size));
  const x = Float64Array.from({ length: size }, () => random.u32() / 2 ** 32);
  const y = Float64Array.from({ length: size }, () => random.u32() / 2 ** 32);
  const far = (a: number, b: number): number =>
    Math.hypot((x[a] ?? 0) - (x[b] ?? 0), (y[a] ?? 0) - (y[b] ?? 0));
  const links = new LinkSet(size);
  const across = Math.max(1, Math.floor(1 / radius));
  const cell = (at: number): number =>
    Math.floor((x[at] ?? 0) * across) + across * Math.floor((y[at] ?? 0) * across);
  const cells: number[][] = Array.from({ length: across * across }, () => []);
  for (let at = 0; at < size; at++) cells[cell(at)]?.push(at);
  for (let at = 0; at < size; at++) {
    for (const other of around(cells, across, cell(at))) {
      if (other > at && far(at, other) <= radius) links.add(at, other);
    }
  }
  joinNearest(links, size, far);
  return { name: "geometric", size, links: links.links };
}

/** Each new place links to 4 others, the more likely the more links they have (Barabasi and Albert, 1999). */
export function scaleFreeGraph(random: Random, size: number): Graph {
  const each = MEAN_DEGREE / 2;
  const links = new LinkSet(size);
  const ends: number[] = [];
  for (let at = 1; at < size; at++) {
    const before = links.links.length;
    while (links.links.length - before < Math.min(each, at)) {
      // A full first few places; after that, a place as often as it has links.
      const to = at <= each ? random.u32() % at : (ends[random.u32() % ends.length] ?? 0);
      if (links.add(at, to)) ends.push(at, to);
    }
  }
  return { name: "scale-free", size, links: links.links };
}

/**
 * A planted partition: groups of about 2 sqrt(n) places, of mean degree 7 inside and 1 across, with
 * mean degree 8 in all; joined up where it falls apart.
 */
export function communityGraph(random: Random, size: number): Graph {
  const groups = Math.max(2, Math.round(Math.sqrt(size) / 2));
  const perGroup = Math.ceil(size / groups);
  const links = new LinkSet(size);
  const wanted = linkCount(size);
  const last = size - perGroup * (groups - 1);
  const insidePairs = (groups - 1) * pairs(perGroup) + pairs(Math.max(0, last));
  const inside = Math.min(
    Math.round((wanted * (MEAN_DEGREE - 1)) / MEAN_DEGREE),
    Math.floor(insidePairs * 0.9),
  );
  while (links.links.length < wanted) {
    const a = random.u32() % size;
    const first = a - (a % perGroup);
    const isInside = links.links.length < inside;
    const b = isInside
      ? first + (random.u32() % Math.min(perGroup, size - first))
      : random.u32() % size;
    if (isInside || b < first || b >= first + perGroup) links.add(a, b);
  }
  joinAtRandom(links, random, size);
  return { name: "community", size, links: links.links };
}

/** As many links as give the mean degree, and no more than there are pairs. */
function linkCount(size: number): number {
  // Small communities are full long before that many links lie inside them.
  return Math.min((size * MEAN_DEGREE) / 2, Math.floor(pairs(size) / 2));
}

function pairs(size: number): number {
  return (size * (size - 1)) / 2;
}

function joinAtRandom(links: LinkSet, random: Random, size: number): void {
  const components = new Components(size, links.links);
  for (let at = 1; at < size; at++) {
    while (components.of(at) !== components.of(0)) {
      const other = random.u32() % size;
      if (components.of(other) === components.of(at)) continue;
      links.add(at, other);
      components.join(at, other);
    }
  }
}

function joinNearest(links: LinkSet, size: number, far: (a: number, b: number) => number): void {
  const components = new Components(size, links.links);
  for (let at = 1; at < size; at++) {
    if (components.of(at) === components.of(0)) continue;
    let nearest = -1;
    for (let other = 0; other < size; other++) {
      if (components.of(other) === components.of(at)) continue;
      if (nearest < 0 || far(at, other) < far(at, nearest)) nearest = other;
    }
    links.add(at, nearest);
    components.join(at, nearest);
    // It may have been joined to another one that stands apart: look at it once more.
    at--;
  }
}

function* around(cells: readonly number[][], across: number, cell: number): Iterable<number> {
  const [column, row] = [cell % across, Math.floor(cell / across)];
  for (let y = Math.max(0, row - 1); y <= Math.min(across - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(across - 1, column + 1); x++) {
      yield* cells[y * across + x] ?? [];
    }
  }
}
