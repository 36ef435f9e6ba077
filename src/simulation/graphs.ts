import type { Random } from "../ports/random.ts";
import { SimulationError } from "./errors.ts";
import { LinkSet } from "./link-set.ts";

/** Places 0 … size-1 and the undirected links between them, each named once, smaller place first. */
export interface Graph {
  readonly name: string;
  readonly size: number;
  readonly links: readonly (readonly [number, number])[];
  /** One cost per link, the same both ways; where there are none, all links are alike. */
  readonly costs?: ArrayLike<number>;
}

/** A chain: 0 - 1 - 2 - … */
export function lineGraph(size: number): Graph {
  return graphOf("line", size, chain(size));
}

/** A chain whose ends meet; a chain where there are fewer than three places. */
export function ringGraph(size: number): Graph {
  return graphOf("ring", size, size < 3 ? chain(size) : [...chain(size), [0, size - 1]]);
}

/** A street grid as square as `size` allows; the last row may be shorter. */
export function gridGraph(size: number): Graph {
  const width = Math.max(1, Math.ceil(Math.sqrt(size)));
  const links: [number, number][] = [];
  for (let at = 0; at < size; at++) {
    if ((at + 1) % width !== 0 && at + 1 < size) links.push([at, at + 1]);
    if (at + width < size) links.push([at, at + width]);
  }
  return graphOf("grid", size, links);
}

/** A random tree with about `extraLinks` further links across it: connected, small, uneven. */
export function treeGraph(random: Random, size: number, extraLinks: number): Graph {
  const links: [number, number][] = [];
  for (let at = 1; at < size; at++) links.push([random.u32() % at, at]);
  for (let extra = 0; extra < extraLinks && size > 2; extra++) {
    const a = random.u32() % size;
    const b = random.u32() % size;
    if (a !== b) links.push([a, b]);
  }
  return graphOf("tree", size, links);
}

/** One of the small graphs above, drawn from `random`; trees with extra links most often. */
export function randomGraph(random: Random, size: number): Graph {
  const dice = random.u32() % 8;
  if (dice === 0) return lineGraph(size);
  if (dice === 1) return ringGraph(size);
  if (dice === 2) return gridGraph(size);
  return treeGraph(random, size, Math.ceil(size / 2));
}

/** What a file with a measured network says: numbered nodes, and links that begin with two of them. */
export interface LinkList {
  readonly name: string;
  readonly nodes: number;
  readonly links: readonly (readonly unknown[])[];
}

/**
 * The graph of a link list, for instance of a community network.
 * @throws SimulationError("bad-plan") where a link does not join two of its nodes
 */
export function graphFromLinks(list: LinkList): Graph {
  const links = list.links.map(([a, b]): [number, number] => {
    if (isPlace(a, list.nodes) && isPlace(b, list.nodes)) return [a, b];
    throw new SimulationError("bad-plan", `${list.name}: ${a} - ${b} is no link of its nodes.`);
  });
  return graphOf(list.name, list.nodes, links);
}

/** Whether every chosen place reaches every other over chosen places only. */
export function isConnected(graph: Graph, chosen: (place: number) => boolean): boolean {
  const places = Array.from({ length: graph.size }, (_, place) => place).filter(chosen);
  const [first] = places;
  return first === undefined || reachableFrom(graph, first, chosen).size === places.length;
}

/** The chosen places that a chosen place reaches over chosen places, itself among them. */
export function reachableFrom(
  graph: Graph,
  start: number,
  chosen: (place: number) => boolean,
): ReadonlySet<number> {
  const beside: number[][] = Array.from({ length: graph.size }, () => []);
  for (const [a, b] of graph.links) {
    beside[a]?.push(b);
    beside[b]?.push(a);
  }
  const seen = new Set([start]);
  for (const at of seen) {
    for (const next of beside[at] ?? []) if (chosen(next)) seen.add(next);
  }
  return seen;
}

function chain(size: number): [number, number][] {
  return Array.from({ length: Math.max(0, size - 1) }, (_, at) => [at, at + 1]);
}

function isPlace(value: unknown, size: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < size;
}

/** Drops loops and repetitions. */
function graphOf(name: string, size: number, raw: readonly (readonly [number, number])[]): Graph {
  const links = new LinkSet(size);
  for (const [a, b] of raw) links.add(a, b);
  return { name, size, links: links.links };
}
