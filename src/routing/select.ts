import { VIA_US } from "./columns.ts";
import { type Destination, isUsable, totalBy } from "./destination.ts";
import { GAIN_SHARE, SETTLE_MS } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";

/** What a fresh look at a destination's offers has found. */
export interface Verdict {
  /** A newer sequence number would open a better way, or the only one. */
  readonly wish: Neighbour | undefined;
  /** Look again after `SETTLE_MS`: a small gain has to prove itself. */
  readonly unsettled: boolean;
}

const CALM: Verdict = { wish: undefined, unsettled: false };

/** Chooses the next hop of a destination anew and stores it there. */
export function reconsider(destination: Destination, nowMs: number): Verdict {
  let feasible: Neighbour | undefined;
  let infeasible: Neighbour | undefined;
  for (const by of destination.offers) {
    if (!isUsable(destination, by)) continue;
    if (destination.isFeasible(by)) {
      if (feasible === undefined || isPreferred(destination, by, feasible)) feasible = by;
    } else if (infeasible === undefined || isPreferred(destination, by, infeasible)) {
      infeasible = by;
    }
  }
  const waiting = chooseSelected(destination, feasible, nowMs);
  const { selected } = destination;
  if (selected !== undefined) destination.metric = totalBy(destination, selected);
  if (infeasible === undefined) {
    destination.wished = undefined;
    return waiting ? { wish: undefined, unsettled: true } : CALM;
  }
  const wish = chooseWish(destination, infeasible, nowMs);
  return { wish: wish.by, unsettled: waiting || wish.waiting };
}

/**
 * Whether a newer number of an offer that is otherwise the same can change what was chosen. It
 * makes the offer feasible at most, and that is nothing to who has a way that is no longer. Most
 * announcements are of this kind: each number comes once from every neighbour.
 */
export function mayMatter(destination: Destination, by: Neighbour): boolean {
  const { selected } = destination;
  if (selected === undefined || selected.suspect || by === selected) return true;
  if (by === destination.challenger || by === destination.wished) return true;
  return isUsable(destination, by) && isPreferred(destination, by, selected);
}

/** Whether packets go by that neighbour, and no other offer waits to take its place. */
export function isCalmBy(destination: Destination, by: Neighbour): boolean {
  const { selected, challenger, wished } = destination;
  return by === selected && !by.suspect && challenger === undefined && wished === undefined;
}

/** Least distance first among those not suspected; ties go to the next hop, then the lower id. */
export function isPreferred(destination: Destination, a: Neighbour, b: Neighbour): boolean {
  if (a.suspect !== b.suspect) return b.suspect;
  const [totalA, totalB] = [totalBy(destination, a), totalBy(destination, b)];
  if (totalA !== totalB) return totalA < totalB;
  const { selected } = destination;
  if (a === selected || b === selected) return a === selected;
  return a.id < b.id;
}

/** Whether the gain is large enough to be taken at once. */
function isWorthwhile(better: number, present: number): boolean {
  return better * GAIN_SHARE <= present * (GAIN_SHARE - 1);
}

/** Returns whether a small gain is waiting. */
function chooseSelected(
  destination: Destination,
  found: Neighbour | undefined,
  nowMs: number,
): boolean {
  const present = destination.selected;
  const stays =
    present !== undefined &&
    found !== undefined &&
    found !== present &&
    present.up &&
    present.heard.has(destination.slot) &&
    isUsable(destination, present) &&
    destination.isFeasible(present) &&
    present.suspect === found.suspect &&
    !isWorthwhile(totalBy(destination, found), totalBy(destination, present));
  if (!stays) {
    destination.selected = found;
    destination.challenger = undefined;
    return false;
  }
  if (destination.challenger !== found) {
    destination.challenger = found;
    destination.challengedAtMs = nowMs;
  }
  if (nowMs - destination.challengedAtMs < SETTLE_MS) return true;
  destination.selected = found;
  destination.challenger = undefined;
  return false;
}

/** A way that is not feasible, but shorter than what there is. */
function chooseWish(
  destination: Destination,
  found: Neighbour,
  nowMs: number,
): { readonly by: Neighbour | undefined; readonly waiting: boolean } {
  const present = destination.selected;
  const total = totalBy(destination, found);
  const presentTotal = present === undefined ? 0 : totalBy(destination, present);
  const isGain =
    present === undefined ||
    (!found.suspect && total < presentTotal && isPreferred(destination, found, present));
  if (!isGain) {
    destination.wished = undefined;
    return { by: undefined, waiting: false };
  }
  if (present === undefined || isWorthwhile(total, presentTotal)) {
    return { by: found, waiting: false };
  }
  if (destination.wished !== found) {
    destination.wished = found;
    destination.wishedAtMs = nowMs;
  }
  const waiting = nowMs - destination.wishedAtMs < SETTLE_MS;
  return { by: waiting ? undefined : found, waiting };
}

/** Whether a neighbour has said that its way leads through us. */
export function isViaUs(destination: Destination, by: Neighbour): boolean {
  return ((by.heard.flags[destination.slot] ?? 0) & VIA_US) !== 0;
}
