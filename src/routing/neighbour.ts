import { TokenBucket } from "../base/token-bucket.ts";
import type { PeerId } from "../identity/index.ts";
import {
  FAULTS_FORGIVEN_PER_SECOND,
  FAULTS_MAX,
  REPEAT_BURST,
  REPEAT_PER_SECOND,
  REQUEST_INTAKE_BURST,
  REQUEST_INTAKE_PER_SECOND,
  VERIFY_BURST,
  VERIFY_PER_SECOND,
} from "./limits.ts";
import type { Entry, Update } from "./messages.ts";

/** What a neighbour was last told about an origin. */
export interface Told {
  readonly seqno: number;
  readonly metric: number;
  readonly hops: number;
  readonly viaYou: boolean;
  readonly spare: boolean;
  /** Sequence number of the newest record that it surely holds. */
  readonly recordSeqno: number;
}

/** A neighbour as routing knows it while it is up. */
export class Neighbour {
  readonly id: PeerId;
  cost: number;
  suspect: boolean;
  /** False once it went down: whoever still holds this object must leave it alone. */
  up = true;
  /** Its own distance to this peer, as it says; undefined before it said so. */
  metricToUs: number | undefined;
  /** What it was told and has not been told otherwise since. */
  readonly told: Map<PeerId, Told> = new Map();
  /** Origins of which it may have to be told, in that order. */
  readonly pending: Set<PeerId> = new Set();
  /** Those of them that it must be told of in full, even if nothing has changed. */
  readonly repeating: Set<PeerId> = new Set();
  /** Requests that leave with its next turn. */
  readonly asks: Entry[] = [];
  /** Monotonic time before which it gets no further turn. */
  turnAtMs = 0;

  /** Announcements that wait for verification, one per origin, oldest first. */
  readonly unverified: Map<PeerId, Update> = new Map();
  /** Announcements are ignored until then. */
  ignoredUntilMs = 0;
  readonly verifications: TokenBucket;
  readonly requests: TokenBucket;
  /** Single origins that it may have repeated, and that it may be asked to repeat. */
  readonly repeatsTold: TokenBucket;
  readonly repeatsAsked: TokenBucket;
  readonly faults: TokenBucket;
  /** When it was last told everything because it asked, and when that is due again. */
  tableToldMs: number = Number.NEGATIVE_INFINITY;
  tableDueMs: number = Number.POSITIVE_INFINITY;
  /** When it was last asked for its whole table, and when that is due again. */
  tableAskedMs: number = Number.NEGATIVE_INFINITY;
  askTableDueMs: number = Number.POSITIVE_INFINITY;

  constructor(id: PeerId, cost: number, suspect: boolean, nowMs: number) {
    this.id = id;
    this.cost = cost;
    this.suspect = suspect;
    this.verifications = new TokenBucket(
      { perSecond: VERIFY_PER_SECOND, burst: VERIFY_BURST },
      nowMs,
    );
    this.requests = new TokenBucket(
      { perSecond: REQUEST_INTAKE_PER_SECOND, burst: REQUEST_INTAKE_BURST },
      nowMs,
    );
    this.repeatsTold = new TokenBucket(
      { perSecond: REPEAT_PER_SECOND, burst: REPEAT_BURST },
      nowMs,
    );
    this.repeatsAsked = new TokenBucket(
      { perSecond: REPEAT_PER_SECOND, burst: REPEAT_BURST },
      nowMs,
    );
    this.faults = new TokenBucket(
      { perSecond: FAULTS_FORGIVEN_PER_SECOND, burst: FAULTS_MAX },
      nowMs,
    );
  }
}
