import type { Random } from "../../ports/random.ts";
import { pick } from "../dice.ts";
import type { Scheme } from "./types.ts";

/** What ways are made of: edges, and what introducers are careful with. */
export type Edges = Pick<Scheme, "load" | "isStrained" | "isTainted">;

/** Edges between two honest people, at most: with three introducers there are four. */
const EDGES_MAX = 4;

/** What a way must be like. */
export interface WayTerms {
  /** Whether what is to go this way has come to its first place over a tainted edge. */
  readonly isTainted?: boolean;
  readonly edgesMax?: number;
}

/** A place at the end of a way, and whether its last edge (ahead) or first edge (behind) is bad. */
interface Reached {
  readonly place: number;
  /** Ahead: it is tainted. Behind: it is strained. Not both may meet at one introducer. */
  readonly isBad: boolean;
  readonly via: Reached | undefined;
  readonly load: number;
}

/** Places at one distance, by place and by whether they are reached over a bad edge. */
type Layer = Map<number, Reached>;

/**
 * A shortest path, of at most four edges where the terms say nothing else, each of which takes an introduction now, or undefined. It
 * sees the whole graph: no real search is better, so that nothing here protects anybody by accident.
 * Of equally short ways one that little is under way on is chosen.
 */
export function findWay(
  random: Random,
  friends: readonly (readonly number[])[],
  edges: Edges,
  from: number,
  to: number,
  { isTainted = false, edgesMax = EDGES_MAX }: WayTerms = {},
): readonly number[] | undefined {
  const start = { place: from, isBad: isTainted, via: undefined, load: 0 };
  const end = { place: to, isBad: false, via: undefined, load: 0 };
  const ahead: Layer[] = [new Map([[keyOf(start), start]])];
  const behind: Layer[] = [new Map([[keyOf(end), end]])];
  for (let count = 0; count <= edgesMax; count++) {
    const [front, back] = [ahead.at(-1), behind.at(-1)];
    if (front === undefined || back === undefined) return undefined;
    const meeting = meetings(front, back);
    if (meeting.length > 0) return leastLoaded(random, meeting);
    if (count === edgesMax) return undefined;
    if (count % 2 === 0) ahead.push(next(random, friends, ahead, (a, b) => onward(edges, a, b)));
    else behind.push(next(random, friends, behind, (a, b) => backward(edges, a, b)));
  }
  return undefined;
}

type Step = Omit<Reached, "via"> | undefined;

function onward({ load, isStrained, isTainted }: Edges, at: Reached, to: number): Step {
  const more = load(at.place, to);
  if (more === undefined || (at.isBad && isStrained(at.place, to))) return undefined;
  return { place: to, isBad: isTainted(at.place, to), load: at.load + more };
}

function backward({ load, isStrained, isTainted }: Edges, at: Reached, from: number): Step {
  const more = load(from, at.place);
  if (more === undefined || (at.isBad && isTainted(from, at.place))) return undefined;
  return { place: from, isBad: isStrained(from, at.place), load: at.load + more };
}

function keyOf({ place, isBad }: Pick<Reached, "place" | "isBad">): number {
  return place * 2 + Number(isBad);
}

function next(
  random: Random,
  friends: readonly (readonly number[])[],
  known: readonly Layer[],
  stepOf: (at: Reached, other: number) => Step,
): Layer {
  const found: Layer = new Map();
  for (const reached of known.at(-1)?.values() ?? []) {
    for (const other of friends[reached.place] ?? []) {
      // Whoever is reached over a good edge needs no bad one.
      if (isKnown(known, keyOf({ place: other, isBad: false }))) continue;
      const step = stepOf(reached, other);
      if (step === undefined || isKnown(known, keyOf(step))) continue;
      if (isBetter(random, step, found.get(keyOf(step)))) {
        found.set(keyOf(step), { ...step, via: reached });
      }
    }
  }
  return found;
}

/** Among equals a later way takes the place of an earlier one half of the time. */
function isBetter(
  random: Random,
  { load }: Omit<Reached, "via">,
  than: Reached | undefined,
): boolean {
  if (than === undefined || load < than.load) return true;
  return load === than.load && random.u32() % 2 === 0;
}

function isKnown(known: readonly Layer[], key: number): boolean {
  for (const layer of known) if (layer.has(key)) return true;
  return false;
}

/** An introducer at whom a way from one end and a way from the other come together. */
interface Meeting {
  readonly ahead: Reached;
  readonly behind: Reached;
}

function meetings(front: Layer, back: Layer): readonly Meeting[] {
  const found: Meeting[] = [];
  for (const ahead of front.values()) {
    for (const isBad of ahead.isBad ? [false] : [false, true]) {
      const behind = back.get(keyOf({ place: ahead.place, isBad }));
      if (behind !== undefined) found.push({ ahead, behind });
    }
  }
  return found;
}

function leastLoaded(random: Random, meeting: readonly Meeting[]): readonly number[] | undefined {
  const loadOf = ({ ahead, behind }: Meeting): number => ahead.load + behind.load;
  const least = Math.min(...meeting.map(loadOf));
  const { ahead, behind } = pick(
    random,
    meeting.filter((one) => loadOf(one) === least),
  );
  const path: number[] = [];
  for (let at: Reached | undefined = ahead; at !== undefined; at = at.via) path.unshift(at.place);
  for (let at = behind.via; at !== undefined; at = at.via) path.push(at.place);
  // Whoever is passed twice, over a bad edge first, would refuse the second time.
  return new Set(path).size === path.length ? path : undefined;
}
