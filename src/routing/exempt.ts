import type { PeerId } from "../identity/index.ts";
import type { Destination } from "./destination.ts";
import { PINS_MAX } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";

/** How many origins are kept beside the budgets, with a record and without. */
export interface ExemptCount {
  readonly proven: number;
  readonly unknown: number;
}

/** Origins that a table keeps beside its budgets: neighbours, and those that somebody has asked for. */
export class Exempt {
  readonly #neighbours: ReadonlyMap<PeerId, Neighbour>;
  readonly #destinations: ReadonlyMap<PeerId, Destination>;
  /** Those that were asked for, and until when. */
  readonly #pins = new Map<PeerId, number>();
  /** Undefined: to be counted anew. */
  #count: ExemptCount | undefined;

  constructor(
    neighbours: ReadonlyMap<PeerId, Neighbour>,
    destinations: ReadonlyMap<PeerId, Destination>,
  ) {
    this.#neighbours = neighbours;
    this.#destinations = destinations;
  }

  has(id: PeerId): boolean {
    return this.#neighbours.has(id) || this.#pins.has(id);
  }

  /** Keeps an origin for a while beside the budgets; the longest pinned gives way at `PINS_MAX`. */
  pin(id: PeerId, untilMs: number, nowMs: number): void {
    this.#count = undefined;
    this.#pins.delete(id);
    for (const [other, endMs] of this.#pins) {
      if (this.#pins.size < PINS_MAX && endMs > nowMs) break;
      this.#pins.delete(other);
    }
    this.#pins.set(id, untilMs);
  }

  /** Those whose time is over are kept beside the budgets no longer. */
  unpin(nowMs: number): void {
    for (const [id, endMs] of this.#pins) {
      if (endMs > nowMs) break;
      this.#count = undefined;
      this.#pins.delete(id);
    }
  }

  /** An origin has come into the table or left it, or its record has come. */
  changed(id: PeerId): void {
    if (this.has(id)) this.#count = undefined;
  }

  /** Neighbours have come or gone. */
  neighboursChanged(): void {
    this.#count = undefined;
  }

  count(): ExemptCount {
    if (this.#count !== undefined) return this.#count;
    let proven = 0;
    let unknown = 0;
    for (const { record } of this.ones()) {
      if (record === undefined) unknown++;
      else proven++;
    }
    this.#count = { proven, unknown };
    return this.#count;
  }

  /** Those of them that are in the table. */
  ones(): ReadonlySet<Destination> {
    const ones = new Set<Destination>();
    for (const ids of [this.#neighbours.keys(), this.#pins.keys()]) {
      for (const id of ids) {
        const destination = this.#destinations.get(id);
        if (destination !== undefined) ones.add(destination);
      }
    }
    return ones;
  }
}
