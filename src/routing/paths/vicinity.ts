import type { PeerId, PeerRecord } from "../../identity/index.ts";

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
  readonly record: PeerRecord;
  /** The way in use: its neighbour, the whole distance, and the hops from that neighbour on. */
  readonly selected:
    | { readonly neighbour: VicinityNeighbour; readonly total: number; readonly hops: number }
    | undefined;
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

/** The distance to a peer; Infinity without a way. */
export function distanceTo(peer: VicinityPeer): number {
  return peer.selected?.total ?? Number.POSITIVE_INFINITY;
}
