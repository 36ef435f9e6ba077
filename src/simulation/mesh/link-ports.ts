import { assert } from "../../base/errors.ts";
import { type PeerId, peerIdToBytes } from "../../identity/index.ts";
import type { LinkPort } from "../../link/index.ts";
import type { Random } from "../../ports/index.ts";
import { chance } from "../dice.ts";
import {
  CONTROL_FRAME_BYTES_MAX,
  CONTROL_FRAME_OVERHEAD_BYTES,
  CONTROL_REPEAT_MS,
  LINK_QUEUE_MS_MAX,
  PACKET_FRAME_OVERHEAD_BYTES,
} from "../limits.ts";
import { EVENT_CONTROL, EVENT_PACKET, type MeshEvent } from "./event-queue.ts";
import type { Place } from "./place.ts";
import type { Side } from "./side.ts";
import type { Trip } from "./types.ts";

/** Where the 16 bytes of a packet's destination stand in its header. */
const DESTINATION_AT = 2;

/** What link ports need of their world. */
export interface LinkPortsOptions {
  readonly random: Random;
  readonly nowMs: () => number;
  readonly schedule: (atMs: number, event: MeshEvent) => void;
  readonly onLost: (place: number, trip: Trip) => void;
}

/** The link room's contract for all places of a world, and the packets that they move. */
export class LinkPorts {
  /** Control messages sent by everybody so far. */
  controlMessages = 0;
  readonly #options: LinkPortsOptions;
  /** The packet that a router is looking at just now: what it passes on continues the trip. */
  #payload: Uint8Array | undefined;
  #trip: Trip | undefined;

  constructor(options: LinkPortsOptions) {
    this.#options = options;
  }

  /** The port for the router of a place. */
  portOf(place: () => Place): LinkPort {
    const up = (id: PeerId): Side | undefined => {
      const side = place().sides.get(id);
      return side?.up === true ? side : undefined;
    };
    return {
      neighbours: () =>
        [...place().sides.values()].filter((side) => side.up).map((side) => side.info),
      neighbour: (id) => up(id)?.info,
      sendControl: (to, message) => {
        const side = up(to);
        if (side === undefined) return false;
        this.#sendControl(side, message);
        return true;
      },
      sendPacket: (to, header, payload) => {
        const side = up(to);
        return side !== undefined && this.#sendPacket(side, header, payload);
      },
    };
  }

  /** Lets a router look at a packet that has come so far on its trip. */
  carry(payload: Uint8Array, trip: Trip, look: () => void): void {
    [this.#payload, this.#trip] = [payload, trip];
    look();
    this.#payload = undefined;
    this.#trip = undefined;
  }

  /** The trip of the packet that is just being delivered; a fresh one where a peer talks to itself. */
  tripUnderWay(place: number): Trip {
    return (
      this.#trip ?? {
        from: place,
        sentAtMs: this.#options.nowMs(),
        firstHop: place,
        cost: 0,
        hops: 0,
      }
    );
  }

  /** Whether a place takes this packet of others and passes it on to nobody. */
  swallows(place: Place, header: Uint8Array): boolean {
    if (place.swallows === 0) return false;
    const own = peerIdToBytes(place.id);
    const isOwn = own.every((byte, at) => header[DESTINATION_AT + at] === byte);
    return !isOwn && chance(this.#options.random, place.swallows);
  }

  #sendControl(side: Side, message: Uint8Array): void {
    const frames = Math.max(1, Math.ceil(message.length / CONTROL_FRAME_BYTES_MAX));
    const sizeBytes = message.length + frames * CONTROL_FRAME_OVERHEAD_BYTES;
    const { carried, wire } = side;
    carried.controlMessages++;
    this.controlMessages++;
    carried.controlBytes += sizeBytes;
    if (!wire.connected) return;
    let atMs = side.occupy(sizeBytes, this.#options.nowMs()) + side.delayMs;
    while (side.loss > 0 && chance(this.#options.random, side.loss)) atMs += CONTROL_REPEAT_MS;
    // Order is kept: nothing overtakes what has to be sent again.
    side.controlUntilMs = Math.max(side.controlUntilMs, atMs);
    this.#options.schedule(side.controlUntilMs, {
      ...{ kind: EVENT_CONTROL, place: side.from, side, epoch: wire.epoch, head: message.slice() },
      ...{ payload: undefined, trip: undefined, run: undefined },
    });
  }

  #sendPacket(side: Side, header: Uint8Array, payload: Uint8Array): boolean {
    const { random, nowMs, schedule, onLost } = this.#options;
    const { carried, wire } = side;
    const now = nowMs();
    if (side.busyUntilMs - now > LINK_QUEUE_MS_MAX) return false;
    const [trip, body] = this.#tripOf(side, payload, now);
    const sizeBytes = header.length + payload.length + PACKET_FRAME_OVERHEAD_BYTES;
    carried.packets++;
    carried.packetBytes += sizeBytes;
    trip.cost += side.cost;
    trip.hops++;
    const leftAtMs = side.occupy(sizeBytes, now);
    if (!wire.connected || side.mute || (side.loss > 0 && chance(random, side.loss))) {
      onLost(side.from, trip);
      return true;
    }
    schedule(leftAtMs + side.delayMs, {
      ...{ kind: EVENT_PACKET, place: side.from, side, epoch: wire.epoch, head: header.slice() },
      ...{ payload: body, trip, run: undefined },
    });
    return true;
  }

  /** What is passed on keeps its trip and needs no copy. */
  #tripOf(side: Side, payload: Uint8Array, nowMs: number): readonly [Trip, Uint8Array] {
    const current = this.#payload;
    if (current !== undefined && this.#trip !== undefined && isSameView(current, payload)) {
      return [this.#trip, current];
    }
    assert(payload.length > 0, "packets have a payload");
    const { from, to } = side;
    return [{ from, sentAtMs: nowMs, firstHop: to, cost: 0, hops: 0 }, payload.slice()];
  }
}

function isSameView(a: Uint8Array, b: Uint8Array): boolean {
  return a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length;
}
