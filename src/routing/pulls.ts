import { TypedError } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerRecord } from "../identity/index.ts";
import type { Announcer } from "./announcer.ts";
import { isLinkAfter } from "./chain.ts";
import { UNPROVEN } from "./columns.ts";
import { type Destination, totalBy } from "./destination.ts";
import type { Fault } from "./errors.ts";
import {
  CHAIN_LENGTH,
  CONTROL_OVERHEAD_BYTES,
  METRIC_NONE,
  PULL_GATHER_MS,
  PULL_PAUSE_MS,
  PULL_RETRY_MAX_MS,
  PULL_RETRY_MS,
  PULL_SHARE_BYTES,
  PULLS_AT_ONCE,
} from "./limits.ts";
import { ENTRY } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";
import type { RecordReader } from "./types.ts";

/** Every so many attempts a neighbour behind a slow link may be asked although there are others. */
const SLOW_TURN = 3;

/** What the pulls work on. */
export interface PullsOptions {
  readonly suite: CryptoSuite;
  readonly table: Table;
  readonly readRecord: RecordReader;
  readonly announcer: Announcer;
  readonly stats: RoutingStats;
  readonly fault: (from: Neighbour, fault: Fault, nowMs: number) => void;
  /**
   * What a neighbour was asked for has come: what was claimed about the destination can be judged.
   * `isFaulty`: it was no record of this origin, and the neighbour has paid for that.
   */
  readonly judge: (destination: Destination, by: Neighbour, isFaulty: boolean) => void;
  /** A destination has to leave the table. */
  readonly evict: (destination: Destination) => void;
  /** Somebody waits for this destination: its record is worth the whole link. */
  readonly isWanted: (destination: Destination) => boolean;
}

interface Pull {
  readonly destination: Destination;
  /** Whom it was asked of; undefined while it waits for a turn. */
  from: Neighbour | undefined;
  /** Whom it was last asked of; what comes from there late is welcome, too. */
  askedOf: Neighbour | undefined;
  attempts: number;
  dueMs: number;
}

/**
 * Fetches the signed records of origins, each from one neighbour only: they are by far the largest
 * part of what is told, and every neighbour has the same. Over slow links they are asked for within
 * the share of announcements, a few at a time and the nearest first, unless somebody waits.
 */
export class Pulls {
  readonly #options: PullsOptions;
  readonly #pulls = new Map<Destination, Pull>();
  /** How many of them somebody has been asked for. */
  #orders = 0;
  /** Nothing is due before that. */
  #nextMs = Number.POSITIVE_INFINITY;

  constructor(options: PullsOptions) {
    this.#options = options;
  }

  /** How many are wanted. */
  get size(): number {
    return this.#pulls.size;
  }

  /** A neighbour knows more of a destination than its record here proves. */
  want(destination: Destination, from: Neighbour, nowMs: number): void {
    const begun = this.#pulls.get(destination);
    if (begun !== undefined) {
      // It waits for the share of a slow link, and here is another way.
      if (!from.isSlow && begun.from === undefined) this.#expect(begun, nowMs + PULL_GATHER_MS);
      return;
    }
    const pull: Pull = {
      ...{ destination, from: undefined, askedOf: undefined, attempts: 0, dueMs: nowMs },
    };
    const askMs = this.#stayedMs(destination, from);
    pull.dueMs = Math.max(nowMs + PULL_GATHER_MS, askMs);
    if (askMs <= nowMs && this.#orders < PULLS_AT_ONCE) this.#ask(pull, from, nowMs);
    this.#pulls.set(destination, pull);
    this.#nextMs = Math.min(this.#nextMs, pull.dueMs);
  }

  /** Somebody waits for this destination: if its record is still to be asked for, it is at once. */
  hurry(destination: Destination, nowMs: number): void {
    const pull = this.#pulls.get(destination);
    if (pull !== undefined && pull.from === undefined) this.#expect(pull, nowMs);
  }

  #expect(pull: Pull, atMs: number): void {
    pull.dueMs = Math.min(pull.dueMs, atMs);
    this.#nextMs = Math.min(this.#nextMs, pull.dueMs);
  }

  /** Newcomers of a full table stay for a while first: most of them leave again. */
  #stayedMs(destination: Destination, from: Neighbour): number {
    const { table } = this.#options;
    if (destination.record !== undefined) return Number.NEGATIVE_INFINITY;
    return table.stayedMs(destination, from.id, totalBy(destination, from));
  }

  /** The destination has left the table, or nobody claims anything unproven of it any more. */
  drop(destination: Destination): void {
    const pull = this.#pulls.get(destination);
    if (pull === undefined) return;
    this.#cancel(pull);
    this.#pulls.delete(destination);
  }

  /** A neighbour went down: what it was asked for is asked of others, at the next tick. */
  forget(neighbour: Neighbour, nowMs: number): void {
    for (const pull of this.#pulls.values()) {
      if (pull.askedOf === neighbour) pull.askedOf = undefined;
      if (pull.from !== neighbour) continue;
      this.#cancel(pull);
      pull.dueMs = nowMs;
      this.#nextMs = nowMs;
    }
  }

  /** A neighbour has sent a record. */
  receive(from: Neighbour, destination: Destination, bytes: Uint8Array, nowMs: number): void {
    const { readRecord, table, stats, fault, judge } = this.#options;
    const pull = this.#pulls.get(destination);
    if (pull === undefined || pull.askedOf !== from) return;
    this.drop(destination);
    from.pullShare.force(nowMs, bytes.length + CONTROL_OVERHEAD_BYTES / from.pullsMax);
    const known = destination.record;
    let record: PeerRecord;
    stats.verified++;
    try {
      record = readRecord(bytes, known);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      fault(from, "bad-record", nowMs);
      judge(destination, from, true);
      return;
    }
    if (record.id !== destination.id) {
      fault(from, "wrong-origin", nowMs);
    } else if (known === undefined || record.seqno > known.seqno) {
      table.learn(destination, record);
      if (record.seqno > destination.provenSeqno) {
        destination.provenSeqno = record.seqno;
        destination.provenLink = record.chain;
      }
    } else if (this.#isOtherLife(destination, from, record)) {
      table.learn(destination, record);
      destination.provenSeqno = record.seqno;
      destination.provenLink = record.chain;
    }
    judge(destination, from, record.id !== destination.id);
  }

  /** A peer that lost its state began again under the same number: its newer links prove it. */
  #isOtherLife(destination: Destination, from: Neighbour, record: PeerRecord): boolean {
    const claim = from.claims.get(destination.slot);
    if (claim?.link === undefined || record.chain === undefined) return false;
    const steps = claim.seqno - record.seqno;
    if (record.seqno !== destination.record?.seqno || steps < 1 || steps > CHAIN_LENGTH) {
      return false;
    }
    if (claim.seqno <= destination.provenSeqno) return false;
    const { suite } = this.#options;
    return isLinkAfter(suite, destination.idBytes, record.chain, claim.link, steps);
  }

  nextDeadlineMs(): number {
    return this.#nextMs;
  }

  /** Asks (again) what is due, the best first, another neighbour each time. */
  tick(nowMs: number): void {
    if (nowMs < this.#nextMs) return;
    // No more is ordered than there are places: what comes may show that the rest is not welcome.
    const ordersMax = Math.max(PULLS_AT_ONCE, this.#options.table.room());
    for (const pull of this.#due(nowMs)) {
      if (pull.from === undefined && this.#orders >= ordersMax) pull.dueMs = nowMs + PULL_PAUSE_MS;
      else this.#retry(pull, nowMs);
    }
    this.#nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#pulls.values()) this.#nextMs = Math.min(this.#nextMs, dueMs);
  }

  #due(nowMs: number): readonly Pull[] {
    const due: Pull[] = [];
    for (const pull of this.#pulls.values()) if (pull.dueMs <= nowMs) due.push(pull);
    if (due.length < 2) return due;
    const depths = new Map(due.map((pull) => [pull, this.#depthOf(pull.destination)]));
    return due.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
  }

  /** How far within the horizon it lies over whoever offers the best way, proven or not. */
  #depthOf(destination: Destination): number {
    let least = Number.POSITIVE_INFINITY;
    for (const by of destination.offers) {
      const depth = this.#options.table.depth(destination, by.id, totalBy(destination, by));
      least = Math.min(least, depth);
    }
    return least;
  }

  #retry(pull: Pull, nowMs: number): void {
    const { table, evict } = this.#options;
    const { destination } = pull;
    const next = this.#another(pull);
    this.#cancel(pull);
    if (next === undefined) this.#pulls.delete(destination);
    else if (
      destination.record !== undefined ||
      table.isWelcome(destination, next.id, nearestClaim(destination))
    ) {
      this.#ask(pull, next, nowMs);
    } else {
      // The table has filled with nearer ones while it waited: its record would come for nothing.
      this.#pulls.delete(destination);
      evict(destination);
    }
  }

  #cancel(pull: Pull): void {
    if (pull.from === undefined) return;
    pull.from.pullsOpen--;
    pull.from = undefined;
    this.#orders--;
  }

  #another({ destination, attempts, from }: Pull): Neighbour | undefined {
    const claiming = destination.offers.filter(
      (by) => by.up && ((by.heard.flags[destination.slot] ?? 0) & UNPROVEN) !== 0,
    );
    const others = claiming.filter((by) => by !== from);
    const all = others.length > 0 ? others : claiming;
    const quick = all.filter(({ isSlow }) => !isSlow);
    // Slow ones have their turn where quick ones do not answer.
    const list = quick.length > 0 && attempts % SLOW_TURN !== SLOW_TURN - 1 ? quick : all;
    return list[attempts % Math.max(1, list.length)];
  }

  #ask(pull: Pull, from: Neighbour, nowMs: number): void {
    const { announcer, stats } = this.#options;
    const { slot } = pull.destination;
    const reference = announcer.referenceFor(from, slot);
    const isUrgent = from.isSlow && this.#options.isWanted(pull.destination);
    const isFree = isUrgent || from.pullsOpen < from.pullsMax;
    const shareMs = isUrgent ? nowMs : shareAtMs(from, nowMs);
    const isAllowed = isFree && shareMs <= nowMs;
    if (reference === undefined || !isAllowed || !from.verifications.take(nowMs)) {
      const waitMs = isFree ? from.verifications.nextMs(nowMs) - nowMs : 0;
      pull.dueMs = Math.max(shareMs, nowMs + Math.max(20, waitMs));
      return;
    }
    from.lastPullMs = nowMs;
    from.pullShare.force(nowMs, CONTROL_OVERHEAD_BYTES / from.pullsMax);
    from.pullsOpen++;
    this.#orders++;
    stats.pullsSent++;
    pull.from = from;
    pull.askedOf = from;
    // Those that were asked for before it come first.
    const linkMs = from.isSlow ? from.slowMs * from.pullsOpen : from.slowMs;
    const waitMs = PULL_RETRY_MS * 2 ** Math.min(pull.attempts, 8) + linkMs;
    pull.dueMs = nowMs + Math.min(PULL_RETRY_MAX_MS, waitMs);
    pull.attempts++;
    announcer.ask(from, { kind: ENTRY.pull, ...reference }, nowMs);
  }
}

/** When a neighbour's link may carry another record: on slow ones a few go together, to share frames. */
function shareAtMs(from: Neighbour, nowMs: number): number {
  if (!from.isSlow || from.lastPullMs === nowMs) return nowMs;
  return from.pullShare.nextMs(nowMs, PULL_SHARE_BYTES);
}

/** The least distance that anybody offers, proven or not. */
function nearestClaim(destination: Destination): number {
  let least = METRIC_NONE;
  for (const by of destination.offers) least = Math.min(least, totalBy(destination, by));
  return least;
}
