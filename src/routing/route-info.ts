import { equalBytes } from "../base/bytes.ts";
import type { PeerRecord } from "../identity/index.ts";
import type { Destination } from "./destination.ts";
import type { RouteInfo } from "./types.ts";

/** What the rooms above may know of a way; undefined where there is none. */
export function routeInfo(destination: Destination): RouteInfo | undefined {
  const { id, record, selected, alternate } = destination;
  const used = selected ?? alternate;
  if (used === undefined) return undefined;
  return {
    destination: id,
    metric: used.total,
    hops: used.hops + 1,
    nextHop: used.neighbour.id,
    alternate: selected === undefined ? undefined : alternate?.neighbour.id,
    record,
  };
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
