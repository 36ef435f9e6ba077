import { TypedError } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { DiskError, RecordWrite } from "../ports/index.ts";
import type { FeedOptions } from "./context.ts";
import { signEntry } from "./entry.ts";
import { FeedError } from "./errors.ts";
import { encodeHead, type Head } from "./head.ts";
import { bucketPrefix, entryKey, headKey } from "./keys.ts";
import { APPENDS_WAITING_MAX, BUCKET_ENTRIES } from "./limits.ts";
import type { AppendDone, Draft, FeedEntry, FeedId, OwnFeed, OwnFeedEvents } from "./types.ts";

interface Waiting {
  readonly kind: number;
  readonly compose: (seq: number) => Draft;
  readonly done: AppendDone;
}

/** A feed that this peer writes: one entry at a time goes to disk, so that none can be missing. */
export class OwnLog {
  readonly feedId: FeedId;
  readonly events: OwnFeedEvents;
  /** Per reader the highest seq that it has persisted, as written down here. */
  readonly acknowledgedBy: Map<PeerId, number>;
  readonly #context: FeedOptions;
  readonly #own: OwnFeed;
  readonly #onAppended: (log: OwnLog) => void;
  readonly #waiting: Waiting[] = [];
  #head: Head;
  #newest: FeedEntry | undefined;
  #writing = false;

  constructor(
    context: FeedOptions,
    own: OwnFeed,
    start: {
      readonly feedId: FeedId;
      readonly head: Head;
      readonly events: OwnFeedEvents;
      readonly acknowledgedBy: Map<PeerId, number>;
    },
    onAppended: (log: OwnLog) => void,
  ) {
    this.#context = context;
    this.#own = own;
    this.feedId = start.feedId;
    this.events = start.events;
    this.acknowledgedBy = start.acknowledgedBy;
    this.#head = start.head;
    this.#onAppended = onAppended;
  }

  /** The last persisted entry. */
  get head(): Head {
    return this.#head;
  }

  /** Queues an entry; `done` comes after persistence. */
  append(kind: number, compose: (seq: number) => Draft, done: AppendDone): void {
    if (this.#waiting.length >= APPENDS_WAITING_MAX) {
      done(new FeedError("busy", "Too much waits for the disk; try again in a moment."), undefined);
      return;
    }
    this.#waiting.push({ kind, compose, done });
    this.#writeNext();
  }

  /** Encoded persisted entries from `seq` on, as many as share its bucket. */
  read(seq: number, done: (error: DiskError | null, entries: readonly Uint8Array[]) => void): void {
    if (this.#newest?.seq === seq) {
      done(null, [this.#newest.bytes]);
      return;
    }
    const first = entryKey(this.feedId, seq);
    const last = Math.min(this.#head.seq, seq - (seq % BUCKET_ENTRIES) + BUCKET_ENTRIES - 1);
    this.#context.records.scan(bucketPrefix(this.feedId, seq), (error, found) => {
      if (error !== null) {
        done(error, []);
        return;
      }
      const from = found.findIndex(({ key }) => key === first);
      const entries = from < 0 ? [] : found.slice(from, from + last - seq + 1);
      done(
        null,
        entries.map(({ value }) => value),
      );
    });
  }

  #writeNext(): void {
    if (this.#writing) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#writing = true;
    let entry: FeedEntry;
    let writes: readonly RecordWrite[];
    try {
      const seq = this.#head.seq + 1;
      const draft = next.compose(seq);
      const place = { feedId: this.feedId, seq, previous: this.#head.hash };
      entry = signEntry(this.#own.author, { ...place, kind: next.kind, body: draft.body });
      writes = draft.writes ?? [];
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#settle(next, error, undefined);
      return;
    }
    const head = { seq: entry.seq, hash: this.#context.suite.sha256(entry.bytes) };
    const batch: RecordWrite[] = [
      { key: entryKey(this.feedId, entry.seq), value: entry.bytes },
      { key: headKey(this.feedId), value: encodeHead(head) },
      ...writes,
    ];
    this.#context.records.write(batch, (error) => {
      if (error === null) {
        this.#head = head;
        this.#newest = entry;
      }
      this.#settle(next, error, error === null ? entry : undefined);
    });
  }

  #settle(settled: Waiting, error: TypedError | null, entry: FeedEntry | undefined): void {
    this.#writing = false;
    settled.done(error, entry);
    if (entry !== undefined) this.#onAppended(this);
    this.#writeNext();
  }
}
