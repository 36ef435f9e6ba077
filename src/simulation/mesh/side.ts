import type { PeerId } from "../../identity/index.ts";
import type { NeighbourInfo } from "../../link/index.ts";
import { type Carried, type LinkTraits, nothingCarried } from "./types.ts";

/** What two sides of a link have in common. */
export interface Wire {
  connected: boolean;
  /** Counts how often it was laid: what was sent before a cut never arrives after it. */
  epoch: number;
}

/** One direction of a link, as the place that sends over it sees it. */
export class Side {
  readonly from: number;
  readonly to: number;
  readonly wire: Wire;
  /** Who is at the other end. */
  readonly id: PeerId;
  readonly carried: Carried = nothingCarried();
  delayMs = 1;
  bitsPerSecond: number = Number.POSITIVE_INFINITY;
  loss = 0;
  /** The sender takes the other end for its neighbour; it may learn of a cut late. */
  up = false;
  /** Until when the link is busy with what was sent before. */
  busyUntilMs = 0;
  /** Packets sent over it are lost, and nobody is told. */
  mute = false;
  /** When the last control message arrives. */
  controlUntilMs = 0;
  #info: NeighbourInfo;

  constructor(from: number, to: number, id: PeerId, wire: Wire) {
    this.from = from;
    this.to = to;
    this.id = id;
    this.wire = wire;
    this.#info = {
      ...{ id, cost: 1, suspect: false, roundTripMs: 2, deliveryRatio: 1 },
      ...{ bitsPerSecond: this.bitsPerSecond, endpoints: [], frameBytes: 1_200, heardAtMs: 0 },
    };
  }

  /** What the link room would say of it. */
  get info(): NeighbourInfo {
    return this.#info;
  }

  get cost(): number {
    return this.#info.cost;
  }

  /** Comes up with these traits. */
  lay(traits: LinkTraits, cost: number, nowMs: number): void {
    this.delayMs = traits.delayMs ?? 1;
    this.bitsPerSecond = traits.bitsPerSecond ?? Number.POSITIVE_INFINITY;
    this.loss = traits.loss ?? 0;
    this.busyUntilMs = nowMs;
    this.up = true;
    this.#info = {
      ...{ id: this.id, cost, suspect: false, endpoints: [], frameBytes: 1_200, heardAtMs: nowMs },
      roundTripMs: 2 * this.delayMs,
      deliveryRatio: 1 - this.loss,
      bitsPerSecond: Math.min(this.bitsPerSecond, 1_000_000_000),
    };
  }

  /** The sender thinks otherwise of it now. */
  change(change: { readonly cost?: number; readonly suspect?: boolean }, nowMs: number): void {
    this.#info = { ...this.#info, ...change, heardAtMs: nowMs };
  }

  /** When so many bytes, sent now, have left; the link is busy until then. */
  occupy(sizeBytes: number, nowMs: number): number {
    if (this.bitsPerSecond === Number.POSITIVE_INFINITY) return nowMs;
    const beginMs = Math.max(nowMs, this.busyUntilMs);
    this.busyUntilMs = beginMs + (sizeBytes * 8_000) / this.bitsPerSecond;
    return this.busyUntilMs;
  }
}
