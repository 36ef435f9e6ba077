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
  /** Its number in the lottery of landmarks. */
  readonly lottery: number;
  /** Undefined while it is being fetched. */
  readonly record: PeerRecord | undefined;
  /** The next hop. */
  readonly selected: VicinityNeighbour | undefined;
  /** The distance over it, as long as there is one. */
  readonly metric: number;
}

/** What is used of the routing table. */
export interface Vicinity {
  readonly neighbours: ReadonlyMap<PeerId, VicinityNeighbour>;
  get(id: PeerId): VicinityPeer | undefined;
  values(): Iterable<VicinityPeer>;
  /** Its landmarks that can be reached, lowest lottery first. */
  landmarks(): readonly VicinityPeer[];
}

/** Peers with a way in use, nearest first, equally far ones by id. */
export function nearestPeers(vicinity: Vicinity): VicinityPeer[] {
  const reached: VicinityPeer[] = [];
  for (const peer of vicinity.values()) if (peer.selected !== undefined) reached.push(peer);
  return reached.sort((a, b) => a.metric - b.metric || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
