import { must } from "../../base/errors.ts";
import type { Random } from "../../ports/random.ts";
import { pick } from "../dice.ts";
import type { Scheme } from "./types.ts";

/** What ways are made of: edges, and what introducers are careful with. */
export type Edges = Pick<Scheme, "load" | "isStrained" | "isTainted">;

/** Edges between two honest people, at most: with three introducers there are four. */
const EDGES_MAX = 4;
/** No place. */
const NONE = -1;

/** What a way must be like. */
export interface WayTerms {
  /** Whether what is to go this way has come to its first place over a tainted edge. */
  readonly isTainted?: boolean;
  readonly edgesMax?: number;
}

/** Finds ways between places of one graph. */
export class WayFinder {
  readonly #random: Random;
  readonly #friends: readonly (readonly number[])[];
  /** What is reached from the one who begins, and from where it is to come to. */
  readonly #ahead: Reach;
  readonly #behind: Reach;

  constructor(random: Random, friends: readonly (readonly number[])[]) {
    this.#random = random;
    this.#friends = friends;
    this.#ahead = new Reach(friends.length);
    this.#behind = new Reach(friends.length);
  }

  /**
   * A shortest path, of at most four edges where the terms say nothing else, each of which takes an
   * introduction now, or undefined. It sees the whole graph: no real search is better, so that
   * nothing here protects anybody by accident. Of equally short ways one that little is under way
   * on is chosen.
   */
  find(
    edges: Edges,
    from: number,
    to: number,
    terms: WayTerms = {},
  ): readonly number[] | undefined {
    const { isTainted = false, edgesMax = EDGES_MAX } = terms;
    const [ahead, behind] = [this.#ahead, this.#behind];
    ahead.start(stateOf(from, isTainted));
    behind.start(stateOf(to, false));
    for (let count = 0; ; count++) {
      const meeting = this.#meetings();
      if (meeting.length > 0) return this.#leastLoaded(meeting);
      if (count === edgesMax) return undefined;
      if (count % 2 === 0) this.#goOn(ahead, (state, other) => onward(edges, state, other));
      else this.#goOn(behind, (state, other) => backward(edges, state, other));
    }
  }

  #goOn(reach: Reach, stepOf: (state: number, other: number) => Step | undefined): void {
    for (const state of reach.begin()) {
      for (const other of this.#friends[placeOf(state)] ?? []) {
        // Whoever is reached over a good edge needs no bad one.
        if (reach.isKnown(stateOf(other, false))) continue;
        const step = stepOf(state, other);
        if (step === undefined || reach.isKnown(step.state)) continue;
        const load = reach.loadOf(state) + step.load;
        const before = reach.isNew(step.state) ? undefined : reach.loadOf(step.state);
        if (this.#isBetter(load, before)) reach.put(step.state, state, load);
      }
    }
  }

  /** Among equals a later way takes the place of an earlier one half of the time. */
  #isBetter(load: number, before: number | undefined): boolean {
    if (before === undefined || load < before) return true;
    return load === before && this.#random.u32() % 2 === 0;
  }

  #meetings(): readonly Meeting[] {
    const found: Meeting[] = [];
    for (const ahead of this.#ahead.front) {
      for (const isBad of isBadState(ahead) ? [false] : [false, true]) {
        const behind = stateOf(placeOf(ahead), isBad);
        if (this.#behind.isInFront(behind)) found.push({ ahead, behind });
      }
    }
    return found;
  }

  #leastLoaded(meeting: readonly Meeting[]): readonly number[] | undefined {
    const loadOf = (one: Meeting): number =>
      this.#ahead.loadOf(one.ahead) + this.#behind.loadOf(one.behind);
    const least = Math.min(...meeting.map(loadOf));
    const best = meeting.filter((one) => loadOf(one) === least);
    const { ahead, behind } = pick(this.#random, best);
    const path = [...this.#ahead.wayTo(ahead).reverse(), ...this.#behind.wayTo(behind).slice(1)];
    // Whoever is passed twice, over a bad edge first, would refuse the second time.
    return new Set(path).size === path.length ? path : undefined;
  }
}

/** An introducer at whom a way from one end and a way from the other come together. */
interface Meeting {
  readonly ahead: number;
  readonly behind: number;
}

/** One edge further: where to, and what is under way over that edge. */
interface Step {
  readonly state: number;
  readonly load: number;
}

/**
 * A place, and whether it is reached over a bad edge. Ahead, from the one who begins, that is one
 * over which it is tainted; behind, one that is strained. Not both may meet at one introducer.
 */
function stateOf(place: number, isBad: boolean): number {
  return place * 2 + Number(isBad);
}

const placeOf = (state: number): number => state >> 1;
const isBadState = (state: number): boolean => state % 2 === 1;

function onward(edges: Edges, state: number, to: number): Step | undefined {
  const at = placeOf(state);
  const load = edges.load(at, to);
  if (load === undefined || (isBadState(state) && edges.isStrained(at, to))) return undefined;
  return { state: stateOf(to, edges.isTainted(at, to)), load };
}

function backward(edges: Edges, state: number, from: number): Step | undefined {
  const at = placeOf(state);
  const load = edges.load(from, at);
  if (load === undefined || (isBadState(state) && edges.isTainted(from, at))) return undefined;
  return { state: stateOf(from, edges.isStrained(from, at)), load };
}

/** What is reached from one end, in layers of equal distance; used for one search after another. */
class Reach {
  /** The layer in which a state was reached, counted over all searches. */
  readonly #layers: Int32Array;
  readonly #via: Int32Array;
  readonly #loads: Int32Array;
  #first = 1;
  #layer = 0;
  front: number[] = [];

  constructor(places: number) {
    this.#layers = new Int32Array(2 * places);
    this.#via = new Int32Array(2 * places);
    this.#loads = new Int32Array(2 * places);
  }

  start(state: number): void {
    this.#layer++;
    this.#first = this.#layer;
    this.front = [];
    this.put(state, NONE, 0);
  }

  /** Begins the next layer. @returns the one before */
  begin(): readonly number[] {
    const { front } = this;
    this.#layer++;
    this.front = [];
    return front;
  }

  /** Whether a state was reached in an earlier layer. */
  isKnown(state: number): boolean {
    const layer = this.#layers[state] ?? 0;
    return layer >= this.#first && layer < this.#layer;
  }

  /** Whether a state is not reached in this layer yet. */
  isNew(state: number): boolean {
    return this.#layers[state] !== this.#layer;
  }

  isInFront(state: number): boolean {
    return this.#layers[state] === this.#layer;
  }

  loadOf(state: number): number {
    return must(this.#loads[state], "the state is of this graph");
  }

  put(state: number, via: number, load: number): void {
    if (this.isNew(state)) this.front.push(state);
    this.#layers[state] = this.#layer;
    this.#via[state] = via;
    this.#loads[state] = load;
  }

  /** Places from a state back to where the search began. */
  wayTo(state: number): number[] {
    const places: number[] = [];
    for (let at = state; at !== NONE; at = this.#via[at] ?? NONE) places.push(placeOf(at));
    return places;
  }
}
