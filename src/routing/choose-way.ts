import type { PeerId } from "../identity/index.ts";
import {
  alternateOf,
  isSecondStep,
  needsSecondStep,
  type Shunned,
  shunNeighbour,
  spareWay,
} from "./alternates.ts";
import { type Destination, totalBy } from "./destination.ts";
import {
  FLAG_DETOUR,
  FLAG_RETURN,
  FLAGS_SPENT,
  HEADER_ASIDE_OFFSET,
  hasIdAt,
  isOnDetour,
} from "./header.ts";
import { METRIC_NONE } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import { isViaUs } from "./select.ts";
import type { Table } from "./table.ts";

/** Where a packet goes, and the flags it then bears. */
export interface Way {
  readonly by: Neighbour;
  readonly flags: number;
}

/** Who sent a packet aside, as it says; undefined: nobody, or somebody who is not in the table. */
export type Aside = Destination | "us" | undefined;

/** Who sent a packet with these flags and this header aside. */
export function asideOf(table: Table, self: Uint8Array, header: Uint8Array, flags: number): Aside {
  if (!isOnDetour(flags)) return undefined;
  if (hasIdAt(header, HEADER_ASIDE_OFFSET, self)) return "us";
  return table.find(header, HEADER_ASIDE_OFFSET);
}

/**
 * The way a packet takes from here. An ordinary packet whose next hop fails, or would be the
 * neighbour it came from, takes the alternate as its detour; it goes back only to one that has
 * announced a spare way, and then bears the name of who sent it aside. Those whose own way leads
 * through that one search for a neighbour whose way does not: each looks at its neighbours, then
 * lets those beyond it look, and at last gives the packet back (depth first, without any state).
 * Then it goes the ordinary way or none: feasible distances fall from there to the destination.
 */
export function chooseWay(
  table: Table,
  destination: Destination,
  from: PeerId | undefined,
  flags: number,
  aside?: Aside,
): Way | undefined {
  const selected = destination.selected?.id === from ? undefined : destination.selected;
  if (isOnDetour(flags)) {
    const step = onDetour(table, destination, table.neighbours.get(from ?? ""), flags, aside);
    if (step !== undefined) return step;
    return selected && { by: selected, flags: FLAGS_SPENT };
  }
  if (flags === 0 && (selected === undefined || selected.suspect)) {
    const step = firstStep(destination, from);
    if (step !== undefined) return step;
  }
  return selected && { by: selected, flags };
}

function firstStep(destination: Destination, from: PeerId | undefined): Way | undefined {
  const alternate = alternateOf(destination);
  if (alternate === undefined) return undefined;
  if (needsSecondStep(destination, alternate)) return { by: alternate, flags: FLAG_DETOUR };
  return alternate.id === from ? undefined : { by: alternate, flags: FLAGS_SPENT };
}

function onDetour(
  table: Table,
  destination: Destination,
  from: Neighbour | undefined,
  flags: number,
  aside: Aside,
): Way | undefined {
  if (from === undefined) return undefined;
  const { selected } = destination;
  if (aside === "us") {
    // It has come back. The next hop may have, too.
    if (selected !== undefined && !selected.suspect) return undefined;
    const next = nextBeyond(destination, from, from, false);
    return next && { by: next, flags: FLAG_DETOUR };
  }
  if (flags === FLAG_DETOUR) {
    const spare = spareWay(destination, shunned(table, destination, from, aside), from);
    if (spare !== undefined) return { by: spare, flags: FLAGS_SPENT };
  }
  // The search goes on in the tree of those whose way leads through, where nothing can go in
  // circles. Who was only asked because its way may lead there steps aside itself or not at all.
  const isInTree = flags === FLAG_RETURN || destination.selected === from;
  const after = flags === FLAG_RETURN ? from : undefined;
  const beyond = isInTree ? nextBeyond(destination, from, after, true) : undefined;
  if (beyond !== undefined) return { by: beyond, flags: FLAG_DETOUR };
  const back = isInTree ? destination.selected : from;
  if (back === undefined || back.suspect) return undefined;
  return back === from && flags === FLAG_RETURN ? undefined : { by: back, flags: FLAG_RETURN };
}

/** Who sent the packet aside, with its distance to the destination as far as it is known here. */
function shunned(
  table: Table,
  destination: Destination,
  from: Neighbour,
  aside: Destination | undefined,
): Shunned {
  if (aside === undefined) return shunNeighbour(table, destination, from);
  const said = table.neighbours.get(aside.id)?.heard.metric[destination.slot] ?? METRIC_NONE;
  // Our own way leads through it, or we would not have been asked.
  const reckoned = Math.max(0, destination.metric - aside.metric);
  return { id: aside.id, slot: aside.slot, metric: said === METRIC_NONE ? reckoned : said };
}

/**
 * The first of those further out that may know a spare way, or the first after `after`: the
 * nearest first, so that every router asks them all in the same order without remembering.
 */
function nextBeyond(
  destination: Destination,
  from: Neighbour,
  after: Neighbour | undefined,
  isInTree: boolean,
): Neighbour | undefined {
  let found: Neighbour | undefined;
  for (const by of destination.offers) {
    if (isInTree && !isViaUs(destination, by)) continue;
    if (by === from || by === destination.selected || !isSecondStep(destination, by)) continue;
    if (after !== undefined && !isBefore(destination, after, by)) continue;
    if (found === undefined || isBefore(destination, by, found)) found = by;
  }
  return found;
}

function isBefore(destination: Destination, a: Neighbour, b: Neighbour): boolean {
  const [totalA, totalB] = [totalBy(destination, a), totalBy(destination, b)];
  return totalA < totalB || (totalA === totalB && a.id < b.id);
}
