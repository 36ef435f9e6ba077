import { equalBytes } from "../base/bytes.ts";
import type { DiskError, RecordWrite } from "../ports/index.ts";
import type { FeedOptions } from "./context.ts";
import { hasValidSignature } from "./entry.ts";
import { FeedError } from "./errors.ts";
import { encodeFork, encodeHead, type Head } from "./head.ts";
import { entryKey, forkKey, headKey } from "./keys.ts";
import { ARRIVALS_WAITING_MAX, ENTRIES_PER_BATCH_MAX } from "./limits.ts";
import type { FeedEntry, FeedId, FeedTrouble, FollowedFeedEvents } from "./types.ts";

/** Who brought entries and wants to know what became of them. */
export interface EntrySource {
  /** `count` entries of this source are persisted; the feed now ends with `seq`. */
  settled(feedId: FeedId, count: number, seq: number): void;
  /** `count` entries of this source were dropped. */
  refused(feedId: FeedId, count: number, trouble: FeedTrouble): void;
}

interface Arrival {
  readonly entry: FeedEntry;
  readonly source: EntrySource;
}

/** A feed that somebody else writes: verifies, persists, then tells. One disk access at a time. */
export class FollowedLog {
  readonly feedId: FeedId;
  readonly author: Uint8Array;
  readonly #context: FeedOptions;
  readonly #events: FollowedFeedEvents;
  #arrivals: Arrival[] = [];
  #head: Head;
  #forked: boolean;
  #busy = false;

  constructor(
    context: FeedOptions,
    events: FollowedFeedEvents,
    start: {
      readonly feedId: FeedId;
      readonly author: Uint8Array;
      readonly head: Head;
      readonly forked: boolean;
    },
  ) {
    this.#context = context;
    this.#events = events;
    this.feedId = start.feedId;
    this.author = start.author;
    this.#head = start.head;
    this.#forked = start.forked;
  }

  /** The last persisted entry. */
  get head(): Head {
    return this.#head;
  }

  /** Whether the author is known to have signed two histories. */
  get forked(): boolean {
    return this.#forked;
  }

  /** Takes an entry; `source` bounds how many it brings at a time and hears what becomes of each. */
  accept(entry: FeedEntry, source: EntrySource): void {
    if (this.#arrivals.length >= ARRIVALS_WAITING_MAX) {
      source.refused(this.feedId, 1, new FeedError("busy", "Too many entries wait for the disk."));
      return;
    }
    this.#arrivals.push({ entry, source });
    this.#work();
  }

  #work(): void {
    if (this.#busy) return;
    const first = this.#arrivals[0];
    if (first === undefined) return;
    if (this.#forked) {
      this.#refuse(
        this.#arrivals.splice(0),
        new FeedError("forked", "The author forked this feed."),
      );
    } else if (first.entry.seq <= this.#head.seq) {
      this.#arrivals.shift();
      this.#compare(first);
    } else {
      this.#persist();
    }
  }

  /** An entry whose seq is here already: the same again, or a fork. */
  #compare(arrival: Arrival): void {
    const { entry, source } = arrival;
    if (!this.#isAuthentic(entry)) {
      this.#refuse([arrival], new FeedError("bad-signature", "An entry is not by its author."));
      this.#work();
      return;
    }
    this.#busy = true;
    this.#context.records.scan(entryKey(this.feedId, entry.seq), (error, found) => {
      this.#busy = false;
      const kept = found[0]?.value;
      if (error !== null) this.#refuse([arrival], error);
      else if (kept === undefined || equalBytes(kept, entry.bytes)) {
        source.settled(this.feedId, 1, this.#head.seq);
      } else {
        this.#keepFork(kept, arrival);
      }
      this.#work();
    });
  }

  #keepFork(kept: Uint8Array, arrival: Arrival): void {
    const { seq, bytes } = arrival.entry;
    this.#forked = true;
    this.#context.log.warn("feed forked by its author", { feedId: this.feedId, seq });
    this.#refuse([arrival], new FeedError("forked", "The author signed two entries with one seq."));
    const batch = [{ key: forkKey(this.feedId), value: encodeFork(seq, kept, bytes) }];
    this.#context.records.write(batch, (error) => {
      if (error === null) {
        this.#events.onFork({ feedId: this.feedId, seq, first: kept, second: bytes });
      } else {
        this.#events.onTrouble(this.feedId, error);
      }
    });
  }

  #persist(): void {
    const accepted: Arrival[] = [];
    const writes: RecordWrite[] = [];
    let head = this.#head;
    let trouble: FeedError | undefined;
    for (const arrival of this.#arrivals) {
      const { entry } = arrival;
      if (accepted.length >= ENTRIES_PER_BATCH_MAX || entry.seq <= head.seq) break;
      trouble = this.#check(entry, head);
      if (trouble !== undefined) break;
      const derived = this.#events.onEntry(entry);
      if (derived === undefined) {
        trouble = new FeedError("busy", "There is no room for an entry now.");
        break;
      }
      head = { seq: entry.seq, hash: this.#context.suite.sha256(entry.bytes) };
      accepted.push(arrival);
      writes.push({ key: entryKey(this.feedId, entry.seq), value: entry.bytes }, ...derived);
    }
    this.#arrivals.splice(0, accepted.length);
    if (trouble !== undefined) this.#refuse(this.#arrivals.splice(0), trouble);
    if (accepted.length === 0) return;
    writes.push({ key: headKey(this.feedId), value: encodeHead(head) });
    this.#busy = true;
    this.#context.records.write(writes, (error) => this.#written(accepted, head, error));
  }

  #written(accepted: readonly Arrival[], head: Head, error: DiskError | null): void {
    this.#busy = false;
    if (error !== null) {
      this.#events.onTrouble(this.feedId, error);
      this.#refuse([...accepted, ...this.#arrivals.splice(0)], error);
      return;
    }
    this.#head = head;
    for (const { entry } of accepted) this.#events.onPersisted(entry);
    for (const [source, count] of countBySource(accepted)) {
      source.settled(this.feedId, count, head.seq);
    }
    this.#work();
  }

  #check(entry: FeedEntry, head: Head): FeedError | undefined {
    if (entry.seq !== head.seq + 1) {
      return new FeedError("bad-seq", `Entry ${entry.seq} came after entry ${head.seq}.`);
    }
    if (!this.#isAuthentic(entry)) {
      return new FeedError("bad-signature", "An entry is not by its author.");
    }
    if (!equalBytes(entry.previous, head.hash)) {
      return new FeedError("broken-chain", "An entry does not continue the feed as it is here.");
    }
    return undefined;
  }

  #isAuthentic(entry: FeedEntry): boolean {
    return (
      entry.feedId === this.feedId &&
      equalBytes(entry.author, this.author) &&
      hasValidSignature(this.#context.suite, entry)
    );
  }

  #refuse(arrivals: readonly Arrival[], trouble: FeedTrouble): void {
    for (const [source, count] of countBySource(arrivals)) {
      source.refused(this.feedId, count, trouble);
    }
  }
}

function countBySource(arrivals: readonly Arrival[]): Map<EntrySource, number> {
  const counts = new Map<EntrySource, number>();
  for (const { source } of arrivals) counts.set(source, (counts.get(source) ?? 0) + 1);
  return counts;
}
