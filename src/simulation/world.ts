import { Heap } from "../base/heap.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { testRandom } from "../testing/fixtures.ts";

interface Event {
  readonly atMs: number;
  /** Breaks ties: first scheduled, first run. */
  readonly order: number;
  readonly run: () => void;
}

/** What passes between two looks at the clock, in milliseconds. */
const LOOK_MS = 1e-6;

/** Wall time at the start of every simulation: 2024-01-01T00:00:00Z. */
const EPOCH_MS = 1_704_067_200_000;

/**
 * Virtual time and everything that is going to happen in it. One queue keyed (time, order);
 * the same seed gives the same run, event for event.
 */
export class World {
  readonly seed: number;
  readonly random: Random;
  readonly clock: Clock;
  readonly #events = new Heap<Event>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );
  #nowMs = 0;
  #seenMs = 0;
  #order = 0;
  #executed = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.random = testRandom(seed);
    this.clock = {
      monotonicMs: () => this.#look(),
      wallMs: () => EPOCH_MS + Math.floor(this.#nowMs),
    };
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events run so far. */
  get executed(): number {
    return this.#executed;
  }

  /** Runs `action` after a delay of at least 0 ms. */
  after(delayMs: number, action: () => void): void {
    this.#events.push({
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      run: action,
    });
  }

  /** Lets virtual time pass, running everything that becomes due. */
  run(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (let next = this.#events.peek(); next !== undefined; next = this.#events.peek()) {
      if (next.atMs > endMs) break;
      this.#step();
    }
    this.#nowMs = endMs;
  }

  /**
   * Lets time pass until `condition` holds, looking every `stepMs`.
   * @returns virtual milliseconds it took, or undefined where `limitMs` passed before
   */
  runUntil(condition: () => boolean, limitMs: number, stepMs = 20): number | undefined {
    const startMs = this.#nowMs;
    while (!condition()) {
      if (this.#nowMs - startMs >= limitMs) return undefined;
      this.run(stepMs);
    }
    return this.#nowMs - startMs;
  }

  /** As on a real clock, some time passes between two looks: never twice the same. */
  #look(): number {
    this.#seenMs = Math.max(this.#nowMs, this.#seenMs + LOOK_MS);
    return this.#seenMs;
  }

  #step(): void {
    const event = this.#events.pop();
    if (event === undefined) return;
    this.#nowMs = event.atMs;
    this.#executed++;
    event.run();
  }
}
