import { equalBytes } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { decodePeerRecord, type PeerId, type PeerRecord } from "../identity/index.ts";
import type { Log } from "../ports/index.ts";
import type { Announcer } from "./announcer.ts";
import { FAULT_POINTS, type Fault } from "./errors.ts";
import { PENALTY_MS, TABLE_REPEAT_MS, VERIFY_QUEUE_MAX } from "./limits.ts";
import {
  decodeControl,
  ENTRY_COMPACT,
  ENTRY_FULL,
  ENTRY_REPEAT,
  ENTRY_RETRACT,
  type Entry,
  type Repeat,
  type Update,
} from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import type { SeqnoRequests } from "./requests.ts";
import type { RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What the intake works on, and where it hands on what it believes. */
export interface IntakeOptions {
  readonly suite: CryptoSuite;
  readonly log: Log;
  readonly table: Table;
  readonly origin: Origin;
  readonly announcer: Announcer;
  readonly requests: SeqnoRequests;
  readonly stats: RoutingStats;
  /** A believable announcement; the record is verified and as new as the announcement or newer. */
  readonly learn: (from: Neighbour, update: Update, record: PeerRecord) => void;
  readonly unlearn: (from: Neighbour, origin: PeerId) => void;
  /** A neighbour has told its distance to us. */
  readonly metricToUs: (from: Neighbour, metric: number | undefined) => void;
  /** All that a neighbour told, except of itself, is to be forgotten. */
  readonly distrust: (from: Neighbour) => void;
}

/** Reads control messages, checks every claim that can be checked, and bounds what that costs. */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Takes in one control message of a neighbour. Never throws, whatever it holds. */
  receive(from: Neighbour, message: Uint8Array, nowMs: number): void {
    if (nowMs < from.ignoredUntilMs) return;
    this.#options.stats.messagesReceived++;
    let entries: Entry[];
    try {
      entries = decodeControl(message);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#fault(from, "malformed", nowMs);
      // Whatever good there was in it is lost, so it has to be told again.
      this.askTable(from, nowMs);
      return;
    }
    for (const entry of entries) {
      if (!from.up || nowMs < from.ignoredUntilMs) return;
      this.#take(from, entry, nowMs);
    }
  }

  /** Asks a neighbour for its whole table, now or when it may be asked again. */
  askTable(neighbour: Neighbour, nowMs: number): void {
    const { tableAskedMs, ignoredUntilMs } = neighbour;
    const dueMs = Math.max(nowMs, tableAskedMs + TABLE_REPEAT_MS, ignoredUntilMs);
    neighbour.askTableDueMs = Math.min(neighbour.askTableDueMs, dueMs);
  }

  nextDeadlineMs(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const neighbour of this.#options.table.neighbours.values()) {
      next = Math.min(next, neighbour.askTableDueMs, neighbour.tableDueMs);
      if (neighbour.unverified.size > 0) {
        next = Math.min(next, neighbour.verifications.nextMs(nowMs));
      }
    }
    return next;
  }

  /** Verifies what has waited, and asks and tells whole tables where that is due. */
  tick(nowMs: number): void {
    const { announcer, table } = this.#options;
    for (const neighbour of [...table.neighbours.values()]) {
      this.#verifyWaiting(neighbour, nowMs);
      if (neighbour.tableDueMs <= nowMs) {
        neighbour.tableDueMs = Number.POSITIVE_INFINITY;
        neighbour.tableToldMs = nowMs;
        announcer.tellAll(neighbour, nowMs, true);
      }
      if (neighbour.askTableDueMs <= nowMs) {
        neighbour.askTableDueMs = Number.POSITIVE_INFINITY;
        neighbour.tableAskedMs = nowMs;
        announcer.ask(neighbour, { type: ENTRY_REPEAT, origin: undefined }, nowMs);
      }
    }
  }

  #take(from: Neighbour, entry: Entry, nowMs: number): void {
    switch (entry.type) {
      case ENTRY_FULL:
      case ENTRY_COMPACT:
        this.#takeUpdate(from, entry, nowMs);
        return;
      case ENTRY_RETRACT:
        from.unverified.delete(entry.origin);
        if (entry.origin === this.#self) this.#options.metricToUs(from, undefined);
        else this.#options.unlearn(from, entry.origin);
        return;
      case ENTRY_REPEAT:
        this.#tellAgain(from, entry, nowMs);
        return;
      default:
        this.#options.requests.receive(from, entry, nowMs);
    }
  }

  get #self(): PeerId {
    return this.#options.origin.record.id;
  }

  #tellAgain(from: Neighbour, { origin }: Repeat, nowMs: number): void {
    if (origin !== undefined && from.repeatsTold.take(nowMs)) {
      this.#options.announcer.repeat(from, origin, nowMs);
      return;
    }
    const dueMs = Math.max(nowMs, from.tableToldMs + TABLE_REPEAT_MS);
    from.tableDueMs = Math.min(from.tableDueMs, dueMs);
  }

  #takeUpdate(from: Neighbour, update: Update, nowMs: number): void {
    const isItself = update.origin === from.id;
    if (isItself !== (update.metric === 0) || isItself !== (update.hops === 0)) {
      this.#fault(from, "bad-metric", nowMs);
      return;
    }
    if (update.origin === this.#self) {
      this.#options.metricToUs(from, update.metric);
      const { bytes } = this.#options.origin.record;
      const isNews = update.type === ENTRY_FULL && !equalBytes(update.record, bytes);
      if (isNews) this.#takeVerified(from, update, nowMs);
      return;
    }
    const known = this.#options.table.knownRecord(update.origin, nowMs);
    if (known !== undefined && known.seqno >= update.seqno) {
      from.unverified.delete(update.origin);
      this.#learn(from, update, known, nowMs);
    } else if (update.type === ENTRY_FULL) {
      this.#takeVerified(from, update, nowMs);
    } else {
      this.#takeCompact(from, update, nowMs);
    }
  }

  /** A compact announcement whose record we do not have: it may still wait, or be gone here. */
  #takeCompact(from: Neighbour, update: Update, nowMs: number): void {
    const waiting = from.unverified.get(update.origin);
    if (waiting !== undefined && waiting.seqno === update.seqno) {
      const { type, record } = waiting;
      from.unverified.set(update.origin, { ...update, type, record });
      return;
    }
    this.#fault(from, "unknown-record", nowMs);
    if (this.#options.table.admits(update.origin, update.metric + from.cost)) {
      this.askAgain(from, update.origin, nowMs);
    }
  }

  /** Asks a neighbour to tell of one origin again, in full. */
  askAgain(neighbour: Neighbour, origin: PeerId, nowMs: number): void {
    if (neighbour.repeatsAsked.take(nowMs)) {
      this.#options.announcer.ask(neighbour, { type: ENTRY_REPEAT, origin }, nowMs);
    } else {
      this.askTable(neighbour, nowMs);
    }
  }

  /** Verifies at once where the neighbour's share allows it, else lets the announcement wait. */
  #takeVerified(from: Neighbour, update: Update, nowMs: number): void {
    const { stats, table } = this.#options;
    const isOwn = update.origin === this.#self;
    if (!isOwn && !table.admits(update.origin, update.metric + from.cost)) return;
    if (from.verifications.take(nowMs)) {
      from.unverified.delete(update.origin);
      this.#verify(from, update, nowMs);
      return;
    }
    if (from.unverified.size >= VERIFY_QUEUE_MAX && !from.unverified.has(update.origin)) {
      stats.overflowed++;
      this.askTable(from, nowMs);
      return;
    }
    stats.deferred++;
    from.unverified.set(update.origin, { ...update, record: update.record.slice() });
  }

  #verifyWaiting(from: Neighbour, nowMs: number): void {
    for (const [origin, update] of from.unverified) {
      if (!from.up || nowMs < from.ignoredUntilMs || !from.verifications.take(nowMs)) return;
      from.unverified.delete(origin);
      this.#verify(from, update, nowMs);
    }
  }

  #verify(from: Neighbour, update: Update, nowMs: number): void {
    const { suite, stats, table, origin } = this.#options;
    const known = table.knownRecord(update.origin, nowMs);
    let record: PeerRecord;
    stats.verified++;
    try {
      record = decodePeerRecord(suite, update.record, known);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#fault(from, "bad-record", nowMs);
      return;
    }
    if (record.id !== update.origin || record.seqno < update.seqno) {
      this.#fault(from, "wrong-origin", nowMs);
    } else if (record.id === origin.record.id) {
      origin.heardOwn(record.seqno);
    } else {
      this.#learn(from, update, record, nowMs);
    }
  }

  #learn(from: Neighbour, update: Update, record: PeerRecord, nowMs: number): void {
    const { table, learn } = this.#options;
    if (!table.admits(update.origin, update.metric + from.cost)) return;
    const isNew = table.get(update.origin) === undefined;
    learn(from, update, record);
    if (!isNew || !table.overflowed) return;
    // What others said of it was thrown away when it was turned away or evicted.
    for (const neighbour of table.neighbours.values()) {
      if (neighbour !== from) this.askAgain(neighbour, update.origin, nowMs);
    }
  }

  #fault(from: Neighbour, fault: Fault, nowMs: number): void {
    const { stats, log } = this.#options;
    stats.faults[fault]++;
    log.debug("routing fault", { neighbour: from.id, fault });
    if (from.faults.take(nowMs, FAULT_POINTS[fault])) return;
    stats.penalties++;
    log.warn("neighbour announces nonsense; ignored for a while", { neighbour: from.id, fault });
    from.ignoredUntilMs = nowMs + PENALTY_MS;
    from.unverified.clear();
    from.askTableDueMs = from.ignoredUntilMs;
    this.#options.distrust(from);
  }
}
