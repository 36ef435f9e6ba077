import type { PersonId } from "../../identity/index.ts";
import type { Pasts } from "./pasts.ts";
import type { Body, Entry } from "./types.ts";

/** What somebody may do: take part, or administer. */
export type Level = 1 | 2;

/** What an operation needs that is neither genesis, vote nor join. */
export function levelOf(kind: Body["t"]): Level {
  return kind === "leave" ? 1 : 2;
}

/** Seniority: who is nearer to the genesis, then whose adder added earlier, then the smaller id. */
export interface Rank {
  readonly depth: number;
  readonly seq: number;
  readonly id: string;
}

/** Negative where `a` is senior to `b`. */
export function compareRanks(a: Rank, b: Rank): number {
  if (a.depth !== b.depth) return a.depth - b.depth;
  if (a.seq !== b.seq) return a.seq - b.seq;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Something that lets a person in, or up. */
export interface Grant {
  readonly level: Level;
  /** Places of operations one of which the person's own operations must point at. */
  readonly places: readonly number[];
  /** Whether the person's operations count without pointing at it. */
  readonly isFree: boolean;
  /** The owners' decision that it comes from, or 0. */
  readonly version: number;
  /** What the person is called by whoever let them in; empty where nothing is said. */
  readonly label: string;
  readonly by: PersonId;
  /** The seniority that it gives; of several grants the most senior one is shown. */
  readonly rank: Rank;
}

/** Something that shuts a person out (level 1), or takes the administration from them (2). */
export interface End {
  readonly level: Level;
  /** Places of the removal, or of the votes for it. */
  readonly places: readonly number[];
  /** How many of the places one must have seen to know of it. */
  readonly needed: number;
  /** The owners' decision that it comes from, or 0. */
  readonly version: number;
  /** What the epoch is made of: the id of the operation or the decision. */
  readonly id: string;
}

/** All that counts for one person. */
export interface Standing {
  readonly person: PersonId;
  /** Undefined as long as nobody has let them in. */
  rank: Rank | undefined;
  /** Owners, and who once was one: only owners together may remove them. */
  isRoot: boolean;
  readonly grants: Grant[];
  /** The most senior word by which an owner was let in, too: it gives nothing but what they are called. */
  called: Grant | undefined;
  readonly ends: End[];
  readonly leaves: number[];
}

/** A person of whom nothing is known yet. */
export function newStanding(person: PersonId): Standing {
  const nothing = { rank: undefined, isRoot: false, called: undefined };
  return { person, ...nothing, grants: [], ends: [], leaves: [] };
}

/** What the author of the grant had seen of the end: it lets in again. */
function isOver(pasts: Pasts, grant: Grant, end: End): boolean {
  if (grant.version > 0 && end.version > 0) return grant.version > end.version;
  const place = grant.places[0];
  if (place === undefined) return false;
  let seen = 0;
  for (const one of end.places) if (pasts.has(place, one)) seen++;
  return seen >= end.needed;
}

/**
 * Whether an operation of a person counts.
 * @param level what it needs
 * @param at the place that must be in the past of everything that shuts the person out
 */
export function mayAct(
  pasts: Pasts,
  standing: Standing,
  { named }: Pick<Entry, "named">,
  at: number,
  level: Level,
): boolean {
  for (const grant of standing.grants) {
    if (grant.level < level || !isPointedAt(grant, named)) continue;
    if (holdsAt(pasts, standing, grant, at, level)) return true;
  }
  return false;
}

function isPointedAt({ isFree, places }: Grant, named: readonly number[]): boolean {
  if (isFree) return true;
  for (const place of places) if (named.includes(place)) return true;
  return false;
}

/** Whether nothing that shuts the person out keeps the grant from covering this place. */
function holdsAt(
  pasts: Pasts,
  { ends, leaves }: Standing,
  grant: Grant,
  at: number,
  level: Level,
): boolean {
  for (const end of ends) {
    if (end.level > level || hasSeen(pasts, end.places, at)) continue;
    if (!isOver(pasts, grant, end)) return false;
  }
  for (const leave of leaves) {
    if (pasts.has(at, leave) && !isAfter(pasts, grant, leave)) return false;
  }
  return true;
}

function isAfter(pasts: Pasts, grant: Grant, leave: number): boolean {
  return hasSeen(pasts, grant.places, leave);
}

/** Whether one of the places has another in its past. */
function hasSeen(pasts: Pasts, places: readonly number[], other: number): boolean {
  for (const place of places) if (pasts.has(place, other)) return true;
  return false;
}

/** The grant by which a person has at least this level now; undefined without one. */
export function grantOf(pasts: Pasts, standing: Standing, level: Level): Grant | undefined {
  return mostSenior(
    standing.grants.filter(
      (grant) =>
        grant.level >= level &&
        standing.ends.every((end) => end.level > level || isOver(pasts, grant, end)) &&
        standing.leaves.every((leave) => isAfter(pasts, grant, leave)),
    ),
  );
}

/** The grant that gives the highest seniority: the same one, whatever came here first. */
export function mostSenior(grants: readonly Grant[]): Grant | undefined {
  let best: Grant | undefined;
  for (const grant of grants) {
    if (best === undefined || compareRanks(grant.rank, best.rank) < 0) best = grant;
  }
  return best;
}
