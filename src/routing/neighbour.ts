import { TokenBucket } from "../base/token-bucket.ts";
import type { PeerId } from "../identity/index.ts";
import { Columns, HeardColumns } from "./columns.ts";
import type { Destination } from "./destination.ts";
import { Handles } from "./handles.ts";
import { Introductions } from "./introductions.ts";
import {
  BUDGET_BURST_BYTES,
  BUDGET_BURST_MS,
  ENTRY_BYTES_MAX,
  FAST_LINK_SHARE,
  FAULTS_FORGIVEN_PER_SECOND,
  FAULTS_MAX,
  LOTTERY_ALL,
  METRIC_NONE,
  PULL_BURST_BYTES,
  PULLS_OPEN_MAX,
  PULLS_SLOW_MAX,
  REPEAT_BURST,
  REPEAT_PER_SECOND,
  REQUEST_INTAKE_BURST,
  REQUEST_INTAKE_PER_SECOND,
  SLOW_LINK_BITS_PER_SECOND,
  SLOW_LINK_SHARE,
  VERIFY_BURST,
  VERIFY_PER_SECOND,
} from "./limits.ts";
import type { Entry } from "./messages.ts";

/** A sequence number that a neighbour claims for an origin, and its proof. */
export interface Claim {
  readonly seqno: number;
  readonly link: Uint8Array | undefined;
}

/** A neighbour as routing knows it while it is up. */
export class Neighbour {
  readonly id: PeerId;
  cost: number;
  suspect: boolean;
  /** False once it went down: whoever still holds this object must leave it alone. */
  up = true;
  /** Its own entry as last looked up; may have left the table since. See `Table.entryOf`. */
  entry: Destination | undefined;
  /** What it says of each origin; row 0: of ourselves. */
  readonly heard: HeardColumns = new HeardColumns();
  /** What it was told and has not been told otherwise since; row 0: of ourselves. */
  readonly told: Columns = new Columns();
  /** What its handles stand for here. */
  readonly handles: Handles = new Handles();
  /** Claims not proven yet, by slot. */
  readonly claims: Map<number, Claim> = new Map();
  /** Origins that it brought and whose record is not here yet. */
  readonly opened: Set<Destination> = new Set();
  /** Origins that it has introduced and that wait for a place. */
  readonly introductions: Introductions = new Introductions();
  /** Slots of which it may have to be told, in that order. */
  readonly pending: Set<number> = new Set();
  /** Those of them that it must be introduced to again, even if nothing has changed. */
  readonly repeating: Set<number> = new Set();
  /** Those of them that it has asked for: no budget holds them back. */
  readonly wanted: Set<number> = new Set();
  /** The number that it has asked for, of origins for which we have passed that on, by slot. */
  readonly awaiting: Map<number, number> = new Map();
  /** It is asked what it remembers, and told nothing but of ourselves until it has answered. */
  heldBack = false;
  /** Entries that leave with its next turn. */
  readonly asks: Entry[] = [];
  /** When it last had a turn. */
  lastTurnMs: number = Number.NEGATIVE_INFINITY;
  /** Monotonic time before which it gets no further turn. */
  turnAtMs = 0;
  /** Origins beyond this distance and above this lottery value it does not keep. */
  horizonMetric: number = METRIC_NONE;
  horizonLottery: number = LOTTERY_ALL;
  /** What it was last told of our own horizon, and when. */
  toldHorizonMetric: number = METRIC_NONE;
  toldHorizonLottery: number = LOTTERY_ALL;
  toldHorizonAtMs: number = Number.NEGATIVE_INFINITY;

  /** Its link is so slow that announcements have the smaller share, and much is not told. */
  readonly isSlow: boolean;
  /** Time that the largest entry takes on a link so slow: waits for answers are that much longer. */
  readonly slowMs: number;
  /** Records that it may be asked for at the same time: what its link carries in two seconds, on slow ones two. */
  readonly pullsMax: number;
  /** Records that it was asked for and has not sent. */
  pullsOpen = 0;
  /** When it was last asked for a record. */
  lastPullMs: number = Number.NEGATIVE_INFINITY;
  /** Announcements are ignored until then. */
  ignoredUntilMs = 0;
  readonly verifications: TokenBucket;
  readonly requests: TokenBucket;
  /** Records given to it. */
  readonly recordsGiven: TokenBucket;
  /** Single origins repeated for it. */
  readonly repeatsTold: TokenBucket;
  /** Single origins that it was asked to repeat. */
  readonly repeatsAsked: TokenBucket;
  /** What it may do wrong before it is ignored. */
  readonly faults: TokenBucket;
  /** Bytes of announcements: a share of what the link carries. */
  readonly budget: TokenBucket;
  /** The same for records that it is asked for, with the asking; only slow links go by it. */
  readonly pullShare: TokenBucket;
  /** When its whole table was last asked for, and when it shall be asked again. */
  tableAskedMs: number = Number.NEGATIVE_INFINITY;
  askTableDueMs: number = Number.POSITIVE_INFINITY;
  /** When it was last told the whole table because it asked, and when it shall be told again. */
  tableToldMs: number = Number.NEGATIVE_INFINITY;
  tableDueMs: number = Number.POSITIVE_INFINITY;

  constructor(
    info: {
      readonly id: PeerId;
      readonly cost: number;
      readonly suspect: boolean;
      readonly bitsPerSecond: number;
    },
    nowMs: number,
  ) {
    this.id = info.id;
    this.cost = info.cost;
    this.suspect = info.suspect;
    this.heard.reserve(0);
    this.told.reserve(0);
    const bucket = (perSecond: number, burst: number): TokenBucket =>
      new TokenBucket({ perSecond, burst }, nowMs);
    this.verifications = bucket(VERIFY_PER_SECOND, VERIFY_BURST);
    this.requests = bucket(REQUEST_INTAKE_PER_SECOND, REQUEST_INTAKE_BURST);
    this.recordsGiven = bucket(2 * VERIFY_PER_SECOND, 2 * VERIFY_BURST);
    this.repeatsTold = bucket(REPEAT_PER_SECOND, REPEAT_BURST);
    this.repeatsAsked = bucket(REPEAT_PER_SECOND, REPEAT_BURST);
    this.faults = bucket(FAULTS_FORGIVEN_PER_SECOND, FAULTS_MAX);
    this.isSlow = info.bitsPerSecond < SLOW_LINK_BITS_PER_SECOND;
    this.slowMs = (ENTRY_BYTES_MAX * 8 * 1_000) / info.bitsPerSecond;
    const inTwoSeconds = Math.floor(2_000 / this.slowMs);
    const pullsMax = Math.min(PULLS_OPEN_MAX, Math.max(1, inTwoSeconds));
    this.pullsMax = this.isSlow ? PULLS_SLOW_MAX : pullsMax;
    const bytesPerSecond = announcementBytesPerSecond(info.bitsPerSecond);
    const burstBytes = Math.max(BUDGET_BURST_BYTES, (bytesPerSecond * BUDGET_BURST_MS) / 1_000);
    this.budget = bucket(bytesPerSecond, burstBytes);
    this.pullShare = bucket(bytesPerSecond, PULL_BURST_BYTES);
  }

  /** Its own distance to this peer, as it says; undefined before it said so. */
  get metricToUs(): number | undefined {
    const metric = this.heard.metric[0] ?? METRIC_NONE;
    return metric === METRIC_NONE ? undefined : metric;
  }
}

/** Bytes of announcements per second that a link of this rate is given. */
export function announcementBytesPerSecond(bitsPerSecond: number): number {
  const share = bitsPerSecond < SLOW_LINK_BITS_PER_SECOND ? SLOW_LINK_SHARE : FAST_LINK_SHARE;
  return Math.max(1, (bitsPerSecond * share) / 8);
}
