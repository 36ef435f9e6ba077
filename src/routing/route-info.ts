import { equalBytes } from "../base/bytes.ts";
import type { PeerRecord } from "../identity/index.ts";
import { alternateOf } from "./alternates.ts";
import { type Destination, totalBy } from "./destination.ts";
import type { RouteInfo } from "./types.ts";

/** What the rooms above may know of a way; undefined where there is none. */
export function routeInfo(destination: Destination): RouteInfo | undefined {
  const { id, record, selected, slot } = destination;
  const alternate = alternateOf(destination);
  const used = selected ?? alternate;
  if (used === undefined || record === undefined) return undefined;
  return {
    destination: id,
    metric: totalBy(destination, used),
    hops: (used.heard.hops[slot] ?? 0) + 1,
    nextHop: used.id,
    alternate: selected === undefined ? undefined : alternate?.id,
    record,
  };
}

/** Whether packets for it can leave, be it over a detour. */
export function isReachable(destination: Destination): boolean {
  if (destination.record === undefined) return false;
  return destination.selected !== undefined || alternateOf(destination) !== undefined;
}

/** Whether two records differ in nothing but their number. */
export function saysTheSame(a: PeerRecord, b: PeerRecord): boolean {
  return (
    a.name === b.name &&
    a.person.personId === b.person.personId &&
    equalBytes(a.dhKey, b.dhKey) &&
    equalBytes(a.person.dhKey, b.person.dhKey)
  );
}
