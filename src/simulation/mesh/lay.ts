import type { Graph } from "../graphs.ts";
import type { LinkTraits } from "./types.ts";
import type { MeshWorld } from "./world.ts";

/** Lays all links of a graph, with its costs; other traits are the same for all. */
export function layGraph(world: MeshWorld, graph: Graph, traits: Partial<LinkTraits> = {}): void {
  graph.links.forEach(([a, b], index) => {
    world.join(a, b, { ...traits, cost: graph.costs?.[index] ?? traits.cost ?? 1 });
  });
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
