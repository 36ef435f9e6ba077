import type { PeerId } from "../../identity/index.ts";
import { NO_LABEL } from "./label-codec.ts";
import { LABEL_MAX, LABEL_REST_MS } from "./limits.ts";

/**
 * This router's own numbers of its neighbours, 1 and up, the smallest free one each. A neighbour
 * that comes back within `LABEL_REST_MS` gets its old number, and nobody else does: label stacks
 * that others hold must not lead elsewhere all of a sudden.
 */
export class Labels {
  readonly #byLabel: (PeerId | undefined)[] = [];
  readonly #byId = new Map<PeerId, number>();
  /** No number below this one is free. */
  #lowest = 1;
  /** Numbers whose neighbour left, the longest ago first. */
  readonly #resting = new Map<number, { readonly id: PeerId; readonly untilMs: number }>();

  /** Numbers a neighbour. Where all are taken it gets none, and nothing is recorded through it. */
  add(id: PeerId, nowMs: number): void {
    if (this.#byId.has(id)) return;
    this.#wake(nowMs);
    const label = this.#restingOf(id) ?? this.#free();
    if (label === undefined) return;
    this.#resting.delete(label);
    this.#byLabel[label] = id;
    this.#byId.set(id, label);
  }

  /** A neighbour has left. */
  remove(id: PeerId, nowMs: number): void {
    const label = this.#byId.get(id);
    if (label === undefined) return;
    this.#byId.delete(id);
    this.#byLabel[label] = undefined;
    this.#resting.set(label, { id, untilMs: nowMs + LABEL_REST_MS });
  }

  /** A neighbour's number, or NO_LABEL. */
  of(id: PeerId): number {
    return this.#byId.get(id) ?? NO_LABEL;
  }

  /** The neighbour of a number while it is up. */
  neighbour(label: number): PeerId | undefined {
    return this.#byLabel[label];
  }

  /** Whether a number belongs to a neighbour that left a moment ago. */
  isResting(label: number): boolean {
    return this.#resting.has(label);
  }

  #wake(nowMs: number): void {
    for (const [label, { untilMs }] of this.#resting) {
      if (untilMs > nowMs) break;
      this.#resting.delete(label);
      this.#lowest = Math.min(this.#lowest, label);
    }
  }

  #restingOf(id: PeerId): number | undefined {
    for (const [label, { id: owner }] of this.#resting) if (owner === id) return label;
    return undefined;
  }

  #free(): number | undefined {
    while (this.#byLabel[this.#lowest] !== undefined || this.#resting.has(this.#lowest)) {
      this.#lowest++;
    }
    return this.#lowest <= LABEL_MAX ? this.#lowest : undefined;
  }
}
