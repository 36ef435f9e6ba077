import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import { lotteryOf } from "../lottery.ts";
import { LANDMARKS_REFRESH_MS, PLACES_LOWEST, PLACES_NEAREST } from "./limits.ts";
import { rendezvousOf } from "./rendezvous.ts";
import { distanceTo, type Vicinity } from "./vicinity.ts";

/** A landmark; `distance` is 0 for this peer itself. */
export interface Landmark {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
  readonly lottery: number;
  readonly distance: number;
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
  #list: readonly Landmark[] = [];
  #untilMs: number = Number.NEGATIVE_INFINITY;

  constructor(options: LandmarksOptions) {
    this.#options = options;
  }

  /** All of them, smallest lottery first. */
  list(nowMs: number): readonly Landmark[] {
    if (nowMs < this.#untilMs) return this.#list;
    const { self, vicinity, landmarksMax } = this.#options;
    const all: Landmark[] = [{ ...self, lottery: lotteryOf(self.idBytes), distance: 0 }];
    for (const peer of vicinity.values()) {
      if (peer.selected === undefined) continue;
      const { id, idBytes, lottery } = peer;
      all.push({ id, idBytes, lottery, distance: distanceTo(peer) });
    }
    all.sort(byLottery);
    this.#list = all.slice(0, landmarksMax);
    this.#untilMs = nowMs + LANDMARKS_REFRESH_MS;
    return this.#list;
  }

  /** The `count` landmarks closest to an id by rendezvous, closest first. */
  closestTo(id: Uint8Array, count: number, nowMs: number): Landmark[] {
    const { suite } = this.#options;
    return this.list(nowMs)
      .map((landmark) => ({ landmark, weight: rendezvousOf(suite, landmark.idBytes, id) }))
      .sort((a, b) => b.weight - a.weight || byLottery(a.landmark, b.landmark))
      .slice(0, count)
      .map(({ landmark }) => landmark);
  }

  /** The closest landmark to an id, if it is closer than this peer itself. */
  closerTo(id: Uint8Array, nowMs: number): Landmark | undefined {
    const { suite, self } = this.#options;
    const [closest] = this.closestTo(id, 1, nowMs);
    if (closest === undefined || closest.id === self.id) return undefined;
    const own = rendezvousOf(suite, self.idBytes, id);
    return rendezvousOf(suite, closest.idBytes, id) > own ? closest : undefined;
  }

  /** The landmarks that a locator of this peer names: nearest ones first, then lowest ones. */
  places(nowMs: number): Landmark[] {
    const lowest = this.list(nowMs);
    const nearest = [...lowest].sort((a, b) => a.distance - b.distance || byLottery(a, b));
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
