import { FRAGMENTED_MAX, FRAGMENTED_MS } from "./limits.ts";

/**
 * Packets in IPv6 fragments whose first part was let in: only the first carries ports, so the
 * later ones pass by the number that they share with it. The oldest gives way.
 */
export class Fragmented {
  readonly #slots = new Int32Array(FRAGMENTED_MAX).fill(-1);
  readonly #ids = new Uint32Array(FRAGMENTED_MAX);
  readonly #atMs = new Float64Array(FRAGMENTED_MAX);
  #turn = 0;

  /** The first part of packet `id` of a peer has passed. */
  add(slot: number, id: number, nowMs: number): void {
    const at = this.#turn;
    this.#turn = (at + 1) % FRAGMENTED_MAX;
    this.#slots[at] = slot;
    this.#ids[at] = id;
    this.#atMs[at] = nowMs;
  }

  /** Whether it has, lately. */
  has(slot: number, id: number, nowMs: number): boolean {
    for (let at = 0; at < FRAGMENTED_MAX; at++) {
      if (this.#slots[at] !== slot || this.#ids[at] !== id) continue;
      if (nowMs - (this.#atMs[at] ?? 0) < FRAGMENTED_MS) return true;
    }
    return false;
  }
}
