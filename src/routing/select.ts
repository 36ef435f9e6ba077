import type { PeerId } from "../identity/index.ts";
import { type Destination, isShortEnough, isUsable, type Route } from "./destination.ts";
import { GAIN_SHARE, SETTLE_MS } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Table } from "./table.ts";

/** What a fresh look at a destination's routes has found. */
export interface Verdict {
  /** A newer sequence number would open a better way, or the only one. */
  readonly wish: Route | undefined;
  /** Look again after `SETTLE_MS`: a small gain has to prove itself. */
  readonly unsettled: boolean;
}

/** Chooses next hop and alternate of a destination anew and stores them there. */
export function reconsider(destination: Destination, nowMs: number): Verdict {
  const feasible = best(destination, (route) => destination.isFeasible(route));
  const waiting = chooseSelected(destination, feasible, nowMs);
  const selected = destination.selected;
  if (selected !== undefined) destination.metric = selected.total;
  destination.alternate = bestAlternate(destination);
  const wish = chooseWish(destination, nowMs);
  return { wish: wish.route, unsettled: waiting || wish.waiting };
}

/** Least distance first among those not suspected; ties go to the present one, then the lower id. */
function best(destination: Destination, accepts: (route: Route) => boolean): Route | undefined {
  let found: Route | undefined;
  for (const route of destination.routes.values()) {
    if (!isUsable(route) || !accepts(route)) continue;
    if (found === undefined || isPreferred(route, found, destination.selected)) found = route;
  }
  return found;
}

function isPreferred(a: Route, b: Route, present: Route | undefined): boolean {
  if (a.neighbour.suspect !== b.neighbour.suspect) return b.neighbour.suspect;
  if (a.total !== b.total) return a.total < b.total;
  if (a === present || b === present) return a === present;
  return a.neighbour.id < b.neighbour.id;
}

/** Whether the gain is large enough to be taken at once. */
function isWorthwhile(better: number, present: number): boolean {
  return better * GAIN_SHARE <= present * (GAIN_SHARE - 1);
}

/** Returns whether a small gain is waiting. */
function chooseSelected(
  destination: Destination,
  found: Route | undefined,
  nowMs: number,
): boolean {
  const present = destination.selected;
  const stays =
    present !== undefined &&
    found !== undefined &&
    found !== present &&
    destination.routes.get(present.neighbour.id) === present &&
    isUsable(present) &&
    destination.isFeasible(present) &&
    present.neighbour.suspect === found.neighbour.suspect &&
    !isWorthwhile(found.total, present.total);
  if (!stays) {
    destination.selected = found;
    destination.challenger = undefined;
    return false;
  }
  if (destination.challenger !== found.neighbour.id) {
    destination.challenger = found.neighbour.id;
    destination.challengedAtMs = nowMs;
  }
  if (nowMs - destination.challengedAtMs < SETTLE_MS) return true;
  destination.selected = found;
  destination.challenger = undefined;
  return false;
}

/** A route that is not feasible, but shorter than what there is. */
function chooseWish(
  destination: Destination,
  nowMs: number,
): { readonly route: Route | undefined; readonly waiting: boolean } {
  const present = destination.selected;
  const found = best(destination, (route) => route === present || !destination.isFeasible(route));
  const isBetter =
    found !== undefined &&
    found !== present &&
    (present === undefined || found.total < present.total) &&
    (present === undefined || !found.neighbour.suspect);
  if (!isBetter) {
    destination.wished = undefined;
    return { route: undefined, waiting: false };
  }
  if (present === undefined || isWorthwhile(found.total, present.total)) {
    return { route: found, waiting: false };
  }
  if (destination.wished !== found.neighbour.id) {
    destination.wished = found.neighbour.id;
    destination.wishedAtMs = nowMs;
  }
  const waiting = nowMs - destination.wishedAtMs < SETTLE_MS;
  return { route: waiting ? undefined : found, waiting };
}

/**
 * Another neighbour that could carry a packet on without bringing it back: a feasible one, else
 * one whose distance proves that its way avoids us (loop-free alternate, RFC 5286 section 3.1),
 * else one that would come back to us, but says that it can step aside once more.
 */
function bestAlternate(destination: Destination): Route | undefined {
  const { selected } = destination;
  let found: Route | undefined;
  let foundRank = 0;
  for (const route of destination.routes.values()) {
    if (route === selected || route.neighbour.suspect || !isShortEnough(route)) continue;
    const rank = rankAlternate(destination, route);
    if (rank === 0 || rank < foundRank) continue;
    if (found === undefined || rank > foundRank || isPreferred(route, found, undefined)) {
      found = route;
      foundRank = rank;
    }
  }
  return found;
}

function rankAlternate(destination: Destination, route: Route): number {
  if (needsSecondStep(destination, route)) return route.spare ? 1 : 0;
  return destination.isFeasible(route) ? 3 : 2;
}

/** Whether a neighbour's own way may lead back to us. */
export function needsSecondStep(destination: Destination, route: Route): boolean {
  if (route.viaUs) return true;
  return !destination.isFeasible(route) && !isLoopFree(destination, route);
}

/**
 * Whether a neighbour who had to send a packet aside would need our spare way, as far as we can
 * tell: its own distance says that our ordinary way may come back to it.
 */
export function mayLeadBack(table: Table, destination: Destination, neighbour: Neighbour): boolean {
  const { selected } = destination;
  if (selected === undefined || selected.neighbour === neighbour) return true;
  const theirs = destination.routes.get(neighbour.id);
  if (theirs === undefined) return false;
  const toThem = table.get(neighbour.id)?.selected?.total ?? neighbour.cost;
  return selected.total >= toThem + theirs.metric;
}

/**
 * The second step of a detour: another neighbour whose way avoids both us and `avoid`, which
 * sent the packet here because its own way had failed (inequality 3 of RFC 5286 section 3.2).
 */
export function spareWay(table: Table, destination: Destination, avoid: PeerId): Route | undefined {
  const toDestination = destination.routes.get(avoid)?.metric ?? Number.POSITIVE_INFINITY;
  const toAvoid = table.get(avoid)?.routes;
  let found: Route | undefined;
  for (const route of destination.routes.values()) {
    const { id, suspect } = route.neighbour;
    if (id === avoid || suspect || !isUsable(route) || !isLoopFree(destination, route)) continue;
    const around = (toAvoid?.get(id)?.metric ?? Number.POSITIVE_INFINITY) + toDestination;
    if (route.metric >= around) continue;
    if (found === undefined || isPreferred(route, found, undefined)) found = route;
  }
  return found;
}

/** Inequality 1 of RFC 5286: dist(N, D) < dist(N, us) + dist(us, D). */
function isLoopFree(destination: Destination, route: Route): boolean {
  const { neighbour } = route;
  const toUs = Math.min(neighbour.metricToUs ?? neighbour.cost, neighbour.cost);
  return route.metric < toUs + destination.metric;
}
