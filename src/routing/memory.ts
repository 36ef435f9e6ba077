import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { Destination } from "./destination.ts";
import { MEMORY_MAX, MEMORY_MS } from "./limits.ts";

/** What stays of an origin without a route: what keeps its return free of loops, and its record. */
export interface Remembered {
  readonly state: {
    readonly record: PeerRecord | undefined;
    readonly provenSeqno: number;
    readonly provenLink: Uint8Array | undefined;
    readonly feasibleSeqno: number;
    readonly feasibleMetric: number;
  };
  readonly untilMs: number;
}

/** Origins without a route, the longest forgotten first to go. */
export class Memory {
  readonly #origins = new Map<PeerId, Remembered>();
  readonly #max: number;

  constructor(max: number = MEMORY_MAX) {
    this.#max = max;
  }

  get size(): number {
    return this.#origins.size;
  }

  /** Keeps an origin of which anything is known; the oldest one leaves where there is no room. */
  keep(destination: Destination, nowMs: number): void {
    const { id, record, provenSeqno, provenLink, feasibleSeqno, feasibleMetric } = destination;
    this.#origins.delete(id);
    if (record === undefined && feasibleSeqno < 0) return;
    const state = { record, provenSeqno, provenLink, feasibleSeqno, feasibleMetric };
    this.#origins.set(id, { state, untilMs: nowMs + MEMORY_MS });
    for (const [other, { untilMs }] of this.#origins) {
      if (this.#origins.size <= this.#max && untilMs > nowMs) break;
      this.#origins.delete(other);
    }
  }

  /** What is known of an origin, or undefined where that is too long ago. */
  get(id: PeerId, nowMs: number): Remembered | undefined {
    const found = this.#origins.get(id);
    return found !== undefined && found.untilMs > nowMs ? found : undefined;
  }

  /** Forgets an origin, because it has a route again. */
  delete(id: PeerId): void {
    this.#origins.delete(id);
  }
}
