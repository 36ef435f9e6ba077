import type { PeerId } from "../identity/index.ts";
import type { RouteInfo } from "../routing/index.ts";
import type { PeerFacts } from "./facts.ts";
import { fullK } from "./geometry.ts";
import { NEAR_HOPS, SPREAD_GROUP_PEERS_MAX, SPREAD_PEERS_MAX } from "./limits.ts";
import type { PlacementRules } from "./placement.ts";
import type { ObjectLayer } from "./records.ts";

/**
 * The peers among which fragments are spread, this one first: the nearest ones. Where too many of
 * these may fail together, only a few nearest ones and, from all that are known, an even draw of
 * other groups; each peer draws others, so that nobody keeps fragments for all.
 * @param routes nearest first
 * @param isLeftAlone whether a peer is to be given nothing for now
 */
export function spreadCandidates(
  self: PeerId,
  routes: readonly RouteInfo[],
  facts: Pick<PeerFacts, "groups" | "isHonest">,
  isLeftAlone: (peer: PeerId) => boolean,
): PeerId[] {
  const usable = routes
    .map(({ destination }) => destination)
    .filter((peer) => !isLeftAlone(peer) && facts.isHonest(peer));
  const nearest = usable.slice(0, SPREAD_PEERS_MAX);
  const rest = usable.slice(SPREAD_PEERS_MAX);
  if (rest.length === 0 || !isLopsided(nearest, facts)) return [self, ...nearest];
  const near = nearest.slice(0, SPREAD_GROUP_PEERS_MAX);
  const drawn = [...nearest.slice(SPREAD_GROUP_PEERS_MAX), ...rest]
    .map((peer) => ({ peer, lot: lotOf(self, peer) }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ peer }) => peer);
  const chosen: PeerId[] = [];
  const left: PeerId[] = [];
  const counts = new Map<string, number>();
  for (const peer of [...near, ...drawn]) {
    const groups = facts.groups(peer);
    const isFull = groups.some((group) => (counts.get(group) ?? 0) >= SPREAD_GROUP_PEERS_MAX);
    if (isFull) {
      left.push(peer);
      continue;
    }
    for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
    chosen.push(peer);
  }
  return [self, ...[...chosen, ...left].slice(0, SPREAD_PEERS_MAX)];
}

/** Whether more of these peers may fail together than should. */
function isLopsided(peers: readonly PeerId[], facts: Pick<PeerFacts, "groups">): boolean {
  const counts = new Map<string, number>();
  for (const group of peers.flatMap((peer) => facts.groups(peer))) {
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts.values()].some((count) => count > SPREAD_GROUP_PEERS_MAX);
}

/** A number for a pair of peers, evenly spread (FNV-1a). */
function lotOf(self: PeerId, peer: PeerId): number {
  let hash = 0x811c9dc5;
  for (const text of [self, peer]) {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
  }
  // The last characters of an id would decide alone without another round of mixing.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/**
 * How the fragments of an object are placed: of n, at most half of the spare ones may fail
 * together, and what shows the whole coarsely is to be had in the neighbourhood that put it.
 */
export function rulesFor(
  object: { readonly n: number; readonly layers: readonly Pick<ObjectLayer, "k" | "sizeBytes">[] },
  self: PeerId,
  routes: readonly RouteInfo[],
  facts: Pick<PeerFacts, "groups" | "weight">,
): PlacementRules {
  const near = routes.filter(({ hops }) => hops <= NEAR_HOPS).map((route) => route.destination);
  return {
    weight: (peer) => facts.weight(peer),
    groups: (peer) => facts.groups(peer),
    groupMax: Math.max(1, Math.floor((object.n - fullK(object)) / 2)),
    near: new Set([self, ...near]),
    nearMin: object.layers[0]?.k ?? 0,
  };
}
