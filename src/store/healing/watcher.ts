import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { Call } from "./call.ts";
import { WATCH_ENTRIES_MAX, WATCH_PEERS_MAX, WATCH_STREAMS_MAX } from "./limits.ts";
import type { KnownPeer, PeerBook } from "./peer-book.ts";
import { tagOf, type Watched, type WatchList } from "./watch-list.ts";
import { type HealingMessage, NONCE_BYTES, type WatchEntry } from "./wire.ts";

/** When peers are asked. */
export interface WatchTimes {
  /** How often, in milliseconds. */
  readonly everyMs: number;
  /** How long after it came within reach for the first time, in milliseconds. */
  readonly firstMs: number;
}

/** What a watcher tells. */
export interface WatcherEvents {
  /** The list is about to be used: bring it up to date. */
  onRefresh(): void;
  /** What a peer has of an object; nothing: an empty list. */
  onReport(entry: Watched, peer: KnownPeer, indices: readonly number[]): void;
}

/**
 * Asks the peers around now and then what they have of the objects that both care for: one
 * question for all objects, about those that they had in common and those that are new. So both
 * sides learn of each other.
 */
export class Watcher {
  readonly #context: StoreContext;
  readonly #book: PeerBook;
  readonly #list: WatchList;
  readonly #times: WatchTimes;
  readonly #events: WatcherEvents;
  readonly #calls: Map<PeerId, Call> = new Map();
  #dueAtMs: number = Number.POSITIVE_INFINITY;

  constructor(
    context: StoreContext,
    book: PeerBook,
    list: WatchList,
    times: WatchTimes,
    events: WatcherEvents,
  ) {
    this.#context = context;
    this.#book = book;
    this.#list = list;
    this.#times = times;
    this.#events = events;
  }

  /** A peer came within reach: it is asked soon. */
  peerReachable(known: KnownPeer): void {
    const dueAtMs = this.#now() + this.#spread(this.#times.firstMs);
    known.askAtMs = known.askAtMs === 0 ? dueAtMs : Math.max(known.askAtMs, dueAtMs);
    this.#dueAtMs = Math.min(this.#dueAtMs, known.askAtMs);
  }

  peerUnreachable(peer: PeerId): void {
    this.#calls.get(peer)?.abandon();
  }

  nextDeadlineMs(): number {
    let next = this.#calls.size < WATCH_STREAMS_MAX ? this.#dueAtMs : Number.POSITIVE_INFINITY;
    for (const call of this.#calls.values()) next = Math.min(next, call.nextDeadlineMs());
    return next;
  }

  tick(): void {
    for (const call of [...this.#calls.values()]) call.tick();
    if (this.#now() < this.#dueAtMs) return;
    this.#events.onRefresh();
    this.#askDue();
  }

  #now(): number {
    return this.#context.clock.monotonicMs();
  }

  /** Around this long, so that not all peers ask at once. */
  #spread(ms: number): number {
    return Math.ceil(ms * (0.75 + this.#context.random.u32() / 2 ** 33));
  }

  #askDue(): void {
    const now = this.#now();
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    const near = this.#near();
    for (const known of this.#book.peers()) {
      if (!known.isReachable || known.askAtMs === 0 || this.#calls.has(known.id)) continue;
      if (known.askAtMs <= now && this.#calls.size < WATCH_STREAMS_MAX) {
        known.askAtMs = now + this.#spread(this.#times.everyMs);
        if (near.has(known.id)) this.#ask(known);
      }
      this.#dueAtMs = Math.min(this.#dueAtMs, known.askAtMs);
    }
  }

  #near(): ReadonlySet<PeerId> {
    const routes = this.#context.routing.routes().slice(0, WATCH_PEERS_MAX);
    const near = new Set(routes.map(({ destination }) => destination));
    for (const entry of this.#list.all()) {
      if (near.size >= 2 * WATCH_PEERS_MAX) break;
      for (const slot of entry.holders) {
        const holder = slot === 0 ? undefined : this.#book.at(slot);
        if (holder !== undefined) near.add(holder.id);
      }
    }
    return near;
  }

  #ask(known: KnownPeer): void {
    const entries: Watched[] = [];
    for (const entry of this.#list.all()) {
      if (entry.seq > known.toldSeq || entry.holders.includes(known.slot)) entries.push(entry);
    }
    const newestSeq = this.#list.newestSeq;
    if (entries.length === 0) return;
    let at = 0;
    let page: readonly Watched[] = [];
    const next = (): HealingMessage | undefined => {
      if (at >= entries.length) return undefined;
      page = entries.slice(at, at + WATCH_ENTRIES_MAX);
      at += page.length;
      return this.#question(page);
    };
    const call = new Call(this.#context, known.id, {
      onAnswer: (message) => {
        if (message.t !== "common") return undefined;
        const found = new Map(message.entries.map((each) => [each.position, each.indices]));
        for (const [position, entry] of page.entries()) {
          this.#events.onReport(entry, known, found.get(position) ?? []);
        }
        const question = next();
        if (question === undefined) known.toldSeq = newestSeq;
        return question;
      },
      onEnd: () => {
        this.#calls.delete(known.id);
      },
    });
    this.#calls.set(known.id, call);
    const first = next();
    if (first !== undefined) call.start(first);
  }

  #question(page: readonly Watched[]): HealingMessage {
    const { random, suite, ledger } = this.#context;
    const nonce = random.bytes(NONCE_BYTES);
    const entries: WatchEntry[] = page.map(({ root }) => ({
      tag: tagOf(suite, nonce, root),
      indices: ledger.indices(root),
    }));
    return { t: "watch", nonce, entries };
  }
}
