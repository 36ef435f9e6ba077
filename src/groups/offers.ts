import { OFFERS_MAX } from "./limits.ts";
import type { GroupOffer } from "./types.ts";

/** Groups to which contacts have added this person and of which this device does not know yet. */
export class Offers {
  readonly #offers = new Map<string, GroupOffer>();

  /** Oldest first. */
  all(): readonly GroupOffer[] {
    return [...this.#offers.values()];
  }

  /** @returns whether it is news; one more than there may be is not kept, and comes again */
  take(offer: GroupOffer): boolean {
    const known = this.#offers.get(offer.group);
    if (known === undefined && this.#offers.size >= OFFERS_MAX) return false;
    this.#offers.set(offer.group, offer);
    return known === undefined;
  }

  delete(group: string): void {
    this.#offers.delete(group);
  }
}
