import { must } from "../../base/errors.ts";
import type { Random } from "../../ports/random.ts";
import { gnmGraph } from "../graph-models.ts";
import type { Graph } from "../graphs.ts";
import { LinkSet } from "../link-set.ts";

/** Cables between every two islands. */
const CABLES = 3;

/** A network that can fall apart into islands, each of which holds together. */
export interface Archipelago {
  readonly graph: Graph;
  /** The island of every place. */
  readonly islandOf: readonly number[];
}

/** A random graph for every island, and a few cables between every two of them. */
export function archipelago(random: Random, sizes: readonly number[]): Archipelago {
  const islandOf = sizes.flatMap((size, island) => Array.from({ length: size }, () => island));
  const links = new LinkSet(islandOf.length);
  const first = sizes.map((_, island) => islandOf.indexOf(island));
  const draw = (island: number): number =>
    must(first[island], "known") + (random.u32() % must(sizes[island], "known"));
  for (const [island, size] of sizes.entries()) {
    const from = must(first[island], "known");
    for (const [a, b] of gnmGraph(random, size).links) links.add(from + a, from + b);
    for (let other = 0; other < island; other++) {
      for (let cable = 0; cable < CABLES; cable++) links.add(draw(island), draw(other));
    }
  }
  return { graph: { name: "islands", size: islandOf.length, links: links.links }, islandOf };
}
