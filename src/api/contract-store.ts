/** Space the peer uses for objects. */
export interface StoreSummary {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  readonly objectCount: number;
  readonly fragmentCount: number;
  /** Bytes that were sent to other peers for objects since the start. */
  readonly sentBytes: number;
  readonly healing: HealingSummary;
}

/** How the fragments that are kept here are cared for. */
export interface HealingSummary {
  /** Objects that are watched: of which fragments are here, or that are your own. */
  readonly watched: number;
  /** Of those, with so few fragments left that they are to be healed. */
  readonly sick: number;
  /** Of those, being healed by this peer now. */
  readonly healing: number;
  /** Since the start: objects healed here, fragments made anew, healings that failed. */
  readonly healed: number;
  readonly made: number;
  readonly failed: number;
}
