import type { PeerId } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import { limits } from "../wire/index.ts";
import { alternateOf, needsSecondStep, spareBeyond, spareWay } from "./alternates.ts";
import type { Destination } from "./destination.ts";
import {
  FLAG_DETOUR,
  FLAGS_SPENT,
  HEADER_DESTINATION_OFFSET,
  headerFlags,
  headerHopLimit,
  isAddressedTo,
  isExtended,
  isHeader,
  writeForwardedHeader,
  writeHeader,
} from "./header.ts";
import { HEADER_BYTES, PACKET_OVERHEAD_BYTES } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import type { DropReason, RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What a forwarder works on. */
export interface ForwarderOptions {
  readonly self: Destination["idBytes"];
  readonly table: Table;
  readonly link: LinkPort;
  readonly stats: RoutingStats;
  readonly deliver: (from: PeerId, payload: Uint8Array) => void;
  /** Takes packets with a path extension. */
  readonly carry: (from: PeerId, header: Uint8Array, payload: Uint8Array) => void;
}

/** Moves packets one hop on. Works without allocation: one header buffer serves them all. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #header: Uint8Array = new Uint8Array(HEADER_BYTES);

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Sends a packet that begins here. False: dropped. */
  send(destination: Destination | undefined, payload: Uint8Array): boolean {
    const { table } = this.#options;
    if (payload.length > limits.FRAME_BYTES_MAX - PACKET_OVERHEAD_BYTES) {
      return this.#drop("too-large");
    }
    if (destination === undefined) return this.#drop("no-route");
    const way = chooseWay(table, destination, undefined, 0);
    if (way === undefined) return this.#drop("no-route");
    writeHeader(this.#header, destination.idBytes, way.flags);
    return this.#hand(way.by, way.flags !== 0, payload, "sent");
  }

  /** Takes in a neighbour's packet: delivers it, passes it on or drops it. */
  receive(from: PeerId, header: Uint8Array, payload: Uint8Array): void {
    const { self, table, stats, deliver, carry } = this.#options;
    if (!isHeader(header)) {
      this.#drop("malformed");
      return;
    }
    if (isExtended(header)) {
      carry(from, header, payload);
      return;
    }
    if (isAddressedTo(header, self)) {
      stats.delivered++;
      deliver(from, payload);
      return;
    }
    if (headerHopLimit(header) <= 1) {
      this.#drop("hop-limit");
      return;
    }
    const destination = table.find(header, HEADER_DESTINATION_OFFSET);
    const flags = headerFlags(header);
    const way = destination && chooseWay(table, destination, from, flags);
    if (way === undefined) {
      this.#drop("no-route");
      return;
    }
    writeForwardedHeader(this.#header, header, way.flags);
    this.#hand(way.by, way.flags !== flags, payload, "forwarded");
  }

  #hand(
    by: Neighbour,
    isDetour: boolean,
    payload: Uint8Array,
    counter: "sent" | "forwarded",
  ): boolean {
    const { link, stats } = this.#options;
    if (!link.sendPacket(by.id, this.#header, payload)) return this.#drop("link");
    stats[counter]++;
    if (isDetour) stats.detoured++;
    return true;
  }

  #drop(reason: DropReason): false {
    this.#options.stats.dropped[reason]++;
    return false;
  }
}

/** Where a packet goes, and the flags it then bears. */
export interface Way {
  readonly by: Neighbour;
  readonly flags: number;
}

/**
 * The way a packet takes from here. An ordinary packet whose next hop fails, or would be the
 * neighbour it came from, takes the alternate as its detour; it goes back only to one that has
 * announced a spare way and is then told to use it: that one steps aside, or passes the packet on
 * to one further out that can. After that the packet goes the ordinary way or none: feasible
 * distances fall from there to the destination, so it cannot circle.
 */
export function chooseWay(
  table: Table,
  destination: Destination,
  from: PeerId | undefined,
  flags: number,
): Way | undefined {
  const selected = destination.selected?.id === from ? undefined : destination.selected;
  const step =
    flags === FLAG_DETOUR
      ? stepAside(table, destination, from)
      : flags === 0 && (selected === undefined || selected.suspect)
        ? detour(destination, from)
        : undefined;
  if (step !== undefined) return step;
  return selected && { by: selected, flags: flags === FLAG_DETOUR ? FLAGS_SPENT : flags };
}

/** The second step of a detour, or one further out to somebody who can take it. */
function stepAside(
  table: Table,
  destination: Destination,
  from: PeerId | undefined,
): Way | undefined {
  const sender = from === undefined ? undefined : table.neighbours.get(from);
  if (sender === undefined) return undefined;
  const spare = spareWay(table, destination, sender);
  if (spare !== undefined) return { by: spare, flags: FLAGS_SPENT };
  const beyond = destination.selected === sender ? spareBeyond(destination, sender) : undefined;
  return beyond && { by: beyond, flags: FLAG_DETOUR };
}

function detour(destination: Destination, from: PeerId | undefined): Way | undefined {
  const alternate = alternateOf(destination);
  if (alternate === undefined) return undefined;
  if (needsSecondStep(destination, alternate)) return { by: alternate, flags: FLAG_DETOUR };
  return alternate.id === from ? undefined : { by: alternate, flags: FLAGS_SPENT };
}
