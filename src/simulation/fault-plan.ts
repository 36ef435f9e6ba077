import { must } from "../base/errors.ts";
import type { Random } from "../ports/random.ts";
import { between, chance, shuffled } from "./dice.ts";
import { type Graph, reachableFrom } from "./graphs.ts";
import { GOOD_LINK, type LinkProfile } from "./virtual-network.ts";

/** Which faults a run has, and how many. Zero leaves a fault out. */
export interface FaultProfile {
  /** Shares of frames, 0 … 1, on every link. */
  readonly loss: number;
  readonly duplication: number;
  readonly corruption: number;
  /** Links have latencies of 1 … this. */
  readonly latencyMsMax: number;
  readonly jitterMsMax: number;
  /** Times at which the network falls into two parts and mends again. */
  readonly partitions: number;
  /** Processes that die without a word, and come back. */
  readonly crashes: number;
  /** Of those, the ones that die right when they write to their disk. */
  readonly tornCrashes: number;
  /** Processes that end in order, and come back. */
  readonly stops: number;
  /** Peers that first start when the others are long under way. */
  readonly lateStarts: number;
  /** Times at which a disk refuses a few writes, as full or as failing. */
  readonly diskErrors: number;
  /** Blocks that rot unnoticed until they are read; each is one fragment less. */
  readonly rot: number;
}

/** Loss of 20 %, partitions and crashes: what every seed of the suite has to stand. */
export const ROUGH: FaultProfile = {
  loss: 0.2,
  duplication: 0.02,
  corruption: 0.005,
  latencyMsMax: 20,
  jitterMsMax: 10,
  partitions: 2,
  crashes: 5,
  tornCrashes: 3,
  stops: 1,
  lateStarts: 3,
  diskErrors: 0,
  rot: 0,
};

/** The same, and disks that refuse writes and lose blocks. */
export const BAD_DISKS: FaultProfile = { ...ROUGH, diskErrors: 6, rot: 3 };

/** No faults at all. */
export const CALM: FaultProfile = {
  loss: 0,
  duplication: 0,
  corruption: 0,
  latencyMsMax: 1,
  jitterMsMax: 0,
  partitions: 0,
  crashes: 0,
  tornCrashes: 0,
  stops: 0,
  lateStarts: 0,
  diskErrors: 0,
  rot: 0,
};

/** Links between the two sides are cut for a while. */
export interface Partition {
  readonly atMs: number;
  readonly untilMs: number;
  readonly left: ReadonlySet<number>;
}

/** A process is away for a while. */
export interface Outage {
  readonly place: number;
  /** "torn": a crash at the first write to the disk after `atMs`. */
  readonly kind: "crash" | "torn" | "stop";
  readonly atMs: number;
  readonly backAtMs: number;
}

/** The next writes of a disk are refused. */
export interface DiskRefusal {
  readonly place: number;
  readonly atMs: number;
  readonly code: "full" | "io";
  readonly store: "records" | "blocks";
  readonly writes: number;
}

/** Everything that is going to go wrong in a run, in virtual milliseconds since its start. */
export interface FaultPlan {
  readonly profile: FaultProfile;
  /** In the order of the graph's links. */
  readonly links: readonly LinkProfile[];
  readonly partitions: readonly Partition[];
  readonly outages: readonly Outage[];
  readonly refusals: readonly DiskRefusal[];
  /** When a block of somebody rots, if anybody has one then. */
  readonly rotsAtMs: readonly number[];
  /** Places that start when the others are long under way. */
  readonly late: ReadonlySet<number>;
  /** When each place first starts. */
  readonly startsAtMs: readonly number[];
}

/** Draws a plan; everything in it is over at `durationMs`. No place is away twice. */
export function planFaults(
  random: Random,
  graph: Graph,
  profile: FaultProfile,
  durationMs: number,
): FaultPlan {
  const late = new Set(shuffled(random, graph.size).slice(0, profile.lateStarts));
  return {
    profile,
    late,
    links: graph.links.map(() => linkProfile(random, profile)),
    partitions: planPartitions(random, graph, profile.partitions, durationMs),
    outages: planOutages(random, graph.size, profile, durationMs),
    refusals: planRefusals(random.fork("refusals"), graph.size, profile, durationMs),
    rotsAtMs: planRot(random.fork("rot"), profile, durationMs),
    startsAtMs: planStarts(random, graph.size, late, durationMs),
  };
}

function linkProfile(random: Random, profile: FaultProfile): LinkProfile {
  return {
    latencyMs: between(random, 1, profile.latencyMsMax),
    jitterMs: between(random, 0, profile.jitterMsMax),
    loss: profile.loss,
    duplication: profile.duplication,
    corruption: profile.corruption,
    frameBytesMax: GOOD_LINK.frameBytesMax,
  };
}

/** One after another, each somewhere in its share of the time from one fifth on. */
function planPartitions(
  random: Random,
  graph: Graph,
  count: number,
  durationMs: number,
): Partition[] {
  const firstMs = durationMs / 5;
  const shareMs = (durationMs - firstMs) / Math.max(1, count);
  return Array.from({ length: count }, (_, index) => {
    const beginMs = firstMs + index * shareMs;
    const atMs = beginMs + between(random, 0, shareMs / 3);
    const untilMs = beginMs + between(random, shareMs / 2, shareMs);
    return { atMs, untilMs, left: oneSide(random, graph) };
  });
}

/** A connected part, a single place, or any half: neither nothing nor all. */
function oneSide(random: Random, graph: Graph): ReadonlySet<number> {
  const places = shuffled(random, graph.size);
  const [first] = places;
  if (chance(random, 0.2)) return new Set(places.slice(0, 1));
  const half = new Set(places.slice(0, graph.size >> 1));
  if (chance(random, 0.5)) return half;
  const around = reachableFrom(graph, must(first, "a graph has places"), () => true);
  return new Set([...around].slice(0, Math.max(1, graph.size >> 1)));
}

function planOutages(
  random: Random,
  size: number,
  profile: FaultProfile,
  durationMs: number,
): Outage[] {
  const places = shuffled(random, size);
  const { crashes, tornCrashes, stops } = profile;
  return places.slice(0, crashes + stops).map((place, index): Outage => {
    const atMs = between(random, durationMs * 0.3, durationMs * 0.8);
    const backAtMs = between(random, atMs + 500, durationMs);
    if (index >= crashes) return { place, kind: "stop", atMs, backAtMs };
    return { place, kind: index < tornCrashes ? "torn" : "crash", atMs, backAtMs };
  });
}

/** One disk of each kind in turn, from one third of the time on. */
function planRefusals(
  random: Random,
  size: number,
  { diskErrors }: FaultProfile,
  durationMs: number,
): DiskRefusal[] {
  return Array.from({ length: diskErrors }, (_, index) => ({
    place: random.u32() % size,
    atMs: between(random, durationMs / 3, durationMs * 0.9),
    code: chance(random, 0.5) ? "full" : "io",
    store: index % 3 === 0 ? "blocks" : "records",
    writes: 1 + (random.u32() % 3),
  }));
}

function planRot(random: Random, { rot }: FaultProfile, durationMs: number): number[] {
  return Array.from({ length: rot }, () => between(random, durationMs / 2, durationMs * 0.9));
}

/** Everybody within the first thirtieth of the time, but for the late ones. */
function planStarts(
  random: Random,
  size: number,
  late: ReadonlySet<number>,
  durationMs: number,
): number[] {
  return Array.from({ length: size }, (_, place) =>
    late.has(place)
      ? between(random, durationMs / 10, durationMs / 4)
      : between(random, 0, durationMs / 30),
  );
}
