import { NO_BYTES } from "../base/bytes.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import type { Destination } from "./destination.ts";
import { Letter } from "./letter.ts";
import { BATCH_MS, SETTLE_MS, SIGNIFICANT_SHARE, TURN_BYTES_MAX, TURN_MS } from "./limits.ts";
import { ENTRY_COMPACT, ENTRY_FULL, ENTRY_RETRACT, type Entry, type Update } from "./messages.ts";
import type { Neighbour, Told } from "./neighbour.ts";
import { mayLeadBack, spareWay } from "./select.ts";
import type { RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What an announcer works on. */
export interface AnnouncerOptions {
  readonly table: Table;
  readonly link: LinkPort;
  readonly stats: RoutingStats;
  /** This peer's record in force. */
  readonly ownRecord: () => PeerRecord;
  /** Look at this origin again after `SETTLE_MS`: a small change was held back. */
  readonly settle: (origin: PeerId) => void;
}

/**
 * Tells neighbours what has changed, and only that. Each neighbour has a list of origins to be
 * told of; what is said is decided when its turn comes, so changes in between melt into one.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  #dueMs = Number.POSITIVE_INFINITY;
  #flushing = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Monotonic time of the next turn of any neighbour. */
  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  /** An origin has changed; all neighbours may have to be told, at that time or before. */
  mark(origin: PeerId, atMs: number): void {
    for (const neighbour of this.#options.table.neighbours.values()) neighbour.pending.add(origin);
    this.wake(atMs);
  }

  /** Tells one neighbour of one origin again, in full, whatever it was told before. */
  repeat(neighbour: Neighbour, origin: PeerId, nowMs: number): void {
    neighbour.repeating.add(origin);
    neighbour.pending.add(origin);
    this.wake(nowMs + BATCH_MS);
  }

  /** Tells one neighbour everything, the nearest first; `again`: in full, whatever it knows. */
  tellAll(neighbour: Neighbour, nowMs: number, again: boolean): void {
    neighbour.pending.add(this.#options.ownRecord().id);
    for (const { id } of this.#options.table.byDistance()) neighbour.pending.add(id);
    if (again) for (const id of neighbour.pending) neighbour.repeating.add(id);
    this.wake(nowMs);
  }

  /** Gives a request to a neighbour's next turn. */
  ask(neighbour: Neighbour, entry: Entry, nowMs: number): void {
    neighbour.asks.push(entry);
    this.wake(nowMs);
  }

  /** Makes sure that a turn comes no later than that. */
  wake(atMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, atMs);
  }

  /** Gives their turn to all neighbours, if it is time. */
  flush(nowMs: number): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // The link may report a neighbour lost while it is being told: then there is more to tell.
    while (this.#dueMs <= nowMs) {
      this.#dueMs = Number.POSITIVE_INFINITY;
      for (const neighbour of [...this.#options.table.neighbours.values()]) {
        if (neighbour.up) this.#turn(neighbour, nowMs);
      }
    }
    this.#flushing = false;
  }

  #turn(neighbour: Neighbour, nowMs: number): void {
    if (neighbour.pending.size === 0 && neighbour.asks.length === 0) return;
    if (nowMs < neighbour.turnAtMs) {
      this.wake(neighbour.turnAtMs);
      return;
    }
    const letter = new Letter(neighbour, this.#options.link, this.#options.stats);
    for (const entry of neighbour.asks.splice(0)) letter.add(entry);
    for (const origin of neighbour.pending) {
      if (letter.sentBytes >= TURN_BYTES_MAX) {
        neighbour.turnAtMs = nowMs + TURN_MS;
        this.wake(neighbour.turnAtMs);
        break;
      }
      neighbour.pending.delete(origin);
      const entry = this.#entryFor(neighbour, origin, nowMs);
      if (entry !== undefined) letter.add(entry);
    }
    letter.send();
  }

  #entryFor(neighbour: Neighbour, origin: PeerId, nowMs: number): Entry | undefined {
    const told = neighbour.told.get(origin);
    const again = neighbour.repeating.delete(origin);
    const own = this.#options.ownRecord();
    const destination = this.#options.table.get(origin);
    const record = origin === own.id ? own : destination?.record;
    const selected = destination?.selected;
    if (record === undefined || (origin !== own.id && selected === undefined)) {
      if (told === undefined) return undefined;
      neighbour.told.delete(origin);
      return { type: ENTRY_RETRACT, origin };
    }
    const now = describe(this.#options.table, neighbour, record, destination);
    if (told !== undefined && !again && !isWorthTelling(told, now, destination, nowMs)) {
      if (!isSame(told, now)) this.#options.settle(origin);
      return undefined;
    }
    neighbour.told.set(origin, now);
    destination?.lowerFeasible(now.seqno, now.metric);
    // Who announces a sequence number holds its record.
    const heard = destination?.routes.get(neighbour.id)?.seqno ?? -1;
    const held = again ? -1 : Math.max(told?.recordSeqno ?? -1, heard);
    return updateEntry(now, record, held < now.recordSeqno);
  }
}

function updateEntry(now: Told, record: PeerRecord, inFull: boolean): Update {
  const { seqno, metric, hops, viaYou, spare } = now;
  const type = inFull ? ENTRY_FULL : ENTRY_COMPACT;
  const bytes = inFull ? record.bytes : NO_BYTES;
  return { type, origin: record.id, seqno, metric, hops, viaYou, spare, record: bytes };
}

/** What there is to tell a neighbour of an origin that has a next hop, or of ourselves. */
function describe(
  table: Table,
  neighbour: Neighbour,
  record: PeerRecord,
  destination: Destination | undefined,
): Told {
  const selected = destination?.selected;
  if (destination === undefined || selected === undefined) {
    const { seqno } = record;
    return { seqno, metric: 0, hops: 0, viaYou: false, spare: false, recordSeqno: seqno };
  }
  return {
    seqno: selected.seqno,
    metric: selected.total,
    hops: selected.hops + 1,
    viaYou: selected.neighbour === neighbour,
    spare: hasSpare(table, destination, neighbour),
    // A receiver skips the record of a number it knows; the origin itself reads it anyway.
    recordSeqno: destination.id === neighbour.id ? record.seqno : selected.seqno,
  };
}

function hasSpare(table: Table, destination: Destination, neighbour: Neighbour): boolean {
  if (destination.id === neighbour.id) return false;
  if (!mayLeadBack(table, destination, neighbour)) return false;
  return spareWay(table, destination, neighbour.id) !== undefined;
}

function isSame(a: Told, b: Told): boolean {
  return a.metric === b.metric && a.hops === b.hops && a.spare === b.spare;
}

function isWorthTelling(
  told: Told,
  now: Told,
  destination: Destination | undefined,
  nowMs: number,
): boolean {
  if (told.seqno !== now.seqno || told.viaYou !== now.viaYou) return true;
  const change = Math.abs(told.metric - now.metric);
  if (change * SIGNIFICANT_SHARE >= told.metric && change > 0) return true;
  if (isSame(told, now) || destination === undefined) return false;
  return nowMs - destination.changedAtMs >= SETTLE_MS;
}
