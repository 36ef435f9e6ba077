import type { PersonId } from "../../identity/index.ts";
import type { CreditMap } from "../routing/credit-map.ts";
import type { Observation } from "../routing/plan.ts";
import { MEMORY_EDGES_MAX, MEMORY_LIFE_MS } from "./limits.ts";

interface Seen {
  readonly from: PersonId;
  readonly to: PersonId;
  readonly free: number;
  readonly untilMs: number;
}

/**
 * What probes found narrow lately, of one currency: the next payment does not try it again. Only that a line
 * has less than was thought is remembered, and for two minutes: who lies about lines keeps payments off them
 * for no longer.
 */
export class Memory {
  readonly #seen = new Map<string, Seen>();

  note({ from, to, free, isExact }: Observation, nowMs: number): void {
    const key = `${from}>${to}`;
    this.#seen.delete(key);
    if (!isExact) return;
    const [oldest] = this.#seen.keys();
    if (this.#seen.size >= MEMORY_EDGES_MAX && oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.set(key, { from, to, free, untilMs: nowMs + MEMORY_LIFE_MS });
  }

  /** Puts what is remembered into a map; what is known there to be less stays. */
  apply(map: CreditMap, nowMs: number): void {
    for (const [key, { from, to, free, untilMs }] of this.#seen) {
      if (untilMs <= nowMs) this.#seen.delete(key);
      else map.narrow(from, to, free);
    }
  }
}
