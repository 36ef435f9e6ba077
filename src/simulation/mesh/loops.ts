import type { PeerId } from "../../identity/index.ts";
import type { MeshWorld } from "./world.ts";

/**
 * Follows next hops after every step. A step changes the next hops of one place only, so a new
 * loop leads through it: what changed there is followed, and nothing else has to be.
 */
export class LoopWatch {
  /** Loops found so far: each time that a changed next hop closed one. */
  loops = 0;
  /** Changed next hops that were followed. */
  followed = 0;
  /** Of the first loop: destination, and a place on it. */
  first:
    | { readonly destination: number; readonly place: number; readonly atMs: number }
    | undefined;
  readonly #world: MeshWorld;
  readonly #destinations: readonly { readonly place: number; readonly id: PeerId }[];
  /** The next hop of each place to each destination watched; -1: none. */
  readonly #next: readonly Int32Array[];

  constructor(world: MeshWorld, destinations: readonly number[]) {
    this.#world = world;
    this.#destinations = destinations.map((place) => ({ place, id: world.place(place).id }));
    this.#next = destinations.map(() => new Int32Array(world.places.length).fill(-1));
  }

  /** Looks at a place that may have changed its mind; to be called after each of its steps. */
  step(place: number): void {
    const { router } = this.#world.place(place);
    this.#destinations.forEach(({ place: to, id }, index) => {
      const next = this.#next[index];
      if (next === undefined || place === to) return;
      const hop = router?.nextHop(id);
      const now = hop === undefined ? -1 : this.#world.placeOf(hop);
      if (next[place] === now) return;
      next[place] = now;
      this.followed++;
      if (now >= 0 && comesBack(next, place, to)) this.#note(to, place);
    });
  }

  /** Looks at all places at once. */
  stepAll(): void {
    for (const { number } of this.#world.places) this.step(number);
  }

  #note(destination: number, place: number): void {
    this.loops++;
    this.first ??= { destination, place, atMs: this.#world.nowMs };
  }
}

function comesBack(next: Int32Array, start: number, to: number): boolean {
  let at = next[start] ?? -1;
  for (let hops = 0; at >= 0 && at !== to && hops <= next.length; hops++) {
    if (at === start) return true;
    at = next[at] ?? -1;
  }
  return false;
}
