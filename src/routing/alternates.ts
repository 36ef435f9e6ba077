import { SPARE, UNPROVEN, VIA_US } from "./columns.ts";
import { type Destination, isShortEnough, isUsable, totalBy } from "./destination.ts";
import { METRIC_NONE } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import { isPreferred, isViaUs } from "./select.ts";
import { OWN_SLOT, type Table } from "./table.ts";

/**
 * Another neighbour that could carry a packet on without bringing it back: a feasible one, else
 * one whose distance proves that its way avoids us (loop-free alternate, RFC 5286 section 3.1),
 * else one that would come back to us, but says that it can step aside once more.
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

function rankAlternate(destination: Destination, by: Neighbour): number {
  const flags = by.heard.flags[destination.slot] ?? 0;
  if ((flags & UNPROVEN) !== 0) return 0;
  if (needsSecondStep(destination, by)) return (flags & SPARE) === 0 ? 0 : 1;
  return destination.isFeasible(by) ? 3 : 2;
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
  const toThem = table.get(to.id);
  const far = toThem?.selected === undefined ? to.cost : toThem.metric;
  return totalBy(destination, selected) >= far + theirs;
}

/**
 * The next step of a detour: another neighbour whose way avoids both us and `avoid`, which
 * sent the packet here because its own way had failed (inequality 3 of RFC 5286 section 3.2).
 */
export function spareWay(
  table: Table,
  destination: Destination,
  avoid: Neighbour,
): Neighbour | undefined {
  const { slot } = destination;
  const toDestination = avoid.heard.metric[slot] ?? METRIC_NONE;
  const avoidSlot = table.get(avoid.id)?.slot;
  let found: Neighbour | undefined;
  for (const by of destination.offers) {
    if (by === avoid || by.suspect || !isUsable(destination, by)) continue;
    if (!isLoopFree(destination, by)) continue;
    const toAvoid =
      avoidSlot === undefined ? METRIC_NONE : (by.heard.metric[avoidSlot] ?? METRIC_NONE);
    if ((by.heard.metric[slot] ?? METRIC_NONE) >= toAvoid + toDestination) continue;
    if (found === undefined || isPreferred(destination, by, found)) found = by;
  }
  return found;
}

/**
 * Where no such neighbour is: one further out, whose own way leads through us, and which says
 * that it knows a spare way. Distances only grow from step to step of this kind, so they end.
 */
export function spareBeyond(destination: Destination, avoid: Neighbour): Neighbour | undefined {
  let found: Neighbour | undefined;
  for (const by of destination.offers) {
    if (by === avoid || by.suspect || by === destination.selected) continue;
    const flags = by.heard.flags[destination.slot] ?? 0;
    if ((flags & (VIA_US | SPARE | UNPROVEN)) !== (VIA_US | SPARE)) continue;
    if (!isShortEnough(destination, by)) continue;
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
