import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import { lotteryOf } from "../lottery.ts";
import { PLACES_LOWEST, PLACES_NEAREST } from "./limits.ts";
import { rendezvousOf } from "./rendezvous.ts";
import type { Vicinity } from "./vicinity.ts";

/** A landmark; `metric` is 0 for this peer itself. */
export interface Landmark {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
  readonly lottery: number;
  readonly metric: number;
}

/** What the list of landmarks is made from. */
export interface LandmarksOptions {
  readonly suite: CryptoSuite;
  readonly self: { readonly id: PeerId; readonly idBytes: Uint8Array };
  readonly vicinity: Vicinity;
  readonly landmarksMax: number;
}

/** The landmarks as this router sees them; it may be one itself. */
export class Landmarks {
  readonly #options: LandmarksOptions;
  readonly #self: Landmark;

  constructor(options: LandmarksOptions) {
    const { self } = options;
    this.#options = options;
    this.#self = { ...self, lottery: lotteryOf(self.idBytes), metric: 0 };
  }

  /** All of them, smallest lottery first. */
  list(): readonly Landmark[] {
    const { vicinity, landmarksMax } = this.#options;
    const others = vicinity.landmarks();
    const before = others.findIndex(({ lottery }) => lottery > this.#self.lottery);
    const at = before < 0 ? others.length : before;
    return [...others.slice(0, at), this.#self, ...others.slice(at)].slice(0, landmarksMax);
  }

  /** The `count` landmarks closest to an id by rendezvous, closest first. */
  closestTo(id: Uint8Array, count: number): Landmark[] {
    const { suite } = this.#options;
    return this.list()
      .map((landmark) => ({ landmark, weight: rendezvousOf(suite, landmark.idBytes, id) }))
      .sort((a, b) => b.weight - a.weight || byLottery(a.landmark, b.landmark))
      .slice(0, count)
      .map(({ landmark }) => landmark);
  }

  /** The closest landmark to an id, if it is closer than this peer itself. */
  closerTo(id: Uint8Array): Landmark | undefined {
    const { suite, self } = this.#options;
    const [closest] = this.closestTo(id, 1);
    if (closest === undefined || closest.id === self.id) return undefined;
    const own = rendezvousOf(suite, self.idBytes, id);
    return rendezvousOf(suite, closest.idBytes, id) > own ? closest : undefined;
  }

  /** The landmarks that a locator of this peer names: nearest ones first, then lowest ones. */
  places(): Landmark[] {
    const lowest = this.list();
    const nearest = [...lowest].sort((a, b) => a.metric - b.metric || byLottery(a, b));
    const places = nearest.slice(0, PLACES_NEAREST);
    const max = PLACES_NEAREST + PLACES_LOWEST;
    for (const landmark of lowest) {
      if (places.length >= max) break;
      if (!places.includes(landmark)) places.push(landmark);
    }
    return places;
  }
}

function byLottery(a: Landmark, b: Landmark): number {
  return a.lottery - b.lottery || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
