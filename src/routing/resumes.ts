import type { PeerId } from "../identity/index.ts";
import type { Announcer } from "./announcer.ts";
import { INTRODUCED, UNPROVEN } from "./columns.ts";
import type { Destination } from "./destination.ts";
import { RESTING_MAX, RESTING_MS, RESUME_BUCKETS, RESUME_WAIT_MS } from "./limits.ts";
import { ENTRY } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import { bucketOf, digestsOf, NO_DIGEST, type Past, type PastRow, pastOf } from "./resume.ts";
import { OWN_SLOT, type Table } from "./table.ts";

const ALL_BUCKETS = -1;

/** What resumes work on. */
export interface ResumesOptions {
  readonly table: Table;
  readonly announcer: Pick<Announcer, "abandonHandle" | "ask" | "tellAll">;
  /** What a neighbour says of a destination is there again. */
  readonly restored: (destination: Destination, by: Neighbour) => void;
  /** What it says of a destination is to be forgotten. */
  readonly forget: (destination: Destination, by: Neighbour) => void;
}

interface Resuming {
  /** What it was told; empty once it has answered. */
  told: readonly PastRow[];
  /** What it said; undefined once it has said what that came to. */
  heard: readonly PastRow[] | undefined;
  readonly untilMs: number;
  /** What it was told is held back until it answers, or until then; Infinity: it has answered. */
  dueMs: number;
  /** It was told once more what cannot be kept. */
  isSpoiled: boolean;
}

/**
 * Links that come and go: what was told over one is remembered by both sides for a while. When it
 * is back each says, bucket by bucket, what a digest of its own words comes to; where the other
 * remembers the same nothing is told again but what has changed since.
 */
export class Resumes {
  readonly #options: ResumesOptions;
  /** What was said on links that are down, the oldest loss first. */
  readonly #resting = new Map<PeerId, Past>();
  readonly #resuming = new Map<Neighbour, Resuming>();

  constructor(options: ResumesOptions) {
    this.#options = options;
  }

  /** How many lost neighbours are remembered. */
  get resting(): number {
    return this.#resting.size;
  }

  /** A link is lost; to be called while its columns are as they were. */
  rest(neighbour: Neighbour, nowMs: number): void {
    const unfinished = this.#resuming.get(neighbour);
    this.#resuming.delete(neighbour);
    this.#resting.delete(neighbour.id);
    if (nowMs < neighbour.ignoredUntilMs) return;
    // Lost again before it was back: what holds is what held before.
    const isHeldBack = unfinished !== undefined && unfinished.dueMs < Number.POSITIVE_INFINITY;
    const past = pastOf(this.#options.table, neighbour, nowMs + RESTING_MS);
    this.#resting.set(neighbour.id, isHeldBack ? { ...past, told: unfinished.told } : past);
    for (const [id, { untilMs }] of this.#resting) {
      if (this.#resting.size <= RESTING_MAX && untilMs > nowMs) break;
      this.#resting.delete(id);
    }
  }

  /** A link is there. False: nothing is remembered of it, so all has to be told. */
  begin(neighbour: Neighbour, nowMs: number): boolean {
    const past = this.#resting.get(neighbour.id);
    this.#resting.delete(neighbour.id);
    if (past === undefined || past.untilMs <= nowMs) return false;
    const hasTold = past.told.length > 0;
    const dueMs = hasTold
      ? nowMs + RESUME_WAIT_MS + 4 * neighbour.slowMs
      : Number.POSITIVE_INFINITY;
    this.#resuming.set(neighbour, { ...past, dueMs, isSpoiled: false });
    if (!hasTold) return false;
    neighbour.heldBack = true;
    this.#offer(neighbour, past.told, 0, nowMs);
    return true;
  }

  /** Says what this router's words came to; `spoiled`: bits of buckets that shall not be kept. */
  #offer(neighbour: Neighbour, told: readonly PastRow[], spoiled: number, nowMs: number): void {
    const { table, announcer } = this.#options;
    let without = spoiled;
    for (const row of told) if (table.get(row.id) === undefined) without |= 1 << bucketOf(row);
    const digests = digestsOf(told).map((digest, bucket) =>
      (without & (1 << bucket)) === 0 ? digest : NO_DIGEST,
    );
    announcer.ask(neighbour, { kind: ENTRY.resume, digests }, nowMs);
  }

  /** A neighbour says what its words came to: those remembered hold again, others do not. */
  receive(from: Neighbour, digests: readonly number[], nowMs: number): void {
    const { table, announcer } = this.#options;
    const resuming = this.#resuming.get(from);
    const isFresh = resuming !== undefined && nowMs < resuming.untilMs;
    const past = isFresh ? resuming.heard : undefined;
    if (resuming !== undefined) this.#used(from, resuming, "heard");
    // Once restored, it stands in the columns: a second word is compared with those.
    let buckets = agreeing(digests, digestsOf(past ?? pastOf(table, from, 0).heard));
    for (const row of past ?? []) {
      if (!this.#isRestorable(row, nowMs)) buckets &= ~(1 << bucketOf(row));
    }
    this.#forgetAllBut(from, buckets);
    for (const row of past ?? []) {
      if ((buckets & (1 << bucketOf(row))) !== 0) this.#restoreHeard(from, row, nowMs);
    }
    announcer.ask(from, { kind: ENTRY.resumed, buckets }, nowMs);
  }

  #forgetAllBut(from: Neighbour, buckets: number): void {
    const { table, announcer, forget } = this.#options;
    for (const destination of [...table.values()]) {
      const isOut = (buckets & (1 << bucketOf(destination))) === 0 && destination.id !== from.id;
      if (!isOut) continue;
      // It may have given up the handle under which it was told of this one.
      announcer.abandonHandle(from, destination.slot);
      if (from.heard.has(destination.slot)) forget(destination, from);
    }
  }

  /** Proven then, and still: an origin may have been forgotten and learned anew from a lower number. */
  #isRestorable({ id, flags, seqno }: PastRow, nowMs: number): boolean {
    if ((flags & UNPROVEN) !== 0) return false;
    const { table } = this.#options;
    const known = table.get(id) ?? table.memory.get(id, nowMs)?.state;
    return known?.record !== undefined && seqno <= known.provenSeqno;
  }

  #restoreHeard(from: Neighbour, row: PastRow, nowMs: number): void {
    const { table, restored } = this.#options;
    const destination = table.get(row.id) ?? table.add(row.id, from, nowMs);
    const { slot } = destination;
    const { heard, handles } = from;
    if (heard.has(slot) || destination.offers.includes(from)) return;
    heard.reserve(slot);
    heard.metric[slot] = row.metric;
    heard.best[slot] = row.best;
    heard.seqno[slot] = row.seqno;
    heard.hops[slot] = row.hops;
    heard.flags[slot] = row.flags;
    if (row.handle >= 0 && handles.slot(row.handle) === undefined) {
      handles.bind(row.handle, row.generation, slot);
      heard.handle[slot] = row.handle + 1;
    }
    destination.offers.push(from);
    restored(destination, from);
  }

  /** A neighbour says which buckets it remembers: only what is new has to be told of those. */
  receiveAnswer(from: Neighbour, buckets: number, nowMs: number): void {
    const resuming = this.#resuming.get(from);
    if (resuming === undefined || resuming.dueMs === Number.POSITIVE_INFINITY) return;
    const { table } = this.#options;
    const rows = resuming.told.filter((row) => (buckets & (1 << bucketOf(row))) !== 0);
    const gone = rows.filter(({ id }) => table.get(id) === undefined);
    if (gone.length > 0) {
      // It would go on believing what nobody can take back any more.
      if (resuming.isSpoiled) {
        this.#callBack(from, resuming, nowMs);
        return;
      }
      resuming.isSpoiled = true;
      const spoiled = gone.reduce((bits, row) => bits | (1 << bucketOf(row)), ~buckets);
      this.#offer(from, resuming.told, spoiled, nowMs);
      return;
    }
    for (const row of rows) this.#restoreTold(from, row);
    this.#release(from, resuming, nowMs);
  }

  #restoreTold({ told }: Neighbour, row: PastRow): void {
    const { table } = this.#options;
    const slot = table.get(row.id)?.slot ?? OWN_SLOT;
    if (slot === OWN_SLOT || told.has(slot)) return;
    told.reserve(slot);
    told.metric[slot] = row.metric;
    told.seqno[slot] = row.seqno;
    told.hops[slot] = row.hops;
    const isSameHandle = row.handle === slot && row.generation === table.generation(slot);
    told.flags[slot] = row.flags | (isSameHandle ? INTRODUCED : 0);
  }

  #release(neighbour: Neighbour, resuming: Resuming, nowMs: number): void {
    resuming.dueMs = Number.POSITIVE_INFINITY;
    neighbour.heldBack = false;
    this.#used(neighbour, resuming, "told");
    this.#options.announcer.tellAll(neighbour, nowMs, false);
  }

  /** It may have restored rows although its answer does not come: all of them are called back. */
  #callBack(neighbour: Neighbour, resuming: Resuming, nowMs: number): void {
    this.#offer(neighbour, resuming.told, ALL_BUCKETS, nowMs);
    this.#release(neighbour, resuming, nowMs);
  }

  /** What has served is not kept: a link may stay up for long. */
  #used(neighbour: Neighbour, resuming: Resuming, what: "told" | "heard"): void {
    if (what === "told") resuming.told = [];
    else resuming.heard = undefined;
    const isDone = resuming.dueMs === Number.POSITIVE_INFINITY && resuming.heard === undefined;
    if (isDone) this.#resuming.delete(neighbour);
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    // As in `Regards`: no iterator where there is nothing.
    if (this.#resuming.size === 0) return next;
    for (const { dueMs } of this.#resuming.values()) next = Math.min(next, dueMs);
    return next;
  }

  /** Who does not answer is told everything. */
  tick(nowMs: number): void {
    for (const [neighbour, resuming] of this.#resuming) {
      if (resuming.dueMs <= nowMs) this.#callBack(neighbour, resuming, nowMs);
      if (resuming.untilMs <= nowMs) this.#used(neighbour, resuming, "heard");
    }
  }
}

/** A bit for each bucket of which both sides say the same, and something. */
function agreeing(theirs: readonly number[], ours: readonly number[]): number {
  let buckets = 0;
  for (let bucket = 0; bucket < RESUME_BUCKETS; bucket++) {
    const digest = theirs[bucket] ?? NO_DIGEST;
    if (digest !== NO_DIGEST && digest === ours[bucket]) buckets |= 1 << bucket;
  }
  return buckets;
}
