import type { PeerId } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import { SCORES_MAX, WAYPOINT_POOL_MAX } from "./limits.ts";
import { distanceTo, nearestPeers, type Vicinity, type VicinityPeer } from "./vicinity.ts";

/** Weight of one report in the moving average. */
const WEIGHT = 1 / 8;
/** What is thought of a peer of which nothing is known. */
const PRIOR = 0.75;
/** Scores are compared in so many steps, so that small differences do not outweigh distance. */
const STEPS = 8;

/** How well packets by a first hop or a waypoint were acknowledged, as sessions report it. */
export class Scores {
  /** 0 … 1, the longest not reported first. */
  readonly #scores = new Map<PeerId, number>();

  /** Takes one report into a peer's moving average. */
  report(peer: PeerId, acknowledged: boolean): void {
    const before = this.of(peer);
    this.#scores.delete(peer);
    this.#scores.set(peer, before + ((acknowledged ? 1 : 0) - before) * WEIGHT);
    if (this.#scores.size <= SCORES_MAX) return;
    for (const oldest of this.#scores.keys()) {
      this.#scores.delete(oldest);
      break;
    }
  }

  /** A peer's score. */
  of(peer: PeerId): number {
    return this.#scores.get(peer) ?? PRIOR;
  }

  /** How many are kept. */
  get size(): number {
    return this.#scores.size;
  }

  /** Negative where `a` deserves more trust than `b`. */
  compare(a: PeerId, b: PeerId): number {
    return Math.round(this.of(b) * STEPS) - Math.round(this.of(a) * STEPS);
  }
}

/** Neighbours by score, then cost; those under suspicion last. */
export function rankFirstHops(scores: Scores, vicinity: Vicinity): PeerId[] {
  return [...vicinity.neighbours.values()]
    .sort(
      (a, b) =>
        Number(a.suspect) - Number(b.suspect) ||
        scores.compare(a.id, b.id) ||
        a.cost - b.cost ||
        (a.id < b.id ? -1 : 1),
    )
    .map(({ id }) => id);
}

/**
 * Draws waypoints: one from each first hop in turn, the best scored first hops first, and within a
 * first hop at random from the best of it. Peers behind the usual first hop to `to`, and its
 * neighbours, come last: packets repeated by a waypoint shall not take the same way again.
 */
export function drawWaypoints(
  scores: Scores,
  vicinity: Vicinity,
  random: Random,
  peersMax: number,
  to?: PeerId,
): PeerId[] {
  const usual = to === undefined ? undefined : vicinity.get(to)?.selected?.id;
  const pools = poolsOf(vicinity, to);
  const order = rankFirstHops(scores, vicinity).filter((id) => pools.has(id) && id !== usual);
  if (usual !== undefined && pools.has(usual)) order.push(usual);
  const ranked = order.map((hop) => best(scores, pools.get(hop) ?? []));
  const roundsMax = Math.max(0, ...ranked.map((pool) => pool.length));
  const drawn: PeerId[] = [];
  for (let round = 0; round < roundsMax; round++) {
    for (const pool of ranked) {
      if (drawn.length >= peersMax) return drawn;
      const picked = pick(pool, round, random);
      if (picked !== undefined) drawn.push(picked.id);
    }
  }
  return drawn;
}

/** Peers by the first hop of the way to them, nearest first. */
function poolsOf(vicinity: Vicinity, to: PeerId | undefined): Map<PeerId, VicinityPeer[]> {
  const pools = new Map<PeerId, VicinityPeer[]>();
  for (const peer of nearestPeers(vicinity)) {
    const hop = peer.selected;
    if (hop === undefined || hop.suspect || peer.id === to) continue;
    const pool = pools.get(hop.id);
    if (pool === undefined) pools.set(hop.id, [peer]);
    else pool.push(peer);
  }
  return pools;
}

/** One of those not picked in earlier rounds; it moves to the front. */
function pick(pool: VicinityPeer[], round: number, random: Random): VicinityPeer | undefined {
  const left = pool.length - round;
  if (left <= 0) return undefined;
  const at = round + (random.u32() % left);
  const picked = pool[at];
  const first = pool[round];
  if (picked === undefined || first === undefined) return undefined;
  pool[at] = first;
  pool[round] = picked;
  return picked;
}

function best(scores: Scores, pool: readonly VicinityPeer[]): VicinityPeer[] {
  return [...pool]
    .sort((a, b) => scores.compare(a.id, b.id) || distanceTo(a) - distanceTo(b))
    .slice(0, WAYPOINT_POOL_MAX);
}
