import { TokenBucket } from "../base/token-bucket.ts";
import type { Announcer } from "./announcer.ts";
import { noteUnrest } from "./damping.ts";
import { type Destination, totalBy } from "./destination.ts";
import {
  BATCH_MS,
  LONELY_MS,
  METRIC_MAX,
  NEWS_BATCH_MS,
  NUMBER_LONG_STEP_MS,
  NUMBER_STEP_MS,
  NUMBERS_AT_ONCE,
  NUMBERS_PER_SECOND,
  NUMBERS_WAITING_MANY,
  SETTLE_MS,
  SETTLE_STEP_MS,
} from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import type { OfferChange, Offers } from "./offers.ts";
import type { Queries } from "./queries.ts";
import { Regards } from "./regards.ts";
import type { SeqnoRequests } from "./requests.ts";
import { isCalmBy, mayMatter, reconsider } from "./select.ts";
import type { RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What the choosing works on. */
export interface ChoosingOptions {
  readonly table: Table;
  readonly announcer: Announcer;
  readonly requests: SeqnoRequests;
  readonly queries: Queries;
  readonly stats: RoutingStats;
  readonly nowMs: () => number;
  /** Made later than this, as it reports changes here. */
  readonly offers: () => Offers;
}

/**
 * Keeps the next hop of every destination chosen as what neighbours say changes, and sees to it
 * that all learn who must, now or later.
 */
export class Choosing {
  /** Destinations looked at since somebody last emptied this; the rooms above may have to be told. */
  readonly touched: Set<Destination> = new Set();
  readonly #options: ChoosingOptions;
  /** Destinations whose small changes wait; the constant delay keeps it in order of time. */
  readonly #settling = new Map<Destination, number>();
  /** Destinations that change so often that telling of them waits, and until when. */
  readonly #restless = new Map<Destination, number>();
  /** When the first of them is due; undefined: to be looked up. */
  #restlessMs: number | undefined;
  /** Destinations of which nothing but the number is newer, and when that is told. */
  readonly #numbered = new Map<Destination, number>();
  /** The time of the last of these. */
  #numberedMs = Number.NEGATIVE_INFINITY;
  /** What is told at once of such numbers; beyond that they wait for each other. */
  readonly #numbers: TokenBucket;
  /** Origins that came into a full table, and when others are asked what they know of them. */
  readonly #lonely = new Map<Destination, number>();
  readonly #regards = new Regards();

  constructor(options: ChoosingOptions) {
    this.#options = options;
    const rate = { perSecond: NUMBERS_PER_SECOND, burst: NUMBERS_AT_ONCE };
    this.#numbers = new TokenBucket(rate, options.nowMs());
  }

  nextDeadlineMs(): number {
    const next = Math.min(this.#regards.nextDeadlineMs(), firstMs(this.#settling));
    const numberedMs = Math.min(firstMs(this.#lonely), firstMs(this.#numbered));
    return Math.min(next, numberedMs, this.#nextRestlessMs());
  }

  #nextRestlessMs(): number {
    if (this.#restlessMs !== undefined) return this.#restlessMs;
    let next = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#restless.values()) next = Math.min(next, dueMs);
    this.#restlessMs = next;
    return next;
  }

  #wait(destination: Destination, untilMs: number): void {
    this.#restless.set(destination, untilMs);
    this.#restlessMs = undefined;
  }

  /** Looks again at what has waited long enough. */
  tick(nowMs: number): void {
    const { announcer } = this.#options;
    for (const [destination, dueMs] of this.#settling) {
      if (dueMs > nowMs) break;
      this.#settling.delete(destination);
      if (!destination.kept) continue;
      this.touch(destination, false);
      announcer.mark(destination.slot, nowMs);
    }
    if (this.#nextRestlessMs() <= nowMs) this.#tellRestless(nowMs);
    for (const [destination, dueMs] of this.#numbered) {
      if (dueMs > nowMs) break;
      this.#numbered.delete(destination);
      announcer.mark(destination.slot, nowMs);
    }
    for (const [destination, dueMs] of this.#lonely) {
      if (dueMs > nowMs) break;
      this.#lonely.delete(destination);
      this.#askOthers(destination, nowMs);
    }
    for (const neighbour of this.#regards.take(nowMs)) this.touchAllOf(neighbour, false);
  }

  #tellRestless(nowMs: number): void {
    this.#restlessMs = undefined;
    for (const [destination, dueMs] of this.#restless) {
      if (dueMs > nowMs) continue;
      this.#restless.delete(destination);
      this.#options.announcer.mark(destination.slot, nowMs);
    }
  }

  /** What a neighbour says of a destination has changed. */
  changed(destination: Destination, by: Neighbour, change: OfferChange): void {
    if (!destination.kept) return;
    if (change === "number") {
      this.#renewed(destination, by);
      return;
    }
    const isLost = !by.heard.has(destination.slot);
    this.touch(destination, isLost);
    this.#markSpares(destination);
    const { selected } = destination;
    // Whether there is a spare way concerns our next hop: it is told if the answer has changed.
    if (selected !== undefined && selected !== by) selected.pending.add(destination.slot);
    if (selected !== undefined) this.#options.announcer.wake(this.#options.nowMs() + BATCH_MS);
    const isReturned = change === "new" && this.#options.table.overflowed;
    if (isReturned && destination.offers.length === 1 && !this.#lonely.has(destination)) {
      this.#lonely.set(destination, nextStep(this.#options.nowMs() + LONELY_MS));
    }
  }

  /** Only the number of an offer is newer. That of the way in use changes no choice that stands. */
  #renewed(destination: Destination, by: Neighbour): void {
    const { requests, nowMs } = this.#options;
    if (isCalmBy(destination, by) && requests.wantedSeqno(destination.id) === undefined) {
      this.#announceChange(destination, false, nowMs());
    } else if (mayMatter(destination, by)) {
      this.touch(destination, false);
    }
  }

  /**
   * What others said of an origin was thrown away when it was turned away or evicted: they are asked
   * once it has stayed for a while, as most of those that come into a full table leave it soon.
   */
  #askOthers(destination: Destination, nowMs: number): void {
    if (!destination.kept || destination.record === undefined) return;
    for (const neighbour of this.#options.table.neighbours.values()) {
      if (destination.offers.includes(neighbour) || neighbour.id === destination.id) continue;
      // Who was told of it has answered with what it knows.
      if (neighbour.told.has(destination.slot)) continue;
      if (!neighbour.repeatsAsked.take(nowMs)) return;
      this.#options.queries.askOf(neighbour, destination.id, nowMs);
    }
  }

  /** A neighbour's distance to another neighbour has changed: spare ways depend on it. */
  #markSpares(changed: Destination): void {
    const next = this.#options.table.neighbours.get(changed.id);
    if (next === undefined) return;
    for (const destination of this.#options.table.values()) {
      if (destination.selected === next) next.pending.add(destination.slot);
    }
    this.#options.announcer.wake(this.#options.nowMs() + BATCH_MS);
  }

  /** A neighbour has told another distance to this peer. */
  ownChanged(by: Neighbour, before: number | undefined): void {
    // Only alternates depend on it, and only where it is below the cost of the link.
    const after = Math.min(by.metricToUs ?? by.cost, by.cost);
    if (Math.min(before ?? by.cost, by.cost) !== after)
      this.#regards.note(by, this.#options.nowMs());
  }

  /** Gives up what a neighbour said; `all`: also of itself. */
  forget(neighbour: Neighbour, all: boolean): void {
    neighbour.introductions.clear();
    for (const destination of [...this.#options.table.values()]) {
      if (!all && destination.id === neighbour.id) continue;
      if (this.#options.offers().clear(destination, neighbour)) this.touch(destination, true);
    }
  }

  /** Looks again at all that a neighbour says something about. */
  touchAllOf(neighbour: Neighbour, isUrgent: boolean): void {
    for (const destination of [...this.#options.table.values()]) {
      if (neighbour.heard.has(destination.slot)) this.touch(destination, isUrgent);
    }
  }

  /** A destination's offers have changed: choose anew, and see to it that all learn who must. */
  touch(destination: Destination, isUrgent: boolean): void {
    const nowMs = this.#options.nowMs();
    this.touched.add(destination);
    if (destination.offers.length === 0) {
      this.#remove(destination, nowMs);
      return;
    }
    const verdict = reconsider(destination, nowMs);
    this.#options.requests.want(destination, verdict.wish, nowMs);
    if (verdict.unsettled) this.settle(destination);
    this.#announceChange(destination, isUrgent, nowMs);
  }

  #announceChange(destination: Destination, isUrgent: boolean, nowMs: number): void {
    const { selected, slot, viewNext, viewSeqno, viewHops } = destination;
    const seqno = selected?.heard.seqno[slot] ?? 0;
    const metric = selected === undefined ? METRIC_MAX : totalBy(destination, selected);
    const hops = (selected?.heard.hops[slot] ?? -1) + 1;
    const isMoved = metric !== destination.viewMetric;
    const isSame = selected === viewNext && seqno === viewSeqno && hops === viewHops;
    if (!isMoved && isSame) return;
    destination.viewNext = selected;
    destination.viewSeqno = seqno;
    destination.viewMetric = metric;
    destination.viewHops = hops;
    const isOnlyNumber = !isMoved && selected === viewNext && hops === viewHops;
    if (isOnlyNumber && this.#mayWait(destination, seqno, nowMs)) {
      this.#keepBack(destination, seqno, nowMs);
      return;
    }
    if (isMoved) destination.changedAtMs = nowMs;
    this.#announceMove(destination, viewNext, { isUrgent, isNewer: seqno > viewSeqno }, nowMs);
  }

  #announceMove(
    destination: Destination,
    before: Neighbour | undefined,
    { isUrgent, isNewer }: { readonly isUrgent: boolean; readonly isNewer: boolean },
    nowMs: number,
  ): void {
    const { announcer, queries } = this.#options;
    const { id, selected, slot } = destination;
    const isFound = before === undefined && selected !== undefined;
    if (isFound) queries.arrived(id, slot, nowMs);
    const isLost = before !== undefined && selected === undefined;
    const newsMs = isFound || isNewer ? NEWS_BATCH_MS : BATCH_MS;
    const waitMs = noteUnrest(destination, nowMs);
    if (waitMs > BATCH_MS) this.#wait(destination, nowMs + waitMs);
    else if (isLost || isUrgent) announcer.mark(slot, nowMs, true);
    else this.#tell(destination, isFound ? selected : undefined, nowMs + newsMs);
  }

  /**
   * Whether a number that changes nothing else is told later. Where there is room they go on at once,
   * as long as they are few, and so does what a new record says.
   */
  #mayWait(destination: Destination, seqno: number, nowMs: number): boolean {
    if (this.#options.table.isCrowded || this.#numbered.has(destination)) return true;
    return seqno !== destination.record?.seqno && !this.#numbers.take(nowMs);
  }

  /** A newer number is told to those who asked for it; to others later, with many more. */
  #keepBack(destination: Destination, seqno: number, nowMs: number): void {
    this.#options.announcer.tellAwaiting(destination.slot, seqno, nowMs + NEWS_BATCH_MS);
    if (!this.#numbered.has(destination)) {
      const isFlood = this.#numbered.size >= NUMBERS_WAITING_MANY;
      const stepMs = isFlood ? NUMBER_LONG_STEP_MS : NUMBER_STEP_MS;
      // Those that wait stand in the order of their times.
      this.#numberedMs = Math.max(this.#numberedMs, nextStep(nowMs, stepMs));
      this.#numbered.set(destination, this.#numberedMs);
    }
  }

  /** Tells of a destination at that time; of one that was found by somebody, once it has stayed. */
  #tell(destination: Destination, found: Neighbour | undefined, atMs: number): void {
    const { table, announcer } = this.#options;
    const { metric } = destination;
    const stayedMs = found === undefined ? 0 : table.stayedMs(destination, found.id, metric);
    if (stayedMs > atMs) this.#wait(destination, stayedMs);
    // What waits already is told as it is then.
    else if (!this.#restless.has(destination)) announcer.mark(destination.slot, atMs);
  }

  #remove(destination: Destination, nowMs: number): void {
    destination.selected = undefined;
    this.#options.offers().pulls.drop(destination);
    this.#options.announcer.retractSlot(destination.slot, nowMs);
    this.#options.offers().release(destination);
    this.#options.table.remove(destination, nowMs);
    this.#options.requests.drop(destination.id);
    if (this.#restless.delete(destination)) this.#restlessMs = undefined;
    this.#lonely.delete(destination);
    this.#numbered.delete(destination);
  }

  /** Looks again after `SETTLE_MS`: a small change was held back. */
  settle(destination: Destination): void {
    if (!this.#settling.has(destination)) {
      this.#settling.set(destination, nextStep(this.#options.nowMs() + SETTLE_MS));
    }
  }

  /** Gives up a destination for want of room. */
  evict(destination: Destination, nowMs: number): void {
    this.#options.stats.evicted++;
    for (const by of [...destination.offers]) this.#options.offers().clear(destination, by);
    this.touch(destination, false);
    this.#options.announcer.wake(nowMs);
  }
}

/** What falls due between two steps is done at the second: many small changes share a message. */
function nextStep(atMs: number, stepMs = SETTLE_STEP_MS): number {
  return Math.ceil(atMs / stepMs) * stepMs;
}

/** The time of what was put in first, which is the earliest of all. */
function firstMs(dueMs: ReadonlyMap<Destination, number>): number {
  // Asked after every packet: no iterator where there is nothing.
  if (dueMs.size === 0) return Number.POSITIVE_INFINITY;
  for (const firstMs of dueMs.values()) return firstMs;
  return Number.POSITIVE_INFINITY;
}
