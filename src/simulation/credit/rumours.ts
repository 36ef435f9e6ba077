import type { PersonId } from "../../identity/index.ts";
import { hasLeft, noisyBucket } from "../../money/routing/bucket.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  NEAR_PEOPLE_MAX,
  VICINITY_PEOPLE_MAX,
} from "../../money/routing/limits.ts";
import type { Advert, OwnLine } from "../../money/routing/types.ts";
import { Vicinity } from "../../money/routing/vicinity.ts";
import type { Random } from "../../ports/random.ts";
import type { CreditNet } from "./net.ts";

/** Numbers that one entry of a ring has: place, place by which it is reached, lines away. */
const ENTRY = 3;
const NO_BYTES = new Uint8Array();

/** The id of a place, as a person. */
export function personAt(place: number): PersonId {
  return place.toString(16).padStart(32, "0");
}

/**
 * Who has heard which adverts. An advert is made when a capacity leaves the bucket it was told as, and is
 * with all whom it concerns before the next payment begins; each copy that goes over a line is counted.
 * Tables are made from that when somebody pays: ten thousand at once would not fit into memory.
 */
export class Rumours {
  /** Adverts that were told anew since the start, and copies of them that went over a line. */
  adverts = 0;
  copies = 0;
  readonly #net: CreditNet;
  readonly #own: (place: number) => OwnLine[];
  readonly #noise: Random;
  readonly #latest: (Advert | undefined)[] = [];
  readonly #rings: (Int32Array | undefined)[] = [];

  constructor(net: CreditNet, own: (place: number) => OwnLine[], noise: Random) {
    this.#net = net;
    this.#own = own;
    this.#noise = noise;
    for (let place = 0; place < net.size; place++) this.#latest[place] = this.#advert(place, 0);
  }

  /** Looks whether a place has something to tell anew. */
  touch(place: number): void {
    const before = this.#latest[place];
    if (before === undefined) return;
    const own = new Map(this.#own(place).map((line) => [line.partner, line]));
    const isOld = before.lines.some(({ partner, out, in: back }) => {
      const line = own.get(partner);
      return line !== undefined && (hasLeft(out, line.out) || hasLeft(back, line.in));
    });
    if (!isOld) return;
    this.#latest[place] = this.#advert(place, before.seq + 1);
    this.adverts++;
    this.copies += this.#ring(place).length / ENTRY;
  }

  /** What a place has heard. */
  vicinity(place: number): Vicinity {
    const vicinity = new Vicinity();
    const ring = this.#ring(place);
    for (let at = 0; at < ring.length && vicinity.people < VICINITY_PEOPLE_MAX; at += ENTRY) {
      const advert = this.#latest[ring[at] ?? 0];
      if (advert === undefined) continue;
      const hopsLeft = ADVERT_HOPS_MAX - (ring[at + 2] ?? 0);
      vicinity.take({ ...advert, hopsLeft }, personAt(ring[at + 1] ?? 0), 0);
    }
    return vicinity;
  }

  #advert(place: number, seq: number): Advert {
    const lines = this.#own(place)
      .sort((a, b) => b.out + b.in - a.out - a.in)
      .slice(0, ADVERT_LINES_MAX)
      .map(({ partner, out, in: back }) => ({
        partner,
        out: noisyBucket(out, this.#noise),
        in: noisyBucket(back, this.#noise),
      }));
    const origin = personAt(place);
    const bare = { dhKey: NO_BYTES, proof: NO_BYTES, hopsLeft: ADVERT_HOPS_MAX - 1 };
    return { t: "advert", currency: "", origin, seq, lines, ...bare };
  }

  /** Places that are in reach of each other's adverts, nearest first. */
  #ring(place: number): Int32Array {
    const known = this.#rings[place];
    if (known !== undefined) return known;
    const via = new Map<number, number>([[place, place]]);
    const entries: number[] = [];
    let ring: readonly number[] = [place];
    for (let distance = 1; distance <= ADVERT_HOPS_MAX; distance++) {
      if (distance === ADVERT_HOPS_MAX && via.size > NEAR_PEOPLE_MAX) break;
      ring = this.#beyond(ring, via, distance === 1);
      for (const at of ring) entries.push(at, via.get(at) ?? at, distance);
    }
    const fresh = Int32Array.from(entries);
    this.#rings[place] = fresh;
    return fresh;
  }

  /** The places one line farther than a ring; `via` gets the partner by whom each is reached. */
  #beyond(ring: readonly number[], via: Map<number, number>, isFirst: boolean): number[] {
    const { first, to } = this.#net;
    const next: number[] = [];
    for (const at of ring) {
      for (let edge = first[at] ?? 0; edge < (first[at + 1] ?? 0); edge++) {
        const beyond = to[edge] ?? 0;
        if (via.has(beyond)) continue;
        via.set(beyond, isFirst ? beyond : (via.get(at) ?? at));
        next.push(beyond);
      }
    }
    return next;
  }
}
