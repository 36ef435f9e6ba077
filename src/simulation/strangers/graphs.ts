import type { Random } from "../../ports/random.ts";
import { chance, pick } from "../dice.ts";
import type { Graph } from "../graphs.ts";
import { LinkSet } from "../link-set.ts";

/**
 * Friendships that grow like real ones: each newcomer befriends `each` people, the well-known ones
 * first, and with probability `triads` a friend of the last one (Holme and Kim, 2002).
 */
export function holmeKimGraph(random: Random, size: number, each: number, triads: number): Graph {
  const links = new LinkSet(size);
  const ends: number[] = [];
  const friends: number[][] = Array.from({ length: size }, () => []);
  const befriend = (a: number, b: number): boolean => {
    if (!links.add(a, b)) return false;
    ends.push(a, b);
    friends[a]?.push(b);
    friends[b]?.push(a);
    return true;
  };
  const join = (at: number): void => {
    let around: readonly number[] = [];
    for (let made = 0; made < each; ) {
      const isTriad = around.length > 0 && chance(random, triads);
      const to = isTriad ? pick(random, around) : pick(random, ends);
      const isMade = befriend(at, to);
      if (isMade) made++;
      if (!isMade) around = [];
      else if (!isTriad) around = friends[to] ?? [];
    }
  };
  for (let at = 0; at < size; at++) {
    if (at > each) join(at);
    else for (let other = 0; other < at; other++) befriend(at, other);
  }
  return { name: "Holme-Kim", size, links: links.links };
}

/** A ring in which each knows the `degree` next ones, links moved at random with `beta` (Watts and Strogatz, 1998). */
export function wattsStrogatzGraph(
  random: Random,
  size: number,
  degree: number,
  beta: number,
): Graph {
  const links = new LinkSet(size);
  for (let at = 0; at < size; at++) {
    for (let step = 1; step <= degree / 2; step++) {
      let to = (at + step) % size;
      if (chance(random, beta)) to = random.u32() % size;
      while (!links.add(at, to)) to = random.u32() % size;
    }
  }
  return { name: "Watts-Strogatz", size, links: links.links };
}
