import type { PeerId } from "../identity/index.ts";
import { SPARE, UNPROVEN } from "./columns.ts";
import { type Destination, isShortEnough, isUsable, totalBy } from "./destination.ts";
import { METRIC_NONE } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import { isPreferred, isViaUs } from "./select.ts";
import { OWN_SLOT, type Table } from "./table.ts";

/**
 * Another neighbour that could carry a packet on without bringing it back: a feasible one, else
 * one whose distance proves that its way avoids us (loop-free alternate, RFC 5286 section 3.1),
 * else one that may come back to us, but says that it, or somebody further out, can step aside.
 */
export function alternateOf(destination: Destination): Neighbour | undefined {
  let found: Neighbour | undefined;
  let foundRank = 0;
  for (const by of destination.offers) {
    if (by === destination.selected || by.suspect || !isShortEnough(destination, by)) continue;
    const rank = rankAlternate(destination, by);
    if (rank === 0 || rank < foundRank) continue;
    if (found === undefined || rank > foundRank || isPreferred(destination, by, found)) {
      found = by;
      foundRank = rank;
    }
  }
  return found;
}

const RANK_SECOND_STEP = 1;

function rankAlternate(destination: Destination, by: Neighbour): number {
  const flags = by.heard.flags[destination.slot] ?? 0;
  if ((flags & UNPROVEN) !== 0) return 0;
  if (needsSecondStep(destination, by)) return (flags & SPARE) === 0 ? 0 : RANK_SECOND_STEP;
  return destination.isFeasible(by) ? 3 : 2;
}

/** Whether a neighbour's own way may lead back to us, but it says that it can step aside. */
export function isSecondStep(destination: Destination, by: Neighbour): boolean {
  if (by.suspect || !isShortEnough(destination, by)) return false;
  return rankAlternate(destination, by) === RANK_SECOND_STEP;
}

/** Whether a neighbour's own way may lead back to us. */
export function needsSecondStep(destination: Destination, by: Neighbour): boolean {
  if (isViaUs(destination, by)) return true;
  return !destination.isFeasible(by) && !isLoopFree(destination, by);
}

/**
 * Whether a neighbour who had to send a packet aside would need our spare way, as far as we can
 * tell: its own distance says that our ordinary way may come back to it.
 */
export function mayLeadBack(table: Table, destination: Destination, to: Neighbour): boolean {
  const { selected } = destination;
  if (selected === undefined || selected === to) return true;
  const theirs = to.heard.metric[destination.slot] ?? METRIC_NONE;
  if (theirs === METRIC_NONE) return false;
  const toThem = table.entryOf(to);
  const far = toThem?.selected === undefined ? to.cost : toThem.metric;
  return totalBy(destination, selected) >= far + theirs;
}

/** Whose way has failed: what others say of it stands in that slot; its distance to the destination. */
export interface Shunned {
  readonly id: PeerId;
  readonly slot: number | undefined;
  readonly metric: number;
}

/** A neighbour that has sent, or would send, packets aside. */
export function shunNeighbour(table: Table, destination: Destination, by: Neighbour): Shunned {
  const metric = by.heard.metric[destination.slot] ?? METRIC_NONE;
  return { id: by.id, slot: table.entryOf(by)?.slot, metric };
}

/**
 * The last step of a detour: a neighbour other than `from` whose way to the destination avoids
 * who is shunned (inequality 3 of RFC 5286 section 3.2), and us where our own way leads there.
 */
export function spareWay(
  destination: Destination,
  shunned: Shunned,
  from: Neighbour,
): Neighbour | undefined {
  let found: Neighbour | undefined;
  for (const by of destination.offers) {
    if (by === from || !isSpare(destination, shunned, by)) continue;
    if (found === undefined || isPreferred(destination, by, found)) found = by;
  }
  return found;
}

/** Whether there is such a neighbour: which of them is the best costs more to know. */
export function hasSpareWay(destination: Destination, shunned: Shunned, from: Neighbour): boolean {
  for (const by of destination.offers) {
    if (by !== from && isSpare(destination, shunned, by)) return true;
  }
  return false;
}

function isSpare(destination: Destination, shunned: Shunned, by: Neighbour): boolean {
  const { slot, selected } = destination;
  if (by.suspect || !isUsable(destination, by) || by.id === shunned.id) return false;
  if (by !== selected && !isLoopFree(destination, by)) return false;
  const toShunned =
    shunned.slot === undefined ? METRIC_NONE : (by.heard.metric[shunned.slot] ?? METRIC_NONE);
  return (by.heard.metric[slot] ?? METRIC_NONE) < toShunned + shunned.metric;
}

/**
 * Where no such neighbour is: one further out, whose own way leads through us, and which says
 * that it knows a spare way. Distances only grow from step to step of this kind, so they end.
 */
export function spareBeyond(destination: Destination, avoid: Neighbour): Neighbour | undefined {
  let found: Neighbour | undefined;
  for (const by of destination.offers) {
    if (by === avoid || by.suspect || by === destination.selected) continue;
    if (!isViaUs(destination, by) || !isSecondStep(destination, by)) continue;
    if (found === undefined || isPreferred(destination, by, found)) found = by;
  }
  return found;
}

/** Inequality 1 of RFC 5286: dist(N, D) < dist(N, us) + dist(us, D). */
function isLoopFree(destination: Destination, by: Neighbour): boolean {
  const heard = by.heard.metric[OWN_SLOT] ?? METRIC_NONE;
  const toUs = Math.min(heard, by.cost);
  return (by.heard.metric[destination.slot] ?? METRIC_NONE) < toUs + destination.metric;
}
