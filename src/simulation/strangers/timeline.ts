import { Heap } from "../../base/heap.ts";
import type { Clock } from "../../ports/clock.ts";

/** 2024-01-01: when runs begin on the wall clock. */
export const RUN_BEGINS_MS = 1_704_067_200_000;

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: events in order of time, then of coming. */
export class Timeline implements Clock {
  readonly #events = new Heap<Event>((a, b) =>
    a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs,
  );
  #nowMs = 0;
  #order = 0;
  /** Events that have run. */
  count = 0;

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return RUN_BEGINS_MS + this.#nowMs;
  }

  at(atMs: number, run: () => void): void {
    this.#events.push({ atMs: Math.max(Math.ceil(atMs), this.#nowMs), order: this.#order++, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.#nowMs + ms, run);
  }

  /** Runs everything that is due before `endMs`. */
  runUntil(endMs: number): void {
    for (let next = this.#events.peek(); next !== undefined; next = this.#events.peek()) {
      if (next.atMs >= endMs) break;
      this.#events.pop();
      this.#nowMs = next.atMs;
      this.count++;
      next.run();
    }
    this.#nowMs = endMs;
  }
}
