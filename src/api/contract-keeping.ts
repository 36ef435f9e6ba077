/** GET /v1/keeping: what goes between this peer and others, in both directions. */
export interface KeepingBody {
  /** Bytes kept for others at most. */
  readonly quotaBytes: number;
  readonly usedBytes: number;
  /** Of those, bytes kept for others. */
  readonly othersBytes: number;
  /** Objects of others that nobody renewed and that are deleted in a while. */
  readonly trashCount: number;
  readonly peers: readonly KeepingPeerBody[];
}

/** A peer with which something is kept. */
export interface KeepingPeerBody {
  readonly peerId: string;
  readonly name: string;
  /** What is kept here for it. */
  readonly takenBytes: number;
  readonly takenObjects: number;
  /** Wall clock at which that may go unless the peer is heard of; null where nothing is kept. */
  readonly leaseEndsAtMs: number | null;
  /** What it keeps for this peer, estimated. */
  readonly givenBytes: number;
  readonly givenObjects: number;
  /** Wall clock up to which it promised to; null where it has not yet. */
  readonly promisedUntilMs: number | null;
  /** How it stood its audits: 0 to 1,000, 500 before the first; and how many it passed and failed. */
  readonly score: number;
  readonly audits: {
    readonly proved: number;
    readonly wrong: number;
    readonly lost: number;
    readonly silent: number;
    readonly refused: number;
  };
}

/** POST /v1/objects/{link}/audit */
export interface AuditBody {
  readonly holders: readonly {
    readonly peerId: string;
    readonly name: string;
    readonly verdict: "proved" | "wrong" | "lost" | "silent" | "refused" | "unproven";
    /** Fragments by what was found of them. */
    readonly proved: readonly number[];
    readonly wrong: readonly number[];
    readonly lost: readonly number[];
    readonly unproven: readonly number[];
  }[];
  /** In words. */
  readonly summary: string;
}
