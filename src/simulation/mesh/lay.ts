import type { Graph } from "../graphs.ts";
import type { LinkTraits } from "./types.ts";
import type { MeshWorld } from "./world.ts";

/** What a hop costs before its round trip counts (see the link room's estimator). */
const HOP_COST = 24;
/** Delay of the quickest link, in milliseconds. */
const DELAY_MS_MIN = 0.5;

/**
 * Lays all links of a graph, with its costs; other traits are the same for all. Where a graph has
 * costs and no delay is given, each link has the delay that such a cost stands for: sessions choose
 * by what they measure, so cost and delay must not contradict each other.
 */
export function layGraph(
  world: MeshWorld,
  graph: Graph,
  traits: Partial<LinkTraits> = {},
  delayOfCost: (cost: number) => number = delayOf,
): void {
  graph.links.forEach(([a, b], index) => {
    const cost = graph.costs?.[index];
    const delayMs = cost === undefined ? undefined : delayOfCost(cost);
    world.join(a, b, {
      ...(delayMs === undefined ? {} : { delayMs }),
      ...traits,
      cost: cost ?? traits.cost ?? 1,
    });
  });
}

/** Delay of a link of this cost that loses nothing, in milliseconds one way. */
export function delayOf(cost: number): number {
  return Math.max(DELAY_MS_MIN, (cost - HOP_COST) / 2);
}

/** The graph of all links that are whole at present, at the costs of the smaller place's side. */
export function currentGraph(world: MeshWorld, name = "present"): Graph {
  const links: [number, number][] = [];
  const costs: number[] = [];
  for (const { number, sides } of world.places) {
    for (const side of sides.values()) {
      if (side.to < number || !side.up || !side.wire.connected) continue;
      links.push([number, side.to]);
      costs.push(side.cost);
    }
  }
  return { name, size: world.places.length, links, costs };
}
