import { lowerFirst } from "./budget.ts";
import type { Destination } from "./destination.ts";

/**
 * The origins of a table in the order of landmarks, lowest lottery value first. A full table asks
 * for them with every few newcomers, and to sort them each time costs more than all else it does.
 */
export class LotteryOrder {
  readonly #sorted: Destination[] = [];

  /** All of them; lent, and of no use once one is added or deleted. */
  get values(): readonly Destination[] {
    return this.#sorted;
  }

  /** Takes one in that is not there yet. */
  add(destination: Destination): void {
    this.#sorted.splice(this.#placeOf(destination), 0, destination);
  }

  /** Nothing happens where it is not there. */
  delete(destination: Destination): void {
    const place = this.#placeOf(destination);
    if (this.#sorted[place] === destination) this.#sorted.splice(place, 1);
  }

  /** Where it stands, or would stand. */
  #placeOf(destination: Destination): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sorted[middle];
      if (other !== undefined && other !== destination && lowerFirst(other, destination) < 0) {
        low = middle + 1;
      } else high = middle;
    }
    return low;
  }
}
