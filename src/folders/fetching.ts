import type { TypedError } from "../base/errors.ts";
import type { FeedEntry } from "../feed/index.ts";
import { DiskError } from "../ports/index.ts";
import type { MissingCause } from "./causes.ts";
import { FoldersError } from "./errors.ts";
import type { Folder } from "./folder.ts";
import { FETCHES_MAX, LOGS_MAX, WANT_ENTRIES_MAX } from "./limits.ts";
import type { HeadItem } from "./protocol.ts";
import { isGranted, logIdOf, newLog, type WriterLog } from "./writer-log.ts";

/** What a fetch asks of the stream that it belongs to. */
export interface FetchPort {
  want(log: string, from: number, count: number): void;
  /** The disk takes nothing now; `resume` should be called a little later. */
  onBusy(): void;
  /** The disk failed. */
  onDiskError(error: TypedError): void;
}

/** Entries of one log on their way in. */
interface Fetch {
  readonly log: WriterLog;
  /** The other side still owes entries. */
  isAsked: boolean;
  /** What is still owed is thrown away. */
  isDropped: boolean;
  received: number;
  /** Here, in order, and not applied yet. */
  readonly queue: FeedEntry[];
  /** Of those, how many the journal has been given. */
  submitted: number;
  /** What the first of the queue waits for. */
  missing: MissingCause | undefined;
}

/**
 * Gets what one peer has of one folder and this one has not. What an entry builds on comes first:
 * an entry that is early waits in memory, few at a time, until the log that it needs has moved.
 */
export class Fetching {
  readonly #folder: Folder;
  readonly #port: FetchPort;
  /** Where logs end at the peer, as it says. */
  readonly #claims = new Map<string, number>();
  readonly #fetches = new Map<string, Fetch>();
  /** Logs of which the peer sent what cannot be taken. */
  readonly #spoiled = new Set<string>();
  #isClosed = false;

  constructor(folder: Folder, port: FetchPort) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Where a log ends at the peer as far as it has said. */
  claimOf(log: string): number {
    return this.#claims.get(log) ?? 0;
  }

  /** Logs of which the peer has said where they end. */
  get claims(): ReadonlyMap<string, number> {
    return this.#claims;
  }

  /** Whether the other side owes something. */
  get isWaiting(): boolean {
    for (const { isAsked } of this.#fetches.values()) if (isAsked) return true;
    return false;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#fetches.size === 0;
  }

  /** Nothing more is taken. */
  close(): void {
    this.#isClosed = true;
    this.#fetches.clear();
  }

  /** The peer says where logs end. @throws FoldersError for a log that nobody let in */
  heads(items: readonly HeadItem[]): void {
    const { core } = this.#folder;
    const { suite } = core.context;
    for (const item of items) {
      const id = logIdOf(suite, core.keys, item);
      if (!core.logs.has(id)) {
        if (!isGranted(suite, core.keys, item)) {
          throw new FoldersError("protocol", "A log that nobody let into the folder.");
        }
        if (core.logs.size >= LOGS_MAX) {
          core.context.log.warn("a folder has too many writers", { folder: this.#folder.id });
          continue;
        }
        core.logs.set(id, newLog(suite, core.keys, item));
      }
      this.#claims.set(id, Math.max(item.seq, this.claimOf(id)));
    }
    this.resume();
  }

  /** An entry that was asked for. @throws FoldersError for one that was not */
  entry(entry: FeedEntry): void {
    const fetch = this.#fetches.get(entry.feedId);
    if (fetch === undefined || !fetch.isAsked || ++fetch.received > WANT_ENTRIES_MAX) {
      throw new FoldersError("protocol", "An entry that nobody asked for.");
    }
    if (fetch.isDropped) return;
    fetch.queue.push(entry);
    if (fetch.missing === undefined) this.#submit(fetch);
  }

  /** The peer has sent what it would of a log. @throws FoldersError where nothing was asked */
  done(log: string): void {
    const fetch = this.#fetches.get(log);
    if (fetch === undefined || !fetch.isAsked) {
      throw new FoldersError("protocol", "An answer to no question.");
    }
    fetch.isAsked = false;
    // Who claims more than it sends is not asked again and again.
    if (fetch.received === 0) this.#spoiled.add(log);
    if (fetch.queue.length === 0) this.#fetches.delete(log);
    this.resume();
  }

  /** Something moved: asks for what can be had and offers again what was early. */
  resume(): void {
    if (this.#isClosed) return;
    for (const fetch of [...this.#fetches.values()]) {
      const { missing, submitted } = fetch;
      // While later ones are still to be settled, the first of the queue must not be passed over.
      if (missing === undefined || submitted > 0 || !this.#isHere(missing)) continue;
      fetch.missing = undefined;
      this.#submit(fetch);
    }
    for (const { missing } of [...this.#fetches.values()]) {
      if (missing !== undefined) this.#ask(missing.log, true);
    }
    for (const log of this.#claims.keys()) {
      if (this.#fetches.size >= FETCHES_MAX) break;
      this.#ask(log, false);
    }
  }

  #isHere({ log, seq }: MissingCause): boolean {
    return (this.#folder.core.logs.get(log)?.head.seq ?? 0) >= seq;
  }

  /** @param isNeeded whether others wait for it: then one of those makes room */
  #ask(id: string, isNeeded: boolean): void {
    const log = this.#folder.core.logs.get(id);
    if (log === undefined || this.#fetches.has(id) || this.#spoiled.has(id)) return;
    if (log.isForked || this.claimOf(id) <= log.head.seq) return;
    if (this.#fetches.size >= FETCHES_MAX && !(isNeeded && this.#evict())) return;
    this.#fetches.set(id, {
      ...{ log, isAsked: true, isDropped: false, received: 0 },
      ...{ queue: [], submitted: 0, missing: undefined },
    });
    const from = log.head.seq + 1;
    this.#port.want(id, from, Math.min(WANT_ENTRIES_MAX, this.claimOf(id) - log.head.seq));
  }

  /** Lets go of entries that wait for another log; they are asked for again later. */
  #evict(): boolean {
    for (const [id, { isAsked, missing, submitted }] of this.#fetches) {
      if (isAsked || missing === undefined || submitted > 0) continue;
      this.#fetches.delete(id);
      return true;
    }
    return false;
  }

  #submit(fetch: Fetch): void {
    while (fetch.missing === undefined) {
      const entry = fetch.queue[fetch.submitted];
      if (entry === undefined) return;
      fetch.submitted++;
      this.#folder.journal.take(fetch.log, entry, (error, missing) => {
        this.#settled(fetch, entry, error, missing);
      });
    }
  }

  #settled(
    fetch: Fetch,
    entry: FeedEntry,
    error: TypedError | null,
    missing: MissingCause | undefined,
  ): void {
    fetch.submitted--;
    if (this.#isClosed || fetch.isDropped) return;
    if (error === null) {
      fetch.queue.splice(fetch.queue.indexOf(entry), 1);
    } else if (missing !== undefined) {
      fetch.missing ??= missing;
    } else if (error instanceof FoldersError && error.code === "busy") {
      fetch.missing ??= { log: fetch.log.id, seq: 0 };
      this.#port.onBusy();
      return;
    } else {
      this.#spoil(fetch, error);
      return;
    }
    if (fetch.submitted > 0) return;
    if (fetch.queue.length === 0 && !fetch.isAsked) this.#fetches.delete(fetch.log.id);
    this.resume();
  }

  #spoil(fetch: Fetch, error: TypedError): void {
    fetch.isDropped = true;
    fetch.queue.length = 0;
    if (!fetch.isAsked) this.#fetches.delete(fetch.log.id);
    if (error instanceof DiskError) {
      this.#port.onDiskError(error);
      return;
    }
    this.#spoiled.add(fetch.log.id);
    this.resume();
  }
}
