import type { PeerId } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import { limits } from "../wire/index.ts";
import { asideOf, chooseWay } from "./choose-way.ts";
import type { Destination } from "./destination.ts";
import {
  HEADER_DESTINATION_OFFSET,
  headerFlags,
  headerHopLimit,
  isAddressedTo,
  isExtended,
  isHeader,
  isOnDetour,
  PLAIN_HEADER_BYTES_MAX,
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

/** Moves packets one hop on. One header buffer serves them all. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #long: Uint8Array = new Uint8Array(PLAIN_HEADER_BYTES_MAX);
  readonly #short: Uint8Array = this.#long.subarray(0, HEADER_BYTES);

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Sends a packet that begins here. False: dropped. */
  send(destination: Destination | undefined, payload: Uint8Array): boolean {
    const { table, self } = this.#options;
    if (payload.length > limits.FRAME_BYTES_MAX - PACKET_OVERHEAD_BYTES) {
      return this.#drop("too-large");
    }
    if (destination === undefined) return this.#drop("no-route");
    const way = chooseWay(table, destination, undefined, 0);
    if (way === undefined) return this.#drop("no-route");
    const headerBytes = writeHeader(this.#long, destination.idBytes, way.flags, self);
    return this.#hand(way.by, headerBytes, way.flags !== 0, payload, "sent");
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
    const aside = asideOf(table, self, header, flags);
    const way = destination && chooseWay(table, destination, from, flags, aside);
    if (way === undefined) {
      this.#drop("no-route");
      return;
    }
    const headerBytes = writeForwardedHeader(
      this.#long,
      header,
      way.flags,
      self,
      isOnDetour(flags),
    );
    this.#hand(way.by, headerBytes, way.flags !== flags, payload, "forwarded");
  }

  #hand(
    by: Neighbour,
    headerBytes: number,
    isDetour: boolean,
    payload: Uint8Array,
    counter: "sent" | "forwarded",
  ): boolean {
    const { link, stats } = this.#options;
    const header = headerBytes === HEADER_BYTES ? this.#short : this.#long;
    if (!link.sendPacket(by.id, header, payload)) return this.#drop("link");
    stats[counter]++;
    if (isDetour) stats.detoured++;
    return true;
  }

  #drop(reason: DropReason): false {
    this.#options.stats.dropped[reason]++;
    return false;
  }
}
