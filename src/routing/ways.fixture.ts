import type { PeerId } from "../identity/index.ts";
import { Destination } from "./destination.ts";
import { Neighbour } from "./neighbour.ts";

/** What a neighbour says of an origin; what is left out is harmless. For tests of this room only. */
export interface Said {
  readonly seqno?: number;
  readonly hops?: number;
  readonly flags?: number;
  /** The least distance under this number; the present one where it is left out. */
  readonly best?: number;
}

/** Row of the destination that `makeDestination` makes. */
export const SLOT = 1;

/** An id with this number as its last bytes. */
export function idOf(number: number): PeerId {
  return `fd${number.toString(16).padStart(30, "0")}`;
}

/** A neighbour over a link of that cost. */
export function makeNeighbour(number: number, cost = 10, bitsPerSecond = 1e6): Neighbour {
  return new Neighbour({ id: idOf(number), cost, suspect: false, bitsPerSecond }, 0);
}

/** An origin that nobody has said anything of. */
export function makeDestination(number = 0xdead, slot: number = SLOT, nowMs = 0): Destination {
  return new Destination(idOf(number), slot, nowMs);
}

/** Notes that a neighbour reaches an origin over that distance. */
export function say(by: Neighbour, to: Destination, metric: number, said: Said = {}): void {
  const { heard } = by;
  heard.reserve(to.slot);
  heard.metric[to.slot] = metric;
  heard.best[to.slot] = said.best ?? metric;
  heard.seqno[to.slot] = said.seqno ?? 1;
  heard.hops[to.slot] = said.hops ?? 1;
  heard.flags[to.slot] = said.flags ?? 0;
  if (!to.offers.includes(by)) to.offers.push(by);
}
