import type { PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import { AHEAD_S_MAX, LISTING_DAYS_MAX, LISTINGS_MAX, LISTINGS_PER_MEMBER_MAX } from "./limits.ts";
import type { Listing } from "./types.ts";

const SECONDS_PER_DAY = 86_400;

/** What members offer and want. Of one id the newest counts; what has ended goes by itself. */
export class Listings {
  readonly #all = new Map<string, Listing>();

  /** All that stand at a time, the newest first. What was taken back does not, whatever a clock says. */
  standing(nowS: number): readonly Listing[] {
    return this.all()
      .filter(({ atS, untilS }) => untilS > nowS && untilS > atS)
      .sort((a, b) => b.atS - a.atS || (a.id < b.id ? -1 : 1));
  }

  all(): readonly Listing[] {
    return [...this.#all.values()];
  }

  get(id: string): Listing | undefined {
    return this.#all.get(id);
  }

  /**
   * Takes one in; false where nothing is new. Of one author's two with one id the later counts, of the same second
   * the one with the larger bytes. @throws MoneyError("full" | "not-allowed" | "expired")
   */
  put(listing: Listing, nowS: number): boolean {
    if (isOver(listing, nowS) || listing.atS > nowS + AHEAD_S_MAX) {
      throw new MoneyError("expired", "This offer's date is not of these days.");
    }
    const known = this.#all.get(listing.id);
    if (known !== undefined) {
      if (known.by !== listing.by) throw new MoneyError("not-allowed", "This is somebody else's.");
      if (!isNewer(listing, known)) return false;
    } else this.#checkRoom(listing.by);
    this.#all.set(listing.id, listing);
    return true;
  }

  /** Lets go of what nobody can bring back any more. @returns their ids */
  expire(nowS: number): readonly string[] {
    const gone: string[] = [];
    for (const listing of this.all()) {
      if (!isOver(listing, nowS)) continue;
      this.#all.delete(listing.id);
      gone.push(listing.id);
    }
    return gone;
  }

  #checkRoom(by: PersonId): void {
    let own = 0;
    for (const each of this.#all.values()) if (each.by === by) own++;
    if (own >= LISTINGS_PER_MEMBER_MAX) {
      throw new MoneyError(
        "full",
        `A member offers and wants ${LISTINGS_PER_MEMBER_MAX} things at most.`,
      );
    }
    if (this.#all.size >= LISTINGS_MAX) throw new MoneyError("full", "The directory is full.");
  }
}

/** What was taken back is remembered for as long as it could have stood. */
function isOver({ atS }: Listing, nowS: number): boolean {
  return atS + LISTING_DAYS_MAX * SECONDS_PER_DAY < nowS;
}

function isNewer(one: Listing, other: Listing): boolean {
  if (one.atS !== other.atS) return one.atS > other.atS;
  for (let at = 0; at < one.bytes.length; at++) {
    const difference = (one.bytes[at] ?? 0) - (other.bytes[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
