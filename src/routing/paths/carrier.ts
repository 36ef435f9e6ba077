import { ID_BYTES, type PeerId } from "../../identity/index.ts";
import type { LinkPort } from "../../link/index.ts";
import { limits } from "../../wire/index.ts";
import {
  FLAG_EXTENDED,
  FLAGS_SPENT,
  HEADER_DESTINATION_OFFSET,
  hasIdAt,
  headerFlags,
  headerHopLimit,
  isAddressedTo,
  writeForwardedHeader,
  writeHeader,
} from "../header.ts";
import { EXTENDED_HEADER_BYTES_MAX, LINK_OVERHEAD_BYTES } from "../limits.ts";
import type { Path } from "../path-types.ts";
import type { DropReason, RoutingStats } from "../stats.ts";
import {
  copyBytes,
  EXT_RECORD,
  EXT_SHORTCUT,
  EXT_TURNED,
  EXT_WAYPOINT,
  Extension,
  HeaderBuffer,
} from "./extension.ts";
import { labelBytes, lastLabelAt, NO_LABEL, readLabel, writeLabel } from "./label-codec.ts";
import type { Labels } from "./labels.ts";
import { LABELS_BYTES_MAX } from "./limits.ts";
import { Plan } from "./plan.ts";
import { WayBack } from "./way-back.ts";
import type { Ways } from "./ways.ts";

/** Destination of packets for whoever stands at the end of their labels. */
export const PATH_END: Uint8Array = new Uint8Array(ID_BYTES);

/** What a carrier works on. */
export interface CarrierOptions {
  /** This router's 16 id bytes. */
  readonly self: Uint8Array;
  readonly labels: Labels;
  readonly ways: Ways;
  readonly link: LinkPort;
  readonly stats: RoutingStats;
  /** Whether one more labelled packet of this neighbour may be carried. */
  readonly admits: (from: PeerId) => boolean;
  /** A packet for this router. `isPathEnd`: it was addressed to the end of its labels. */
  readonly deliver: (
    from: PeerId,
    payload: Uint8Array,
    back: Path | undefined,
    isPathEnd: boolean,
  ) => void;
}

/** How a packet that begins here is steered. */
export interface Steering {
  readonly next: PeerId;
  /** Detour flags. */
  readonly flags: number;
  readonly destination: Uint8Array;
  readonly ahead: Uint8Array;
  readonly waypoint?: Uint8Array;
  readonly shortcut?: boolean;
}

/**
 * Moves packets with a path extension one hop on. Relays keep no state for a way: what is ahead
 * stands in the packet, and what is behind is written down as the packet goes.
 */
export class Carrier {
  readonly #options: CarrierOptions;
  readonly #buffer = new HeaderBuffer();
  readonly #in = new Extension();
  readonly #plan = new Plan();
  readonly #back = new WayBack();
  /** The header of the packet that is being delivered. */
  #delivered: Uint8Array | undefined;

  constructor(options: CarrierOptions) {
    this.#options = options;
  }

  /** Sends a packet that begins here; it is recorded on its way. False: dropped. */
  send(steering: Steering, payload: Uint8Array): boolean {
    const { next, flags, destination, ahead, waypoint, shortcut } = steering;
    const roomBytes = limits.FRAME_BYTES_MAX - LINK_OVERHEAD_BYTES - EXTENDED_HEADER_BYTES_MAX;
    if (payload.length > roomBytes) return this.#drop("too-large");
    if (ahead.length > LABELS_BYTES_MAX) return this.#drop("label-room");
    const header = this.#buffer.bytes;
    let at = writeHeader(header, destination, flags | FLAG_EXTENDED, this.#options.self);
    header[at++] =
      EXT_RECORD | (shortcut === true ? EXT_SHORTCUT : 0) | (waypoint ? EXT_WAYPOINT : 0);
    if (waypoint !== undefined) {
      header.set(waypoint, at);
      at += ID_BYTES;
    }
    header[at++] = ahead.length;
    header.set(ahead, at);
    at += ahead.length;
    header[at++] = 0;
    return this.#hand(next, at, payload, "sent");
  }

  /** Takes in a neighbour's packet whose header is valid up to its extension. */
  receive(from: PeerId, header: Uint8Array, payload: Uint8Array): void {
    const { self, stats, deliver, admits } = this.#options;
    const ext = this.#in;
    if (!ext.read(header)) {
      this.#drop("malformed");
      return;
    }
    const isPathEnd =
      ext.aheadBytes === 0 && !ext.has(EXT_WAYPOINT) && isAddressedTo(header, PATH_END);
    if (isPathEnd || isAddressedTo(header, self)) {
      stats.delivered++;
      this.#delivered = header;
      deliver(from, payload, this.#back.of(from, header, ext), isPathEnd);
      this.#delivered = undefined;
      return;
    }
    if (headerHopLimit(header) <= 1) {
      this.#drop("hop-limit");
      return;
    }
    if (ext.aheadBytes > 0 && !admits(from)) {
      this.#drop("label-rate");
      return;
    }
    this.#plan.reset(headerFlags(header), ext.has(EXT_WAYPOINT));
    const refusal = this.#choose(from, header);
    if (refusal !== undefined) this.#drop(refusal);
    else this.#pass(from, header, payload);
  }

  /**
   * Passes the packet that is being delivered on to another destination and with another payload,
   * as if this router had only been on its way: the record goes on.
   */
  redirect(from: PeerId, destination: Uint8Array, payload: Uint8Array): boolean {
    const header = this.#delivered;
    const plan = this.#plan;
    if (header === undefined || !this.#in.read(header)) return this.#drop("malformed");
    if (headerHopLimit(header) <= 1) return this.#drop("hop-limit");
    const way = this.#options.ways.to(destination, 0, undefined, 0);
    if (way === undefined) return this.#drop("no-route");
    plan.reset(way.flags, false);
    plan.keepsDetour = false;
    plan.keepsAhead = false;
    plan.destination = destination;
    plan.next = way.by.id;
    return this.#pass(from, header, payload);
  }

  /** Fills the plan; or says why the packet goes no further. */
  #choose(from: PeerId, header: Uint8Array): DropReason | undefined {
    const { self } = this.#options;
    const ext = this.#in;
    const plan = this.#plan;
    if (ext.has(EXT_SHORTCUT) && this.#goOrdinary(header, from)) return undefined;
    let origin: PeerId | undefined = from;
    if (plan.keepsWaypoint) {
      if (!hasIdAt(header, ext.waypointAt, self)) {
        return this.#goTo(header, ext.waypointAt, from) ? undefined : "no-route";
      }
      // A new leg begins here: it may turn back, and has a detour of its own.
      plan.keepsWaypoint = false;
      plan.flags = 0;
      plan.keepsDetour = false;
      origin = undefined;
    }
    if (ext.aheadBytes > 0) return this.#popLabel(header, origin);
    return this.#goTo(header, HEADER_DESTINATION_OFFSET, origin) ? undefined : "no-route";
  }

  #popLabel(header: Uint8Array, origin: PeerId | undefined): DropReason | undefined {
    const { labels, ways } = this.#options;
    const plan = this.#plan;
    const { aheadAt, aheadBytes } = this.#in;
    const label = readLabel(header, aheadAt, aheadAt + aheadBytes);
    if (label === NO_LABEL) return "malformed";
    const next = labels.neighbour(label);
    if (next !== undefined && next === origin) return "label-back";
    const state = next === undefined ? "gone" : ways.state(next);
    if (next !== undefined && state === "up") {
      plan.next = next;
      plan.popped = labelBytes(label);
      return undefined;
    }
    // The labels end here, so this can happen once only: the packet may even turn back.
    if (this.#goOrdinary(header, undefined)) {
      this.#options.stats.strayed++;
      if (plan.flags === 0) plan.flags = FLAGS_SPENT;
      return undefined;
    }
    if (next === undefined || state === "gone") {
      return labels.isResting(label) ? "label-dead" : "label-unknown";
    }
    // Suspicion may be wrong, and there is nothing else to try.
    plan.next = next;
    plan.popped = labelBytes(label);
    return undefined;
  }

  /** Gives up waypoint and labels for the ordinary way to the destination, if there is one. */
  #goOrdinary(header: Uint8Array, from: PeerId | undefined): boolean {
    if (!this.#goTo(header, HEADER_DESTINATION_OFFSET, from)) return false;
    this.#plan.keepsWaypoint = false;
    this.#plan.keepsAhead = false;
    return true;
  }

  #goTo(header: Uint8Array, offset: number, from: PeerId | undefined): boolean {
    const plan = this.#plan;
    const way = this.#options.ways.to(header, offset, from, plan.flags, header);
    if (way === undefined) return false;
    plan.next = way.by.id;
    plan.flags = way.flags;
    return true;
  }

  /** Writes the header that the plan demands, and hands the packet on. */
  #pass(from: PeerId, header: Uint8Array, payload: Uint8Array): boolean {
    const plan = this.#plan;
    const ext = this.#in;
    const out = this.#buffer.bytes;
    const isDetour = plan.flags !== 0 && plan.flags !== headerFlags(header);
    const flags = plan.flags | FLAG_EXTENDED;
    const extensionAt = writeForwardedHeader(
      out,
      header,
      flags,
      this.#options.self,
      plan.keepsDetour,
    );
    if (plan.destination !== undefined) out.set(plan.destination, HEADER_DESTINATION_OFFSET);
    let at = extensionAt + 1;
    if (plan.keepsWaypoint) {
      copyBytes(out, at, header, ext.waypointAt, ID_BYTES);
      at += ID_BYTES;
    }
    const aheadBytes = plan.keepsAhead ? ext.aheadBytes - plan.popped : 0;
    out[at++] = aheadBytes;
    copyBytes(out, at, header, ext.aheadAt + plan.popped, aheadBytes);
    at += aheadBytes;
    const end = this.#record(from, header, at);
    if (end < 0) return this.#drop("label-room");
    const kept = ext.flags & (EXT_RECORD | EXT_SHORTCUT);
    out[extensionAt] = kept | this.#turned | (plan.keepsWaypoint ? EXT_WAYPOINT : 0);
    if (isDetour) this.#options.stats.detoured++;
    return this.#hand(plan.next, end, payload, "forwarded");
  }

  /** EXT_TURNED where the record just written lost its last hop. */
  #turned = 0;

  /** Writes what is behind, its length first; returns where the header ends, -1: no room. */
  #record(from: PeerId, header: Uint8Array, lengthAt: number): number {
    const { labels } = this.#options;
    const { next, popped } = this.#plan;
    const ext = this.#in;
    const out = this.#buffer.bytes;
    const at = lengthAt + 1;
    let kept = ext.behindBytes;
    this.#turned = 0;
    let isAppending = ext.has(EXT_RECORD) || popped > 0;
    if (ext.has(EXT_TURNED)) {
      // The last label is this router's own, written when the packet was here before.
      const lastAt = lastLabelAt(header, ext.behindAt, ext.behindAt + kept);
      if (lastAt >= 0 && labels.neighbour(readLabel(header, lastAt, header.length)) === next) {
        kept = lastAt - ext.behindAt;
        this.#turned = EXT_TURNED;
      }
      isAppending = false;
    } else if (isAppending && next === from) {
      this.#turned = EXT_TURNED;
      isAppending = false;
    }
    copyBytes(out, at, header, ext.behindAt, kept);
    let end = at + kept;
    if (isAppending) {
      const label = labels.of(from);
      if (label === NO_LABEL || kept + labelBytes(label) > LABELS_BYTES_MAX) return -1;
      end = writeLabel(out, end, label);
    }
    out[lengthAt] = end - at;
    return end;
  }

  #hand(
    next: PeerId,
    headerBytes: number,
    payload: Uint8Array,
    counter: "sent" | "forwarded",
  ): boolean {
    const { link, stats } = this.#options;
    if (!link.sendPacket(next, this.#buffer.view(headerBytes), payload)) return this.#drop("link");
    stats[counter]++;
    return true;
  }

  #drop(reason: DropReason): false {
    this.#options.stats.dropped[reason]++;
    return false;
  }
}
