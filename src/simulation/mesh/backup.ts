import type { Random } from "../../ports/index.ts";
import { shuffled } from "../dice.ts";
import { Ways } from "../shortest.ts";
import { currentGraph } from "./lay.ts";
import { probe, probeNumber } from "./stretch.ts";
import type { Trip } from "./types.ts";
import type { MeshWorld } from "./world.ts";

/** Time after each failure, in virtual ms, so that the next one does not find its traces. */
const SETTLE_MS = 12_000;

/** Time for the look-ups of one place, in virtual ms. */
const LOCATE_MS = 10_000;

/** What fails: the link to the next hop, or the next hop itself for all its neighbours. */
export type Failure = "link" | "peer";

/** What is sampled. */
export interface BackupOptions {
  readonly random: Random;
  readonly failure: Failure;
  /** Places from which packets are sent. */
  readonly placesMax: number;
  /** Destinations tried from each. */
  readonly destinationsMax: number;
}

/** Packets sent right after their next hop failed. */
export interface Backup {
  /** Pairs that were reached before, and have a way without the failed next hop. */
  readonly pairs: number;
  readonly arrived: number;
  /** Pairs that were not even reached before anything failed. */
  readonly unreached: number;
}

/**
 * Lets the next hop fail (suspect, and nothing comes through), and sends a packet before any
 * routing message moves. The second way must exist in the graph without the next hop; where that
 * is the destination itself, without the link. Afterwards all is as before.
 */
export function backupCoverage(world: MeshWorld, options: BackupOptions): Backup {
  const { random, placesMax, destinationsMax, failure } = options;
  const size = world.places.length;
  const ways = new Ways(currentGraph(world));
  let [pairs, arrived, unreached] = [0, 0, 0];
  for (const from of shuffled(random, size).slice(0, placesMax)) {
    if (world.place(from).router === undefined) continue;
    const destinations = shuffled(random, size)
      .filter((to) => to !== from && world.place(to).router !== undefined)
      .slice(0, destinationsMax);
    locateAll(world, from, destinations);
    const firstHops = sendAll(world, from, destinations);
    unreached += destinations.length - firstHops.size;
    for (const next of new Set(firstHops.values())) {
      const chosen = destinations.filter((to) => firstHops.get(to) === next);
      const possible = withSecondWay(ways, from, next, chosen, failure);
      pairs += possible.length;
      arrived += sendWithout(world, from, next, possible, failure);
      world.run(SETTLE_MS);
    }
  }
  return { pairs, arrived, unreached };
}

/** Looks up who is not in the table, so that packets can be sent to all. */
function locateAll(world: MeshWorld, from: number, destinations: readonly number[]): void {
  const router = world.router(from);
  const unknown = destinations.filter((to) => router.nextHop(world.place(to).id) === undefined);
  if (unknown.length === 0) return;
  for (const to of unknown) {
    world.act(from, () => router.paths.locate(world.place(to).id, () => {}));
  }
  world.run(LOCATE_MS);
}

/** The first hop of each packet that arrived, by destination. */
function sendAll(
  world: MeshWorld,
  from: number,
  destinations: readonly number[],
): ReadonlyMap<number, number> {
  const hops = new Map<number, number>();
  const note = (place: number, payload: Uint8Array, trip: Trip): void => {
    if (probeNumber(payload) === place) hops.set(place, trip.firstHop);
  };
  const { events } = world;
  world.events = { ...events, onDelivered: note };
  world.packetsOnly(() => {
    for (const to of destinations) {
      world.act(from, ({ router }) => router?.send(world.place(to).id, probe(to)));
    }
  });
  world.events = events;
  return hops;
}

function withSecondWay(
  ways: Ways,
  from: number,
  next: number,
  destinations: readonly number[],
  failure: Failure,
): readonly number[] {
  const withoutPeer = ways.distances(from, { place: next });
  const withoutLink = destinations.includes(next)
    ? ways.distances(from, { link: [from, next] })
    : undefined;
  return destinations.filter((to) => {
    if (to !== next) return withoutPeer[to] !== Number.POSITIVE_INFINITY;
    return failure === "link" && withoutLink?.[to] !== Number.POSITIVE_INFINITY;
  });
}

function sendWithout(
  world: MeshWorld,
  from: number,
  next: number,
  destinations: readonly number[],
  failure: Failure,
): number {
  if (destinations.length === 0) return 0;
  const failing = failure === "link" ? [from] : neighboursOf(world, next);
  const place = world.place(next);
  const before = place.swallows;
  const fail = (fails: boolean): void => {
    if (failure === "peer") place.swallows = fails ? 1 : before;
    for (const at of failing) {
      world.side(at, next).mute = fails;
      world.side(next, at).mute = fails;
      world.change(at, next, { suspect: fails });
    }
  };
  world.packetsOnly(() => fail(true));
  const hops = sendAll(world, from, destinations);
  world.packetsOnly(() => fail(false));
  return hops.size;
}

function neighboursOf(world: MeshWorld, place: number): readonly number[] {
  return [...world.place(place).sides.values()].filter(({ up }) => up).map(({ to }) => to);
}
