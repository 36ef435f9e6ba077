import type { PeerId } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import { limits } from "../wire/index.ts";
import type { Destination, Route } from "./destination.ts";
import {
  FLAG_DETOUR,
  HEADER_DESTINATION_OFFSET,
  headerFlags,
  headerHopLimit,
  isHeader,
  writeForwardedHeader,
  writeHeader,
} from "./header.ts";
import { HEADER_BYTES, PACKET_OVERHEAD_BYTES } from "./limits.ts";
import type { DropReason, RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What a forwarder works on. */
export interface ForwarderOptions {
  readonly self: Destination["idBytes"];
  readonly table: Table;
  readonly link: LinkPort;
  readonly stats: RoutingStats;
  readonly deliver: (payload: Uint8Array) => void;
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
    if (payload.length > limits.FRAME_BYTES_MAX - PACKET_OVERHEAD_BYTES) {
      return this.#drop("too-large");
    }
    if (destination === undefined) return this.#drop("no-route");
    const route = chooseRoute(destination, undefined, false);
    if (route === undefined) return this.#drop("no-route");
    const isDetour = route !== destination.selected;
    writeHeader(this.#header, destination.idBytes, isDetour ? FLAG_DETOUR : 0);
    return this.#hand(route, isDetour, payload, "sent");
  }

  /** Takes in a neighbour's packet: delivers it, passes it on or drops it. */
  receive(from: PeerId, header: Uint8Array, payload: Uint8Array): void {
    const { self, table, stats, deliver } = this.#options;
    if (!isHeader(header)) {
      this.#drop("malformed");
      return;
    }
    if (isAddressedTo(header, self)) {
      stats.delivered++;
      deliver(payload);
      return;
    }
    if (headerHopLimit(header) <= 1) {
      this.#drop("hop-limit");
      return;
    }
    const destination = table.find(header, HEADER_DESTINATION_OFFSET);
    const flags = headerFlags(header);
    const route = destination && chooseRoute(destination, from, (flags & FLAG_DETOUR) !== 0);
    if (route === undefined) {
      this.#drop("no-route");
      return;
    }
    const isDetour = route !== destination?.selected;
    writeForwardedHeader(this.#header, header, isDetour ? flags | FLAG_DETOUR : flags);
    this.#hand(route, isDetour, payload, "forwarded");
  }

  #hand(
    route: Route,
    isDetour: boolean,
    payload: Uint8Array,
    counter: "sent" | "forwarded",
  ): boolean {
    const { link, stats } = this.#options;
    if (!link.sendPacket(route.neighbour.id, this.#header, payload)) return this.#drop("link");
    stats[counter]++;
    if (isDetour) stats.detoured++;
    return true;
  }

  #drop(reason: DropReason): false {
    this.#options.stats.dropped[reason]++;
    return false;
  }
}

/**
 * The way a packet takes from here; the alternate means a detour. A packet never goes back to
 * the neighbour it came from, and one that has made its detour only goes the ordinary way:
 * that is one step aside at most, and from there feasible distances fall to the destination.
 */
export function chooseRoute(
  destination: Destination,
  from: PeerId | undefined,
  isDetoured: boolean,
): Route | undefined {
  const selected = destination.selected?.neighbour.id === from ? undefined : destination.selected;
  if (isDetoured || (selected !== undefined && !selected.neighbour.suspect)) return selected;
  const { alternate } = destination;
  return alternate !== undefined && alternate.neighbour.id !== from ? alternate : selected;
}

function isAddressedTo(header: Uint8Array, self: Uint8Array): boolean {
  for (let i = 0; i < self.length; i++) {
    if (header[HEADER_DESTINATION_OFFSET + i] !== self[i]) return false;
  }
  return true;
}
