import { equalBytes, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import { peerIdOf } from "../identity/index.ts";
import type { DiskError, Timed } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import type { FeedOptions } from "./context.ts";
import { FeedError } from "./errors.ts";
import { feedIdOf } from "./feed-id.ts";
import { FollowedLog } from "./followed-log.ts";
import { NO_HEAD } from "./head.ts";
import { FEEDS_MAX, OFFERS_PER_READER_MAX, READERS_MAX } from "./limits.ts";
import { Offering } from "./offering.ts";
import { OwnLog } from "./own-log.ts";
import { FEED_SERVICE } from "./protocol.ts";
import { Reading } from "./reading.ts";
import { loadSaved, type Saved } from "./saved.ts";
import type {
  AppendDone,
  Draft,
  FeedId,
  FollowedFeedEvents,
  OwnFeed,
  OwnFeedEvents,
} from "./types.ts";

/**
 * All feeds of a peer: writes its own, offers them to readers, and takes followed ones from their
 * authors. Nothing is acknowledged, told or sent before it is persisted. Call `load` first.
 */
export class FeedManager implements Timed {
  readonly #context: FeedOptions;
  readonly #own = new Map<FeedId, OwnLog>();
  readonly #followed = new Map<FeedId, FollowedLog>();
  /** How many feeds we follow of each author, by hexadecimal sign key. */
  readonly #authors = new Map<string, number>();
  readonly #offerings = new Map<PeerId, Offering>();
  readonly #reachable = new Set<PeerId>();
  readonly #readings = new Map<PeerId, Reading>();
  #saved: Saved | undefined;

  constructor(options: FeedOptions) {
    this.#context = { ...options, random: options.random.fork("feed") };
  }

  /** Reads what the disk knows; every other call comes after `done(null)`. */
  load(done: (error: DiskError | null) => void): void {
    loadSaved(this.#context.records, (error, saved) => {
      if (error === null) {
        this.#saved = saved;
        const { sessions } = this.#context;
        sessions.serve(FEED_SERVICE, (stream, from) => this.#acceptStream(stream, from));
      }
      done(error);
    });
  }

  /**
   * Makes an own feed usable; the same feed again changes nothing.
   * @throws FeedError("too-many-feeds" | "too-large")
   */
  own(own: OwnFeed, events: OwnFeedEvents): FeedId {
    const saved = this.#loaded();
    const feedId = feedIdOf(this.#context.suite, own.author.publicKey, own.label);
    if (this.#own.has(feedId)) return feedId;
    this.#checkRoom();
    const head = saved.heads.get(feedId) ?? NO_HEAD;
    const acknowledgedBy = saved.acknowledged.get(feedId) ?? new Map<PeerId, number>();
    const log = new OwnLog(this.#context, own, { feedId, head, events, acknowledgedBy }, () =>
      this.#onAppended(feedId),
    );
    this.#own.set(feedId, log);
    return feedId;
  }

  /**
   * Adds an entry to an own feed. `compose` is called once the entry's seq is certain, possibly
   * later; a TypedError that it throws comes back through `done`. The entry is on disk, together
   * with the draft's writes, when `done` is called without error.
   */
  append(feedId: FeedId, kind: number, compose: (seq: number) => Draft, done: AppendDone): void {
    must(this.#own.get(feedId), "append needs an own feed").append(kind, compose, done);
  }

  /**
   * Starts to accept a feed of another author; the same feed again changes nothing.
   * @throws FeedError("too-many-feeds" | "too-large")
   */
  follow(author: Uint8Array, label: Uint8Array, events: FollowedFeedEvents): FeedId {
    const saved = this.#loaded();
    const feedId = feedIdOf(this.#context.suite, author, label);
    if (this.#followed.has(feedId)) return feedId;
    this.#checkRoom();
    const head = saved.heads.get(feedId) ?? NO_HEAD;
    const forked = saved.forked.has(feedId);
    const log = new FollowedLog(this.#context, events, { feedId, author, head, forked });
    this.#followed.set(feedId, log);
    const name = toHex(author);
    this.#authors.set(name, (this.#authors.get(name) ?? 0) + 1);
    this.#readings.get(peerIdOf(this.#context.suite, author))?.announce(log);
    return feedId;
  }

  /**
   * Wants a reader to have an own feed. Called again, it forgets waits and tries at once.
   * @throws FeedError("too-many-feeds")
   */
  offer(feedId: FeedId, to: PeerId): void {
    const log = must(this.#own.get(feedId), "only own feeds are offered");
    let offering = this.#offerings.get(to);
    if (offering === undefined) {
      if (this.#offerings.size >= READERS_MAX) {
        throw new FeedError("too-many-feeds", `Feeds go to at most ${READERS_MAX} readers.`);
      }
      offering = new Offering(this.#context, to);
      this.#offerings.set(to, offering);
    }
    if (!offering.has(feedId)) {
      if (offering.size >= OFFERS_PER_READER_MAX) {
        throw new FeedError("too-many-feeds", `One reader gets at most ${OFFERS_PER_READER_MAX}.`);
      }
      offering.add(log);
    }
    if (this.#reachable.has(to)) offering.setReachable(true);
    offering.hurry();
  }

  /** The newest persisted seq of an own or followed feed; 0 where there is none. */
  headSeq(feedId: FeedId): number {
    return (this.#own.get(feedId) ?? this.#followed.get(feedId))?.head.seq ?? 0;
  }

  /** The newest seq of an own feed that any reader has acknowledged; 0 where there is none. */
  acknowledgedSeq(feedId: FeedId): number {
    return Math.max(0, ...(this.#own.get(feedId)?.acknowledgedBy.values() ?? []));
  }

  /** A session with this peer is possible now. */
  peerReachable(id: PeerId): void {
    this.#reachable.add(id);
    this.#offerings.get(id)?.setReachable(true);
  }

  /** Sessions with this peer cannot be had any more. */
  peerUnreachable(id: PeerId): void {
    this.#reachable.delete(id);
    this.#offerings.get(id)?.setReachable(false);
  }

  nextDeadlineMs(): number {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const id of this.#reachable) {
      earliestMs = Math.min(earliestMs, this.#offerings.get(id)?.deadlineMs ?? earliestMs);
    }
    return earliestMs;
  }

  tick(): void {
    for (const id of this.#reachable) this.#offerings.get(id)?.tick();
  }

  #loaded(): Saved {
    return must(this.#saved, "feeds are used only after load");
  }

  #checkRoom(): void {
    if (this.#own.size + this.#followed.size >= FEEDS_MAX) {
      throw new FeedError("too-many-feeds", `A peer keeps at most ${FEEDS_MAX} feeds.`);
    }
  }

  #onAppended(feedId: FeedId): void {
    for (const id of this.#reachable) {
      const offering = this.#offerings.get(id);
      if (offering?.has(feedId)) offering.poke();
    }
  }

  /** Only authors whom we follow get a stream, one each: a newer one replaces the older. */
  #acceptStream(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    if (!this.#authors.has(toHex(from.signKey))) return undefined;
    this.#readings.get(from.id)?.drop();
    const reading = new Reading(
      stream,
      this.#context.log,
      (feedId) => {
        const log = this.#followed.get(feedId);
        return log !== undefined && equalBytes(log.author, from.signKey) ? log : undefined;
      },
      (over) => {
        if (this.#readings.get(from.id) === over) this.#readings.delete(from.id);
      },
    );
    this.#readings.set(from.id, reading);
    return reading;
  }
}
