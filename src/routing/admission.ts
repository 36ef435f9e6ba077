import type { PeerId } from "../identity/index.ts";
import type { Destination } from "./destination.ts";
import { INTRODUCTIONS_MS } from "./limits.ts";
import type { Update } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Table } from "./table.ts";

/** What the admission works on, and whom it tells. */
export interface AdmissionOptions {
  readonly table: Table;
  /** A destination has to leave the table. */
  readonly evict: (destination: Destination) => void;
  /** Looks at an introduction as if it came now. */
  readonly take: (from: Neighbour, update: Update, nowMs: number) => void;
}

/**
 * Gives places of the table to origins whose records are not here yet: a few at a time, so that the
 * table never holds more than its budgets. All others wait with the neighbour that introduced them,
 * and the neighbours have their turns.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  /** With whom introductions wait, in the order of their turns. */
  readonly #waiting = new Set<Neighbour>();
  /** Origins that have come into the table, by whom: what others say of them waits no longer. */
  readonly #joined: [PeerId, Neighbour][] = [];
  /** When it is next looked whether somebody has to make a place. */
  #lookMs = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Whether an origin without record has a place in the table now. If not, its introduction is kept. */
  admit(from: Neighbour, id: PeerId, update: Update, origin: Uint8Array, nowMs: number): boolean {
    const { table, evict } = this.#options;
    const evicted = table.placeForUnknown(from, id, nowMs);
    if (evicted === "itself") {
      if (this.#waiting.size === 0) this.#lookMs = nowMs + INTRODUCTIONS_MS;
      if (from.introductions.keep(id, origin, update)) this.#waiting.add(from);
      else table.turnAway();
      return false;
    }
    if (evicted !== undefined) evict(evicted);
    if (this.#waiting.size > 0) this.#joined.push([id, from]);
    return true;
  }

  /** Lets in what has a place now; now and then also what others have to make a place for. */
  tick(nowMs: number): void {
    if (this.#waiting.size === 0) return;
    const { table } = this.#options;
    this.#takeJoined(nowMs);
    const isDue = nowMs >= this.#lookMs;
    if (isDue) this.#lookMs = nowMs + INTRODUCTIONS_MS;
    // It is over once nobody had anything, or a place, in one round of turns.
    for (
      let turns = this.#waiting.size;
      turns > 0 && (isDue || table.hasPlaceForUnknown);
      turns--
    ) {
      const [neighbour] = this.#waiting;
      if (neighbour === undefined) return;
      if (this.#serve(neighbour, nowMs)) turns = this.#waiting.size + 1;
    }
  }

  /** Gives a neighbour its turn, and the next one behind all others. False: nothing came in. */
  #serve(neighbour: Neighbour, nowMs: number): boolean {
    const { table, take } = this.#options;
    const { id, cost, introductions } = neighbour;
    this.#waiting.delete(neighbour);
    if (!neighbour.up || introductions.size === 0) return false;
    this.#waiting.add(neighbour);
    if (table.placeForUnknown(neighbour, undefined, nowMs) === "itself") return false;
    const best = introductions.best((lottery, metric) =>
      table.depth({ lottery }, id, metric + cost),
    );
    if (best === undefined) return false;
    introductions.drop(best.handle);
    take(neighbour, best, nowMs);
    this.#takeJoined(nowMs);
    return true;
  }

  nextDeadlineMs(): number {
    return this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : this.#lookMs;
  }

  #takeJoined(nowMs: number): void {
    for (const [id, by] of this.#joined.splice(0)) {
      for (const neighbour of this.#waiting) {
        const update = neighbour === by ? undefined : neighbour.introductions.take(id);
        if (update !== undefined) this.#options.take(neighbour, update, nowMs);
      }
    }
  }
}
