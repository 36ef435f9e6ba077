import { REGARD_MS } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";

/**
 * Neighbours whose distance to us has changed. All destinations behind such a neighbour have to be
 * looked at anew, and a neighbour can change its mind with every entry it sends: so the first
 * change counts at once, and later ones are gathered for `REGARD_MS`.
 */
export class Regards {
  readonly #dueMs = new Map<Neighbour, number>();
  /** When each was last looked at; forgotten with the neighbour. */
  readonly #doneMs = new WeakMap<Neighbour, number>();

  /** A neighbour's distance has changed. */
  note(neighbour: Neighbour, nowMs: number): void {
    if (this.#dueMs.has(neighbour)) return;
    const doneMs = this.#doneMs.get(neighbour) ?? Number.NEGATIVE_INFINITY;
    this.#dueMs.set(neighbour, Math.max(nowMs, doneMs + REGARD_MS));
  }

  /** Monotonic time at which the next one is due. */
  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    // Asked after every packet, and mostly there is nothing: an iterator costs more than the answer.
    if (this.#dueMs.size === 0) return next;
    for (const dueMs of this.#dueMs.values()) next = Math.min(next, dueMs);
    return next;
  }

  /** Takes out those that are due. */
  take(nowMs: number): readonly Neighbour[] {
    const due: Neighbour[] = [];
    for (const [neighbour, dueMs] of this.#dueMs) {
      if (dueMs > nowMs) continue;
      this.#dueMs.delete(neighbour);
      this.#doneMs.set(neighbour, nowMs);
      if (neighbour.up) due.push(neighbour);
    }
    return due;
  }
}
