import type { Random } from "../../ports/random.ts";
import type { Graph } from "../graphs.ts";
import { LinkSet } from "../link-set.ts";

/** Share of the links of a small world that are laid anew. */
const REWIRED = 0.1;

/** A ring in which each place has `degree` neighbours, a tenth of the links laid anew (Watts and Strogatz, 1998). */
export function smallWorldGraph(random: Random, size: number, degree: number): Graph {
  const links = new LinkSet(size);
  for (let step = 1; step <= degree / 2; step++) {
    for (let at = 0; at < size; at++) {
      const isRewired = random.u32() < REWIRED * 2 ** 32;
      if (!isRewired) {
        links.add(at, (at + step) % size);
        continue;
      }
      while (!links.add(at, random.u32() % size));
    }
  }
  return { name: "small-world", size, links: links.links };
}

/** Each new place links to `each` others, the likelier the more links they have (Barabasi and Albert, 1999). */
export function preferentialGraph(random: Random, size: number, each: number): Graph {
  const links = new LinkSet(size);
  const ends: number[] = [];
  for (let at = 1; at < size; at++) {
    let wanted = Math.min(each, at);
    while (wanted > 0) {
      const to = at <= each ? random.u32() % at : (ends[random.u32() % ends.length] ?? 0);
      if (!links.add(at, to)) continue;
      ends.push(at, to);
      wanted--;
    }
  }
  return { name: "scale-free", size, links: links.links };
}
