import type { MapBody } from "../../../src/api/client/index.ts";
import { MAP_PEERS_MAX } from "../limits.ts";

/** A peer as the map draws it. */
export interface GraphNode {
  readonly id: string;
  readonly name: string;
  readonly kind: "self" | "contact" | "peer";
  /** Hops from here; 0 for this peer. */
  readonly hops: number;
}

/** A link as the map draws it. */
export interface GraphLink {
  readonly id: string;
  readonly a: string;
  readonly b: string;
  readonly grade: LinkGrade;
  /** In pixels. */
  readonly width: number;
}

/** How good a link is, by its cost. */
export type LinkGrade = "good" | "fair" | "slow";

/** What is drawn. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  /** Peers known but not drawn. */
  readonly leftOut: number;
}

/** A link's cost is about 24 plus its round trip in milliseconds: a LAN hop lies below 40. */
export function gradeOf(cost: number): LinkGrade {
  if (cost <= 60) return "good";
  return cost <= 250 ? "fair" : "slow";
}

/** Cheap links are drawn wider: 3.5 pixels at cost 24 and less, never below 1. */
export function widthOf(cost: number): number {
  const ratio = 24 / Math.max(24, Number.isFinite(cost) ? cost : 1e6);
  return Math.round((1 + 2.5 * Math.sqrt(ratio)) * 10) / 10;
}

/** The nearest peers and the links between them, in an order that depends on nothing else. */
export function graphOf(map: MapBody): Graph {
  const others = new Map(map.peers.map((peer) => [peer.peerId, peer]));
  const own = others.get(map.self);
  others.delete(map.self);
  const sorted = [...others.values()].sort(
    (one, other) => one.hops - other.hops || (one.peerId < other.peerId ? -1 : 1),
  );
  const nodes: GraphNode[] = [
    { id: map.self, name: own?.name ?? "", kind: "self", hops: 0 },
    ...sorted.slice(0, MAP_PEERS_MAX).map((peer) => ({
      id: peer.peerId,
      name: peer.contact ?? peer.name,
      kind: peer.contact === null ? ("peer" as const) : ("contact" as const),
      hops: Math.max(1, Number.isFinite(peer.hops) ? peer.hops : 1),
    })),
  ];
  const drawn = new Set(nodes.map((node) => node.id));
  const links = new Map<string, GraphLink>();
  for (const { a, b, cost } of map.links) {
    if (a === b || !drawn.has(a) || !drawn.has(b)) continue;
    const [low, high] = a < b ? [a, b] : [b, a];
    const id = `${low} ${high}`;
    links.set(id, { id, a: low, b: high, grade: gradeOf(cost), width: widthOf(cost) });
  }
  return { nodes, links: [...links.values()], leftOut: others.size - (nodes.length - 1) };
}

/** Something drawn, that may be on its way out. */
export interface Shown<T> {
  readonly item: T;
  readonly leaving: boolean;
}

/** What to draw now: everything of `next`, and what is gone as leaving, once. */
export function merge<T extends { readonly id: string }>(
  before: readonly Shown<T>[],
  next: readonly T[],
): readonly Shown<T>[] {
  const present = new Set(next.map((item) => item.id));
  const gone = before.filter(({ item, leaving }) => !leaving && !present.has(item.id));
  return [
    ...next.map((item) => ({ item, leaving: false })),
    ...gone.map(({ item }) => ({ item, leaving: true })),
  ];
}
