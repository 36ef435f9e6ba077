import type { Random } from "../../ports/index.ts";
import { Ways } from "../shortest.ts";
import { currentGraph } from "./lay.ts";
import { type Spread, spreadOf } from "./spread.ts";
import type { Trip } from "./types.ts";
import type { MeshWorld } from "./world.ts";

/** Two different places, from and to. */
export type Pair = readonly [number, number];

/** What packets between pairs cost, over what they would cost on the shortest way. */
export interface Stretch {
  /** Pairs that hang together. */
  readonly pairs: number;
  readonly delivered: number;
  /** Over the pairs delivered. */
  readonly ratio: Spread;
}

/** The service by which session probes are told apart. */
export const PROBE_SERVICE = "stretch probe";
/** First byte of a packet that only measures; no room of the product begins one so. */
const PROBE_BYTE = 0xf7;

/** So many different ordered pairs of places where somebody lives. */
export function drawPairs(world: MeshWorld, random: Random, count: number): readonly Pair[] {
  const living = world.places.filter(({ router }) => router !== undefined).map((p) => p.number);
  const most = Math.min(count, living.length * (living.length - 1));
  const drawn = new Map<string, Pair>();
  while (drawn.size < most) {
    const from = living[random.u32() % living.length] ?? 0;
    const to = living[random.u32() % living.length] ?? 0;
    if (from !== to) drawn.set(`${from}-${to}`, [from, to]);
  }
  return [...drawn.values()];
}

/** All ordered pairs of places where somebody lives. */
export function allPairs(world: MeshWorld): readonly Pair[] {
  const living = world.places.filter(({ router }) => router !== undefined).map((p) => p.number);
  return living.flatMap((from) => living.filter((to) => to !== from).map((to): Pair => [from, to]));
}

/**
 * Sends one ordinary packet per pair, without sessions, and counts the costs of the links that it
 * really crosses. Takes `waitMs` of virtual time.
 */
export function packetStretch(world: MeshWorld, pairs: readonly Pair[], waitMs = 10_000): Stretch {
  const trips = new Map<number, number>();
  const { onDelivered } = world.events;
  world.events.onDelivered = (place, payload, trip) => {
    const index = probeNumber(payload);
    if (index !== undefined && pairs[index]?.[1] === place) trips.set(index, trip.cost);
  };
  pairs.forEach(([from, to], index) => {
    world.act(from, ({ router }) => router?.send(world.place(to).id, probe(index)));
  });
  world.run(waitMs);
  restore(world, onDelivered);
  return judge(world, pairs, trips);
}

/** Collects the trips of session datagrams; one per world, since it serves all its places. */
export class SessionProbes {
  readonly #trips = new Map<number, number>();
  #world: MeshWorld | undefined;

  /** To be called for each session manager that begins (`MeshOptions.onSession`). */
  readonly serve = (place: number, session: SessionProbeTarget): void => {
    session.serveDatagrams(PROBE_SERVICE, (_, bytes) => {
      const index = probeNumber(bytes);
      const trip: Trip | undefined = this.#world?.tripUnderWay(place);
      if (index !== undefined && trip !== undefined) this.#trips.set(index, trip.cost);
    });
  };

  /**
   * Opens a session per pair, talks for `talkMs` so that it finds its way, and then measures one
   * more datagram of each.
   */
  measure(world: MeshWorld, pairs: readonly Pair[], talkMs = 8_000): Stretch {
    const everyMs = 500;
    this.#world = world;
    const talk = (): void => {
      pairs.forEach(([from, to], index) => {
        world.act(from, ({ session }) =>
          session?.sendDatagram(world.place(to).id, PROBE_SERVICE, probe(index)),
        );
      });
    };
    for (let passedMs = 0; passedMs < talkMs; passedMs += everyMs) {
      talk();
      world.run(everyMs);
    }
    this.#trips.clear();
    talk();
    world.run(5_000);
    return judge(world, pairs, this.#trips);
  }
}

/** What session probes use of a session manager. */
export interface SessionProbeTarget {
  serveDatagrams(service: string, handler: (from: unknown, bytes: Uint8Array) => void): void;
}

/** A payload that carries a number and nothing else. */
export function probe(index: number): Uint8Array {
  return Uint8Array.of(PROBE_BYTE, index >>> 24, index >>> 16, index >>> 8, index);
}

/** The number in a probe's payload; undefined for any other. */
export function probeNumber(payload: Uint8Array): number | undefined {
  if (payload.length !== 5 || payload[0] !== PROBE_BYTE) return undefined;
  return payload.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
}

function restore(world: MeshWorld, onDelivered: MeshWorld["events"]["onDelivered"]): void {
  if (onDelivered === undefined) delete world.events.onDelivered;
  else world.events.onDelivered = onDelivered;
}

function judge(
  world: MeshWorld,
  pairs: readonly Pair[],
  trips: ReadonlyMap<number, number>,
): Stretch {
  const ways = new Ways(currentGraph(world));
  const bySource = new Map<number, number[]>();
  pairs.forEach(([from], index) => {
    const list = bySource.get(from);
    if (list === undefined) bySource.set(from, [index]);
    else list.push(index);
  });
  const ratios: number[] = [];
  let possible = 0;
  for (const [from, indices] of bySource) {
    const distance = ways.distances(from);
    for (const index of indices) {
      const shortest = distance[pairs[index]?.[1] ?? from] ?? Number.POSITIVE_INFINITY;
      if (shortest === Number.POSITIVE_INFINITY) continue;
      possible++;
      const cost = trips.get(index);
      if (cost !== undefined) ratios.push(cost / shortest);
    }
  }
  return { pairs: possible, delivered: ratios.length, ratio: spreadOf(ratios) };
}
