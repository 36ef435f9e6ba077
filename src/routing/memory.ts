import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { Distance } from "./destination.ts";
import { MEMORY_MAX, MEMORY_MS } from "./limits.ts";

/** What stays of an origin without a route: what keeps its return free of loops, and its record. */
export interface Remembered {
  readonly feasible: Distance | undefined;
  readonly record: PeerRecord;
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

  /** Keeps an origin; the oldest one leaves where there is no room. */
  keep(record: PeerRecord, feasible: Distance | undefined, nowMs: number): void {
    this.#origins.delete(record.id);
    this.#origins.set(record.id, { feasible, record, untilMs: nowMs + MEMORY_MS });
    for (const [id, { untilMs }] of this.#origins) {
      if (this.#origins.size <= this.#max && untilMs > nowMs) break;
      this.#origins.delete(id);
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
