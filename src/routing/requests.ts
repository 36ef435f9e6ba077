import { TokenBucket } from "../base/token-bucket.ts";
import { type PeerId, SEQNO_MAX } from "../identity/index.ts";
import type { Random } from "../ports/index.ts";
import type { Announcer } from "./announcer.ts";
import { type Destination, isUsable, totalBy } from "./destination.ts";
import {
  IMPROVE_MS,
  REQUEST_ATTEMPTS_MAX,
  REQUEST_BURST,
  REQUEST_HIDE_MS,
  REQUEST_HOP_LIMIT,
  REQUEST_PATIENCE_MS,
  REQUEST_PER_SECOND,
  REQUEST_RETRY_MS,
  REQUEST_SLOW_MS,
  REQUESTS_OPEN_MAX,
  REQUESTS_SEEN_MAX,
} from "./limits.ts";
import { ENTRY, type SeqnoRequest } from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Origin } from "./origin.ts";
import type { RoutingStats } from "./stats.ts";
import type { Table } from "./table.ts";

/** What the requests work on. */
export interface SeqnoRequestsOptions {
  readonly table: Table;
  readonly announcer: Announcer;
  readonly origin: Origin;
  readonly random: Random;
  readonly stats: RoutingStats;
  readonly nowMs: number;
}

interface Open {
  wanted: number;
  attempts: number;
  dueMs: number;
}

/**
 * Requests for sequence numbers (RFC 8966 sections 3.8.1.2 and 3.8.2): started here where every
 * way left is infeasible or a better one is, and passed on towards the origin for others.
 */
export class SeqnoRequests {
  readonly #options: SeqnoRequestsOptions;
  readonly #bucket: TokenBucket;
  readonly #open = new Map<PeerId, Open>();
  /** When the first of them is due; undefined: to be looked up. */
  #nextMs: number | undefined;
  /** Requests that came by, by origin and request id. */
  readonly #seen = new Set<string>();
  readonly #asked = new Map<PeerId, { readonly wanted: number; readonly atMs: number }>();

  constructor(options: SeqnoRequestsOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(
      { perSecond: REQUEST_PER_SECOND, burst: REQUEST_BURST },
      options.nowMs,
    );
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The sequence number that an open request asks for. */
  wantedSeqno(origin: PeerId): number | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(origin)?.wanted;
  }

  /** Opens, keeps or drops the request for a destination, as its routes now demand. */
  want(destination: Destination, wish: Neighbour | undefined, nowMs: number): void {
    const { feasibleSeqno } = destination;
    const wanted = (feasibleSeqno < 0 ? SEQNO_MAX : feasibleSeqno) + 1;
    if (wish === undefined || wanted > SEQNO_MAX) {
      this.drop(destination.id);
      return;
    }
    const open = this.#open.get(destination.id);
    if (open === undefined) {
      if (this.#open.size >= REQUESTS_OPEN_MAX) return;
      const dueMs = Math.max(nowMs, this.#patienceMs(destination));
      this.#open.set(destination.id, { wanted, attempts: 0, dueMs });
      this.#nextMs = undefined;
    } else if (destination.selected !== undefined) {
      open.wanted = wanted;
    } else if (open.wanted !== wanted || open.dueMs > nowMs + REQUEST_SLOW_MS) {
      const dueMs = Math.max(nowMs, this.#patienceMs(destination));
      Object.assign(open, { wanted, attempts: 0, dueMs });
      this.#nextMs = undefined;
    }
  }

  /**
   * Until when a newcomer of a full table is not asked for. What a router told of it when it was
   * there before may forbid every way by which it returns; but as long as better ones come in, it
   * is likely to leave again, and each new number is told on all links of all that keep it.
   */
  #patienceMs({ id, sinceMs }: Destination): number {
    const { table } = this.#options;
    const isLikelyToStay = !table.overflowed || table.isExempt(id);
    return isLikelyToStay ? sinceMs : sinceMs + REQUEST_PATIENCE_MS;
  }

  /** Drops the request for a destination that is gone. */
  drop(origin: PeerId): void {
    if (this.#open.delete(origin)) this.#nextMs = undefined;
  }

  nextDeadlineMs(): number {
    this.#nextMs ??= this.#firstDueMs();
    return this.#nextMs;
  }

  #firstDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#open.values()) next = Math.min(next, dueMs);
    return next;
  }

  /** Sends what has become due. */
  tick(nowMs: number): void {
    if (nowMs < this.nextDeadlineMs()) return;
    this.#nextMs = undefined;
    for (const [origin, open] of this.#open) {
      if (open.dueMs > nowMs) continue;
      const destination = this.#options.table.get(origin);
      if (destination === undefined) this.#open.delete(origin);
      else if (this.#bucket.take(nowMs)) this.#attempt(destination, open, nowMs);
      else open.dueMs = this.#bucket.nextMs(nowMs);
    }
  }

  #attempt(destination: Destination, open: Open, nowMs: number): void {
    const { id, selected } = destination;
    const isLate = open.attempts >= REQUEST_ATTEMPTS_MAX;
    if (selected !== undefined) {
      const nextMs = isLate ? Number.POSITIVE_INFINITY : destination.improvedAtMs + IMPROVE_MS;
      if (nextMs > nowMs) {
        open.dueMs = nextMs;
        return;
      }
      destination.improvedAtMs = nowMs;
    }
    const requestId = this.#options.random.u32();
    this.#remember(id, requestId, open.wanted, nowMs);
    const request = { origin: id, seqno: open.wanted, hopLimit: REQUEST_HOP_LIMIT, requestId };
    for (const neighbour of targets(destination, open.attempts > 0)) {
      this.#options.stats.requestsStarted++;
      this.#options.announcer.ask(neighbour, { kind: ENTRY.request, ...request }, nowMs);
    }
    open.dueMs = nowMs + (isLate ? REQUEST_SLOW_MS : REQUEST_RETRY_MS * 2 ** open.attempts);
    open.attempts++;
  }

  /** A neighbour's request: answered, passed on by one hop, or dropped. */
  receive(from: Neighbour, request: SeqnoRequest, nowMs: number): void {
    const { table, announcer, origin, stats } = this.#options;
    const isTaken = from.requests.take(nowMs);
    if (!isTaken || this.#isKnown(request, nowMs)) {
      // It has been passed on for somebody else: this neighbour waits for the number, too.
      if (isTaken) this.#await(from, request);
      stats.requestsDropped++;
      return;
    }
    this.#remember(request.origin, request.requestId, request.seqno, nowMs);
    if (request.origin === origin.record.id) {
      origin.request(request.seqno);
      return;
    }
    const destination = table.get(request.origin);
    const { selected } = destination ?? {};
    if (destination !== undefined && selected !== undefined) {
      const { slot } = destination;
      if ((selected.heard.seqno[slot] ?? 0) >= request.seqno) {
        from.pending.add(slot);
        from.wanted.add(slot);
        announcer.wake(nowMs);
        return;
      }
    }
    const next = destination && towards(destination, from);
    if (next === undefined || request.hopLimit <= 1) {
      stats.requestsDropped++;
      return;
    }
    stats.requestsForwarded++;
    this.#await(from, request);
    announcer.ask(next, { ...request, hopLimit: request.hopLimit - 1 }, nowMs);
  }

  /** The neighbour is to be told of that number without delay. */
  #await(from: Neighbour, { origin, seqno }: SeqnoRequest): void {
    const slot = this.#options.table.get(origin)?.slot;
    if (slot !== undefined) from.awaiting.set(slot, seqno);
  }

  #isKnown(request: SeqnoRequest, nowMs: number): boolean {
    if (this.#seen.has(seenKey(request.origin, request.requestId))) return true;
    const asked = this.#asked.get(request.origin);
    return (
      asked !== undefined && asked.wanted >= request.seqno && nowMs - asked.atMs < REQUEST_HIDE_MS
    );
  }

  #remember(origin: PeerId, requestId: number, wanted: number, nowMs: number): void {
    this.#seen.add(seenKey(origin, requestId));
    if (this.#seen.size > REQUESTS_SEEN_MAX) dropOldest(this.#seen);
    this.#asked.delete(origin);
    this.#asked.set(origin, { wanted, atMs: nowMs });
    if (this.#asked.size > REQUESTS_SEEN_MAX) dropOldest(this.#asked);
  }
}

function seenKey(origin: PeerId, requestId: number): string {
  return `${origin}${requestId}`;
}

function dropOldest(entries: Set<string> | Map<string, unknown>): void {
  for (const key of entries.keys()) {
    entries.delete(key);
    return;
  }
}

/** Whom to ask: the shortest way offered; on later attempts everybody who offers one. */
function targets(destination: Destination, all: boolean): readonly Neighbour[] {
  const others = destination.offers
    .filter((by) => by !== destination.selected && isUsable(destination, by))
    .sort((a, b) => totalBy(destination, a) - totalBy(destination, b));
  return all ? others : others.slice(0, 1);
}

/** The next hop of a request: the selected one, else the shortest way, feasible or not. */
function towards(destination: Destination, from: Neighbour): Neighbour | undefined {
  const { selected } = destination;
  if (selected !== undefined && selected !== from) return selected;
  let found: Neighbour | undefined;
  for (const by of destination.offers) {
    if (by === from || !isUsable(destination, by)) continue;
    if (found === undefined || totalBy(destination, by) < totalBy(destination, found)) found = by;
  }
  return found;
}
