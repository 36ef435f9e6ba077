import type { Random } from "../ports/random.ts";
import type { Endpoint, Transport, TransportEvents } from "../ports/transport.ts";
import type { World } from "./world.ts";

/** How a virtual link treats frames. */
export interface LinkProfile {
  readonly latencyMs: number;
  /** Added latency is uniform in 0 … jitterMs; also what reorders frames. */
  readonly jitterMs: number;
  /** Share of frames lost, 0 … 1. */
  readonly loss: number;
  /** Share of frames delivered twice, 0 … 1. */
  readonly duplication: number;
  /** Share of frames in which one bit flips, 0 … 1. */
  readonly corruption: number;
  readonly frameBytesMax: number;
}

/** A good wire. */
export const GOOD_LINK: LinkProfile = {
  latencyMs: 1,
  jitterMs: 0.5,
  loss: 0,
  duplication: 0,
  corruption: 0,
  frameBytesMax: 1_200,
};

/** How often each fault really happened: a run whose fault never did proves nothing. */
export interface NetworkFaults {
  lost: number;
  duplicated: number;
  corrupted: number;
  cut: number;
  delivered: number;
}

interface VirtualLink {
  readonly a: number;
  readonly b: number;
  profile: LinkProfile;
  up: boolean;
}

/** Links between numbered places, and a transport for whoever stands there. */
export class VirtualNetwork {
  readonly faults: NetworkFaults = { lost: 0, duplicated: 0, corrupted: 0, cut: 0, delivered: 0 };
  readonly #world: World;
  readonly #random: Random;
  readonly #links = new Map<string, VirtualLink>();
  readonly #adjacent = new Map<number, number[]>();
  readonly #listeners = new Map<number, TransportEvents>();

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random.fork("network");
  }

  /** Lays a link between two places. */
  connect(a: number, b: number, profile: LinkProfile = GOOD_LINK): void {
    this.#links.set(keyOf(a, b), { a, b, profile, up: true });
    this.#adjacentOf(a).push(b);
    this.#adjacentOf(b).push(a);
  }

  /** Changes a link: another profile, or cut and mended. */
  change(a: number, b: number, change: { profile?: LinkProfile; up?: boolean }): void {
    const link = this.#links.get(keyOf(a, b));
    if (link === undefined) return;
    if (change.profile !== undefined) link.profile = change.profile;
    if (change.up !== undefined) link.up = change.up;
  }

  /** All links as pairs of places. */
  links(): readonly (readonly [number, number])[] {
    return [...this.#links.values()].map((link) => [link.a, link.b] as const);
  }

  /** Splits the places into sides, two or more: links across are cut, all others mended. */
  partition(sideOf: (place: number) => boolean | number): void {
    for (const link of this.#links.values()) link.up = sideOf(link.a) === sideOf(link.b);
  }

  /** Mends all links. */
  heal(): void {
    for (const link of this.#links.values()) link.up = true;
  }

  /** Somebody starts listening at a place; undefined: nobody does any more. */
  listen(place: number, events: TransportEvents | undefined): void {
    if (events === undefined) this.#listeners.delete(place);
    else this.#listeners.set(place, events);
  }

  /** The transport of a place; scheme "sim", endpoints `sim://<place>`. */
  transportOf(place: number): Transport {
    return {
      scheme: "sim",
      frameBytesMax: GOOD_LINK.frameBytesMax,
      reliable: false,
      send: (endpoint, frame) => this.#send(place, placeOf(endpoint), frame),
      broadcast: (frame) => {
        for (const other of this.#adjacentOf(place)) this.#send(place, other, frame);
      },
      canDial: (endpoint) => /^sim:\/\/\d+$/.test(endpoint),
      open: (endpoint) => {
        const events = this.#listeners.get(place);
        this.#world.after(0, () => {
          if (this.#listeners.get(place) === events) events?.onOpened(endpoint);
        });
      },
      close: () => undefined,
      reachableAt: () => [`sim://${place}`],
    };
  }

  #send(from: number, to: number, frame: Uint8Array): boolean {
    const link = this.#links.get(keyOf(from, to));
    if (link === undefined || frame.length > link.profile.frameBytesMax) return false;
    if (!link.up) {
      this.faults.cut++;
      return true; // as on a real wire, the sender does not know
    }
    const { profile } = link;
    if (this.#happens(profile.loss)) {
      this.faults.lost++;
      return true;
    }
    this.#deliver(from, to, frame, profile);
    if (this.#happens(profile.duplication)) {
      this.faults.duplicated++;
      this.#deliver(from, to, frame, profile);
    }
    return true;
  }

  #deliver(from: number, to: number, frame: Uint8Array, profile: LinkProfile): void {
    const copy = frame.slice();
    if (copy.length > 0 && this.#happens(profile.corruption)) {
      const bit = this.#random.u32() % (copy.length * 8);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      this.faults.corrupted++;
    }
    const delayMs = profile.latencyMs + (this.#random.u32() / 2 ** 32) * profile.jitterMs;
    this.#world.after(delayMs, () => {
      this.faults.delivered++;
      this.#listeners.get(to)?.onFrame(`sim://${from}`, copy);
    });
  }

  #happens(share: number): boolean {
    return share > 0 && this.#random.u32() < share * 2 ** 32;
  }

  #adjacentOf(place: number): number[] {
    const known = this.#adjacent.get(place) ?? [];
    this.#adjacent.set(place, known);
    return known;
  }
}

function keyOf(a: number, b: number): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

function placeOf(endpoint: Endpoint): number {
  return Number(endpoint.slice("sim://".length));
}
