import type { CryptoSuite } from "../crypto/index.ts";
import type { LinkPort } from "../link/index.ts";
import { type Announcement, AnnouncementWriter } from "./announcement.ts";
import { INTRODUCED } from "./columns.ts";
import type { Destination } from "./destination.ts";
import { Letter } from "./letter.ts";
import {
  BATCH_MS,
  CONTROL_OVERHEAD_BYTES,
  FULL_TURN_GAP_MS,
  LONGEST_TURN,
  TURN_BYTES_MAX,
  TURN_BYTES_MIN,
  TURN_GAP_MS,
  TURN_MS,
} from "./limits.ts";
import { ENTRY, type Entry, PLAIN_ENTRY_BYTES_MAX, REF } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import type { RoutingStats } from "./stats.ts";
import { OWN_SLOT, type Table } from "./table.ts";

/** What an announcer works on. */
export interface AnnouncerOptions {
  readonly suite: CryptoSuite;
  readonly table: Table;
  readonly link: LinkPort;
  readonly stats: RoutingStats;
  readonly origin: Origin;
  /** Look at this destination again after `SETTLE_MS`: a small change was held back. */
  readonly settle: (destination: Destination) => void;
  /** What is to be said of our horizon in a message that leaves for a neighbour anyway. */
  readonly horizon: (neighbour: Neighbour, nowMs: number) => Entry | undefined;
}

/**
 * Tells neighbours what has changed, and only that. Each neighbour has a list of slots to be told
 * of; what is said is decided when its turn comes, so changes in between melt into one. A share of
 * the link bounds what is told; losses and what a neighbour has asked for are never held back.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #writer: AnnouncementWriter;
  #dueMs = Number.POSITIVE_INFINITY;
  /** When any neighbour last had a turn. */
  #lastTurnMs = Number.NEGATIVE_INFINITY;
  #flushing = false;
  #isUrgent = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#writer = new AnnouncementWriter(options);
  }

  /** Monotonic time of the next turn of any neighbour. */
  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  /** The origin in a slot has changed; all neighbours may have to be told, at that time or before. */
  mark(slot: number, atMs: number, isUrgent = false): void {
    if (isUrgent) this.#isUrgent = true;
    for (const neighbour of this.#options.table.neighbours.values()) neighbour.pending.add(slot);
    this.wake(atMs);
  }

  /** The origin in a slot has a newer number: who has asked for one as high is told at that time. */
  tellAwaiting(slot: number, seqno: number, atMs: number): void {
    for (const neighbour of this.#options.table.neighbours.values()) {
      const wanted = neighbour.awaiting.get(slot);
      if (wanted === undefined || wanted > seqno) continue;
      neighbour.awaiting.delete(slot);
      neighbour.pending.add(slot);
      neighbour.wanted.add(slot);
      this.wake(atMs);
    }
  }

  /** Introduces an origin to one neighbour again, whatever it was told before. */
  repeat(neighbour: Neighbour, slot: number, nowMs: number): void {
    neighbour.repeating.add(slot);
    neighbour.wanted.add(slot);
    neighbour.pending.add(slot);
    this.wake(nowMs + BATCH_MS);
  }

  /** A neighbour may have forgotten what it was told of an origin: it is introduced again. */
  tellAfresh(neighbour: Neighbour, slot: number, nowMs: number): void {
    neighbour.repeating.add(slot);
    neighbour.pending.add(slot);
    this.wake(nowMs + BATCH_MS);
  }

  /** Tells one neighbour everything, the nearest first; `again`: with introductions. */
  tellAll(neighbour: Neighbour, nowMs: number, again: boolean): void {
    neighbour.pending.add(OWN_SLOT);
    for (const { slot } of this.#options.table.byDistance()) neighbour.pending.add(slot);
    if (again) for (const slot of neighbour.pending) neighbour.repeating.add(slot);
    this.wake(nowMs);
  }

  /** Tells one neighbour of this router itself. */
  introduce(neighbour: Neighbour, nowMs: number): void {
    neighbour.pending.add(OWN_SLOT);
    this.wake(nowMs);
  }

  /** Gives an entry to a neighbour's next turn. */
  ask(neighbour: Neighbour, entry: Entry, nowMs: number): void {
    neighbour.asks.push(entry);
    this.wake(nowMs);
  }

  /** Takes back, at the next turn, what neighbours were told of a slot that is being given up. */
  retractSlot(slot: number, nowMs: number): void {
    for (const neighbour of this.#options.table.neighbours.values()) {
      neighbour.pending.delete(slot);
      neighbour.repeating.delete(slot);
      neighbour.wanted.delete(slot);
      neighbour.awaiting.delete(slot);
      const entry = this.#writer.retraction(neighbour, slot);
      if (entry !== undefined) this.ask(neighbour, entry, nowMs);
    }
  }

  /**
   * A neighbour has taken an origin back and may have given up its handle, under which it may have
   * been told of it by us: that is taken back, and what there is to say is said under our own.
   */
  abandonHandle(neighbour: Neighbour, slot: number): void {
    const handle = (neighbour.heard.handle[slot] ?? 0) - 1;
    if (handle < 0) return;
    const isOurs = ((neighbour.told.flags[slot] ?? 0) & INTRODUCED) !== 0;
    const entry = isOurs ? undefined : this.#writer.retraction(neighbour, slot);
    if (entry !== undefined) {
      neighbour.asks.push(entry);
      neighbour.pending.add(slot);
      this.wake(Number.NEGATIVE_INFINITY);
    }
    neighbour.handles.release(handle);
    neighbour.heard.handle[slot] = 0;
  }

  /** Makes sure that a turn comes no later than that. */
  wake(atMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, atMs);
  }

  /** Gives their turn to all neighbours, if it is time. */
  flush(nowMs: number): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const isUrgent = this.#isUrgent;
    this.#isUrgent = false;
    // The link may report a neighbour lost while it is being told: then there is more to tell.
    while (this.#dueMs <= nowMs) {
      this.#dueMs = Number.POSITIVE_INFINITY;
      const lastTurnMs = this.#lastTurnMs;
      for (const neighbour of [...this.#options.table.neighbours.values()]) {
        if (neighbour.up) this.#turn(neighbour, lastTurnMs, isUrgent, nowMs);
      }
    }
    this.#flushing = false;
  }

  #turn(neighbour: Neighbour, lastTurnMs: number, isUrgent: boolean, nowMs: number): void {
    if (neighbour.pending.size === 0 && neighbour.asks.length === 0) return;
    // In a flood of news one message a few milliseconds later saves many small ones.
    const { isCrowded } = this.#options.table;
    const gapMs = isCrowded ? lastTurnMs + FULL_TURN_GAP_MS : neighbour.lastTurnMs + TURN_GAP_MS;
    if (!isUrgent && nowMs < gapMs) {
      this.wake(gapMs);
      return;
    }
    neighbour.lastTurnMs = nowMs;
    this.#lastTurnMs = nowMs;
    const letter = new Letter(neighbour, this.#options.link, this.#options.stats);
    for (const entry of neighbour.asks.splice(0)) letter.add(entry);
    if (nowMs < neighbour.turnAtMs && neighbour.wanted.size === 0) this.wake(neighbour.turnAtMs);
    else this.#tell(neighbour, letter, nowMs);
    const horizon = letter.isBegun ? this.#options.horizon(neighbour, nowMs) : undefined;
    if (horizon !== undefined) letter.add(horizon);
    letter.send();
    if (letter.sentBytes === 0) return;
    neighbour.budget.force(nowMs, letter.sentBytes + CONTROL_OVERHEAD_BYTES);
  }

  #tell(neighbour: Neighbour, letter: Letter, nowMs: number): void {
    const needed = neighbour.pending.size * PLAIN_ENTRY_BYTES_MAX;
    const isScarce = neighbour.budget.nextMs(nowMs, needed) > nowMs;
    let left = isScarce ? this.#allowance(neighbour, nowMs) : TURN_BYTES_MAX;
    for (const slot of isScarce ? this.#byUrgency(neighbour) : neighbour.pending) {
      if (neighbour.heldBack && slot !== OWN_SLOT) continue;
      const isFree = neighbour.wanted.has(slot) || this.#isLost(neighbour, slot);
      if (left < PLAIN_ENTRY_BYTES_MAX && !isFree) {
        const atMs = neighbour.budget.nextMs(nowMs + 1, TURN_BYTES_MIN);
        neighbour.turnAtMs = Math.max(atMs, nowMs + TURN_MS);
        this.wake(neighbour.turnAtMs);
        break;
      }
      neighbour.pending.delete(slot);
      const entry = this.#writer.entryFor(neighbour, slot, nowMs);
      neighbour.wanted.delete(slot);
      if (entry === undefined) continue;
      const sizeBytes = letter.add(entry);
      if (!isFree) left -= sizeBytes;
    }
  }

  /** What the neighbour's share of the link allows now, in bytes; nothing where that is little. */
  #allowance({ budget }: Neighbour, nowMs: number): number {
    if (budget.nextMs(nowMs, TURN_BYTES_MIN) > nowMs) return 0;
    return Math.min(TURN_BYTES_MAX, budget.left(nowMs) - CONTROL_OVERHEAD_BYTES);
  }

  /**
   * What was asked for, then losses, then fewest hops first; but now and then whoever has waited
   * longest, or near origins that change all the time would keep the link from far ones for ever.
   */
  #byUrgency(neighbour: Neighbour): ReadonlySet<number> {
    const { table } = this.#options;
    const rank = (slot: number): number => {
      if (neighbour.wanted.has(slot) || slot === OWN_SLOT) return -2;
      const destination = table.at(slot);
      if (destination?.selected === undefined) return -1;
      return destination.viewHops;
    };
    // What changes again while it waits keeps its place in this set.
    const longest = [...neighbour.pending].filter((slot) => rank(slot) >= 0);
    const nearest = [...neighbour.pending].sort((a, b) => rank(a) - rank(b));
    const urgent = nearest.length - longest.length;
    const order = new Set(nearest.slice(0, urgent));
    nearest.slice(urgent).forEach((slot, at) => {
      const oldest = at % LONGEST_TURN === 0 ? longest[at / LONGEST_TURN] : undefined;
      if (oldest !== undefined) order.add(oldest);
      order.add(slot);
    });
    return order;
  }

  #isLost(neighbour: Neighbour, slot: number): boolean {
    if (slot === OWN_SLOT || !neighbour.told.has(slot)) return false;
    return this.#options.table.at(slot)?.selected === undefined;
  }

  /** The record of the origin in a slot, as a neighbour asked for it under this reference. */
  giveRecord(neighbour: Neighbour, slot: number, nowMs: number): void {
    const { table, origin } = this.#options;
    const record = slot === OWN_SLOT ? origin.record : table.at(slot)?.record;
    if (record === undefined) return;
    const reference = this.#writer.knownReference(neighbour, slot);
    if (reference === undefined) return;
    this.ask(neighbour, { kind: ENTRY.record, ...reference, record: record.bytes }, nowMs);
  }

  /** How to ask a neighbour about an origin that it has told of. */
  referenceFor(neighbour: Neighbour, slot: number): Announcement["reference"] | undefined {
    const handle = (neighbour.heard.handle[slot] ?? 0) - 1;
    if (handle < 0) return this.#writer.knownReference(neighbour, slot);
    return { ref: REF.yours, handle, generation: neighbour.handles.generation(handle) };
  }
}
