import { TypedError } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { Log } from "../ports/index.ts";
import type { Announcer } from "./announcer.ts";
import { FAULT_POINTS, type Fault } from "./errors.ts";
import {
  CONTROL_OVERHEAD_BYTES,
  METRIC_MAX,
  METRIC_NONE,
  PENALTY_MS,
  RESUME_BUCKETS,
  TABLE_REPEAT_MS,
} from "./limits.ts";
import { decodeControl, ENTRY, type Entry, type Horizon, type Repeat } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Offers } from "./offers.ts";
import type { SeqnoRequests } from "./requests.ts";
import type { Resumes } from "./resumes.ts";
import type { RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What the intake works on, and where it hands on what it believes. */
export interface IntakeOptions {
  readonly log: Log;
  readonly table: Table;
  readonly announcer: Announcer;
  readonly requests: SeqnoRequests;
  readonly stats: RoutingStats;
  /** A neighbour wants to be told of an origin, whatever the budgets say. */
  readonly query: (from: Neighbour, origin: PeerId, nowMs: number) => void;
  /** Made later than this. */
  readonly resumes: () => Resumes;
  /** All that a neighbour told, except of itself, is to be forgotten. */
  readonly distrust: (from: Neighbour) => void;
}

/** Reads control messages and bounds what a neighbour can make this router do. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #offers: () => Offers;

  /** @param offers where announcements go; made later than this, as it reports faults here */
  constructor(options: IntakeOptions, offers: () => Offers) {
    this.#options = options;
    this.#offers = offers;
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
      this.fault(from, "malformed", nowMs);
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

  /** Asks a neighbour to introduce one of its handles again. */
  askAgain(neighbour: Neighbour, handle: number, nowMs: number): void {
    if (neighbour.repeatsAsked.take(nowMs)) {
      this.#options.announcer.ask(neighbour, { kind: ENTRY.repeat, handle }, nowMs);
    } else {
      this.askTable(neighbour, nowMs);
    }
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const neighbour of this.#options.table.neighbours.values()) {
      next = Math.min(next, neighbour.askTableDueMs, neighbour.tableDueMs);
    }
    return next;
  }

  /** Asks and tells whole tables where that is due. */
  tick(nowMs: number): void {
    const { announcer, table } = this.#options;
    for (const neighbour of table.neighbours.values()) {
      if (neighbour.tableDueMs <= nowMs) {
        neighbour.tableDueMs = Number.POSITIVE_INFINITY;
        neighbour.tableToldMs = nowMs;
        announcer.tellAll(neighbour, nowMs, true);
      }
      if (neighbour.askTableDueMs <= nowMs) {
        neighbour.askTableDueMs = Number.POSITIVE_INFINITY;
        neighbour.tableAskedMs = nowMs;
        announcer.ask(neighbour, { kind: ENTRY.repeat, handle: undefined }, nowMs);
      }
    }
  }

  /** Counts what a neighbour did wrong; who does too much of it is ignored for a while. */
  fault(from: Neighbour, fault: Fault, nowMs: number): void {
    const { stats, log } = this.#options;
    stats.faults[fault]++;
    log.debug("routing fault", { neighbour: from.id, fault });
    if (from.faults.take(nowMs, FAULT_POINTS[fault])) return;
    stats.penalties++;
    log.warn("neighbour announces nonsense; ignored for a while", { neighbour: from.id, fault });
    from.ignoredUntilMs = nowMs + PENALTY_MS;
    from.askTableDueMs = from.ignoredUntilMs;
    this.#options.distrust(from);
  }

  #take(from: Neighbour, entry: Entry, nowMs: number): void {
    const offers = this.#offers();
    switch (entry.kind) {
      case ENTRY.update:
        offers.take(from, entry, nowMs);
        return;
      case ENTRY.retract:
        offers.takeBack(from, entry);
        return;
      case ENTRY.pull: {
        // A radio carries one direction at a time: the question takes of the share of the answers.
        if (from.isSlow) from.budget.force(nowMs, CONTROL_OVERHEAD_BYTES / from.pullsMax);
        const slot = offers.slotOf(from, entry);
        if (slot !== undefined && from.recordsGiven.take(nowMs)) {
          this.#options.announcer.giveRecord(from, slot, nowMs);
        }
        return;
      }
      case ENTRY.record:
        offers.takeRecord(from, entry, entry.record, nowMs);
        return;
      case ENTRY.request:
        this.#options.requests.receive(from, entry, nowMs);
        return;
      case ENTRY.repeat:
        this.#tellAgain(from, entry, nowMs);
        return;
      case ENTRY.horizon:
        this.#takeHorizon(from, entry, nowMs);
        return;
      case ENTRY.query:
        if (from.requests.take(nowMs)) this.#options.query(from, entry.origin, nowMs);
        return;
      case ENTRY.resume:
        if (from.requests.take(nowMs, RESUME_BUCKETS)) {
          this.#options.resumes().receive(from, entry.digests, nowMs);
        }
        return;
      case ENTRY.resumed:
        if (from.requests.take(nowMs, RESUME_BUCKETS)) {
          this.#options.resumes().receiveAnswer(from, entry.buckets, nowMs);
        }
    }
  }

  #tellAgain(from: Neighbour, { handle }: Repeat, nowMs: number): void {
    if (handle !== undefined && from.repeatsTold.take(nowMs)) {
      this.#options.announcer.repeat(from, handle, nowMs);
      return;
    }
    const dueMs = Math.max(nowMs, from.tableToldMs + TABLE_REPEAT_MS);
    from.tableDueMs = Math.min(from.tableDueMs, dueMs);
  }

  #takeHorizon(from: Neighbour, { metric, lottery }: Horizon, nowMs: number): void {
    const { table, announcer } = this.#options;
    const isWider = from.horizonMetric < metric || lottery > from.horizonLottery;
    from.horizonMetric = metric === METRIC_MAX ? METRIC_NONE : metric;
    from.horizonLottery = lottery;
    table.isPartOfMore = true;
    if (!isWider) return;
    for (const { slot } of table.byDistance()) {
      if (!from.told.has(slot)) from.pending.add(slot);
    }
    announcer.wake(nowMs);
  }
}
