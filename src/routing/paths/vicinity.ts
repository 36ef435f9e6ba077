import type { PeerId, PeerRecord } from "../../identity/index.ts";
import { PATIENCE_METRIC_MAX } from "./limits.ts";

/** A neighbour as explicit ways need it. */
export interface VicinityNeighbour {
  readonly id: PeerId;
  readonly cost: number;
  readonly suspect: boolean;
}

/** A known peer as explicit ways need it. */
export interface VicinityPeer {
  readonly id: PeerId;
  readonly idBytes: Uint8Array;
  /** Undefined while it is being fetched; then there is no way in use either. */
  readonly record: PeerRecord | undefined;
  /** The next hop of the way in use. */
  readonly selected: VicinityNeighbour | undefined;
  /** The whole distance over the last next hop. */
  readonly metric: number;
  /** Hops to it, as last looked at. */
  readonly viewHops: number;
  /** Rank in the lottery of landmarks. */
  readonly lottery: number;
}

/** What is used of the routing table. */
export interface Vicinity {
  readonly neighbours: ReadonlyMap<PeerId, VicinityNeighbour>;
  get(id: PeerId): VicinityPeer | undefined;
  values(): Iterable<VicinityPeer>;
}

/** Peers with a way in use, nearest first, equally far ones by id. */
export function nearestPeers(vicinity: Vicinity): VicinityPeer[] {
  const reached: VicinityPeer[] = [];
  for (const peer of vicinity.values()) if (peer.selected !== undefined) reached.push(peer);
  return reached.sort(
    (a, b) => distanceTo(a) - distanceTo(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/**
 * How long an answer is waited for: the usual time, and two round trips where the way is slow. The
 * cost of a link has its round trip in milliseconds in it.
 */
export function patienceMs(usualMs: number, metric: number): number {
  return usualMs + 2 * Math.min(metric, PATIENCE_METRIC_MAX);
}

/** The distance to a peer; Infinity without a way. */
export function distanceTo(peer: VicinityPeer): number {
  return peer.selected === undefined ? Number.POSITIVE_INFINITY : peer.metric;
}
