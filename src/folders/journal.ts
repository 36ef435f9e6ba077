import { TypedError } from "../base/errors.ts";
import { type FeedEntry, signInPlace } from "../feed/index.ts";
import { missingCause } from "./causes.ts";
import { checkEntry } from "./check-entry.ts";
import type { FolderCore } from "./core.ts";
import { FoldersError } from "./errors.ts";
import { type Batch, emptyBatch, type OpenEntry } from "./journal-batch.ts";
import {
  BUSY,
  Bulk,
  type ChangeDone,
  CLOSED,
  type Compose,
  type Draft,
  EARLY,
  type EntryDone,
  FULL,
  type Item,
  type JournalEvents,
} from "./journal-queue.ts";
import { bundleKey, entryKey, logsPrefix } from "./keys.ts";
import {
  BATCH_BYTES,
  CHANGES_AHEAD_MIN,
  CHANGES_PER_BATCH_MAX,
  CHANGES_WAITING_MAX,
  LOG_ENTRIES_MAX,
  LOGS_MAX,
} from "./limits.ts";
import { checkStanding } from "./may-write.ts";
import { type EntryBody, EntryWriter, type Operation, placed } from "./operation.ts";
import type { OperationPlace } from "./state.ts";
import type { VersionId } from "./version.ts";
import { encodeLog, grantLog, LOG_NONCE_BYTES, newLog, type WriterLog } from "./writer-log.ts";

const FUTURE_MAX: number = 2 ** 48 - 1;

/**
 * The one way in which a folder changes: own changes and entries of others, one after another,
 * many in one batch of records. Memory is ahead of the disk while a batch is under way, by one
 * more where much waits; when the disk fails, memory is read anew from it, so that nothing stays
 * that was not kept.
 */
export class Journal {
  readonly #core: FolderCore;
  readonly #events: JournalEvents;
  readonly #waiting: Item[] = [];
  /** Changes in it. */
  #waitingCount = 0;
  #isBusy = false;
  #isClosed = false;
  /** Whether the disk has been given a batch and has not answered. */
  #isKeeping = false;
  /** The batch after that one, made already: it goes to the disk when the other is there. */
  #ahead: Batch | undefined;

  constructor(core: FolderCore, events: JournalEvents) {
    this.#core = core;
    this.#events = events;
  }

  /** Queues a change of ours. `done` never comes from inside, except where too much waits. */
  change(compose: Compose, done: ChangeDone): void {
    if (this.#isFull()) done(new FoldersError("busy", BUSY), []);
    else this.#push({ compose, done });
  }

  /** As `change`, for changes that are asked for at once; only those that find no room are refused. */
  changeAll(
    count: number,
    compose: (index: number) => Draft,
    done: (errors: readonly (TypedError | null)[]) => void,
  ): void {
    const room = this.#isFull() ? 0 : Math.min(count, CHANGES_WAITING_MAX - this.#waitingCount);
    const refused = Array.from({ length: count - room }, () => new FoldersError("busy", BUSY));
    if (room === 0) done(refused);
    else this.#push(new Bulk(room, compose, (errors) => done([...errors, ...refused])), room);
  }

  /** Queues an entry of another device. */
  take(log: WriterLog, entry: FeedEntry, done: EntryDone): void {
    if (this.#isFull()) done(new FoldersError("busy", BUSY));
    else this.#push({ entry, log, done });
  }

  /** Nothing more is written; what waits hears that it was not. */
  close(): void {
    this.#isClosed = true;
    const error = new FoldersError("disk", CLOSED);
    const ahead = this.#takeAhead();
    if (ahead !== undefined) this.#settle(ahead, error);
    for (const item of this.#waiting.splice(0)) {
      if (item instanceof Bulk) item.settle(item.taken, item.count, error);
      else if ("compose" in item) item.done(error, []);
      else item.done(error);
    }
  }

  #isFull(): boolean {
    return this.#isClosed || this.#waitingCount >= CHANGES_WAITING_MAX;
  }

  #push(item: Item, count = 1): void {
    this.#waiting.push(item);
    this.#waitingCount += count;
    if (this.#isBusy) {
      this.#workAhead();
      return;
    }
    this.#isBusy = true;
    // An empty batch is answered later: what is asked for in this turn goes to disk together.
    this.#core.context.records.write([], () => this.#work());
  }

  #work(): void {
    if (this.#isClosed) return;
    this.#keep(this.#makeBatch());
    this.#workAhead();
  }

  /** While the disk has a batch to keep, the next one is made once there is enough for a whole one. */
  #workAhead(): void {
    if (this.#isClosed || !this.#isKeeping || this.#ahead !== undefined) return;
    if (this.#waitingCount < CHANGES_AHEAD_MIN) return;
    this.#ahead = this.#makeBatch();
    this.#core.entriesAhead = this.#ahead.entries;
  }

  #makeBatch(): Batch {
    const batch = emptyBatch();
    let left = CHANGES_PER_BATCH_MAX;
    while (left > 0 && batch.bytes < BATCH_BYTES) {
      const [item] = this.#waiting;
      if (item === undefined) break;
      const taken = item instanceof Bulk ? this.#composeSome(item, left, batch) : 1;
      left -= taken;
      this.#waitingCount -= taken;
      if (item instanceof Bulk && item.taken < item.count) break;
      this.#waiting.shift();
      if (item instanceof Bulk) continue;
      if ("compose" in item) this.#compose(item.compose, item.done, batch);
      else this.#accept(item.log, item.entry, item.done, batch);
    }
    this.#sign(batch);
    this.#addDerived(batch);
    return batch;
  }

  #keep(batch: Batch): void {
    if (batch.writes.length === 0) {
      this.#settle(batch, null);
      this.#goOn();
      return;
    }
    this.#isKeeping = true;
    this.#core.context.records.write(batch.writes, (error) => {
      this.#isKeeping = false;
      if (this.#isClosed) return;
      if (error !== null) this.#failed(batch, error);
      else this.#kept(batch);
    });
  }

  #kept(batch: Batch): void {
    for (const [log, head] of batch.heads) log.kept = head;
    const next = this.#takeAhead();
    const hasWork = next !== undefined && next.writes.length > 0;
    // First of all, so that the disk has work while these hear that they are kept.
    if (hasWork) this.#keep(next);
    this.#settle(batch, null);
    if (hasWork) {
      this.#workAhead();
      return;
    }
    if (next !== undefined) this.#settle(next, null);
    this.#goOn();
  }

  /** Memory is ahead of the disk: it is read anew, and what was built upon the batch is lost with it. */
  #failed(batch: Batch, error: TypedError): void {
    const next = this.#takeAhead();
    this.#core.load(this.#keptOwnLog(), (failure) => {
      // The disk answers reads no more: what is in memory must not be built on.
      if (failure !== null) this.#isClosed = true;
      this.#settle(batch, error);
      if (next !== undefined) this.#settle(next, error);
      this.#goOn();
    });
  }

  #takeAhead(): Batch | undefined {
    const batch = this.#ahead;
    this.#ahead = undefined;
    this.#core.entriesAhead = [];
    return batch;
  }

  #goOn(): void {
    if (this.#waiting.length > 0) this.#work();
    else this.#isBusy = false;
  }

  /** The id of our log, unless it was to be born with the batch that failed. */
  #keptOwnLog(): string | undefined {
    const log = this.#core.ownLog;
    return log === undefined || log.kept.seq === 0 ? undefined : log.id;
  }

  #settle(batch: Batch, error: TypedError | null): void {
    for (const tell of batch.settled) tell(error);
    if (error === null && batch.heads.size > 0) this.#events.onKept([...batch.heads.keys()]);
  }

  #compose(compose: Compose, done: ChangeDone, batch: Batch): void {
    let ids: readonly VersionId[];
    try {
      ids = this.#add(compose, 0, batch);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      batch.settled.push(() => done(error, []));
      return;
    }
    batch.settled.push((error) => done(error, error === null ? ids : []));
  }

  /** Composes changes of a bulk until the batch is full; how many. */
  #composeSome(bulk: Bulk, most: number, batch: Batch): number {
    const from = bulk.taken;
    const end = Math.min(bulk.count, from + most);
    while (bulk.taken < end && batch.bytes < BATCH_BYTES) {
      const index = bulk.taken++;
      try {
        this.#add(bulk.compose, index, batch);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
        bulk.errors[index] = error;
      }
    }
    const { taken } = bulk;
    batch.settled.push((error) => bulk.settle(from, taken, error));
    return taken - from;
  }

  /** @throws TypedError where it is refused */
  #add(compose: (index: number) => Draft, index: number, batch: Batch): readonly VersionId[] {
    checkStanding(this.#core);
    const log = this.#ownLog(batch);
    const { operations, writes } = compose(index);
    if (!this.#core.state.hasRoomFor(operations.length)) throw new FoldersError("full", FULL);
    const ids = this.#append(log, operations, batch);
    if (writes !== undefined) batch.writes.push(...writes);
    return ids;
  }

  #ownLog(batch: Batch): WriterLog {
    const { keys, context, logs, ownLog } = this.#core;
    if (ownLog !== undefined && !ownLog.isForked) return ownLog;
    if (keys.write === undefined) {
      throw new FoldersError("read-only", "Your link lets you read this folder, not write it.");
    }
    if (logs.size >= LOGS_MAX) {
      throw new FoldersError("full", `${LOGS_MAX} devices have written to this folder. ${FULL}`);
    }
    const nonce = context.random.bytes(LOG_NONCE_BYTES);
    const author = context.identity.signKey.publicKey;
    const log = newLog(context.suite, keys, grantLog(keys, keys.write.signKey, author, nonce));
    logs.set(log.id, log);
    this.#core.ownLog = log;
    batch.writes.push(...this.#events.ownLogWrites(log));
    return log;
  }

  /** Applies operations and adds them to the entry that is open, or to as many as they take. */
  #append(log: WriterLog, operations: readonly Operation[], batch: Batch): readonly VersionId[] {
    const ids: VersionId[] = [];
    for (const operation of operations) {
      let open = batch.open ?? this.#begin(log);
      if (!open.writer.add(operation)) {
        this.#sign(batch);
        open = this.#begin(log);
        if (!open.writer.add(operation)) throw new FoldersError("full", FULL);
      }
      batch.open = open;
      const { seq, lamport, writtenAtMs } = open;
      const id = { log: log.id, seq, index: open.writer.count - 1 };
      this.#applyOne(placed(operation, id), { id, lamport, writtenAtMs }, batch);
      ids.push(id);
    }
    return ids;
  }

  #begin(log: WriterLog): OpenEntry {
    const seq = log.head.seq + 1;
    if (seq > LOG_ENTRIES_MAX) throw new FoldersError("full", FULL);
    const { state, context } = this.#core;
    const lamport = Math.min(state.lamport + 1, FUTURE_MAX);
    const writer = new EntryWriter(log.id);
    return { log, seq, writer, lamport, writtenAtMs: context.clock.wallMs() };
  }

  /** Closes the entry that is open: one signature for all changes of a batch. */
  #sign(batch: Batch): void {
    const { open } = batch;
    batch.open = undefined;
    if (open === undefined) return;
    const { context, seal } = this.#core;
    const { suite, identity } = context;
    const { log, seq, writer, lamport, writtenAtMs } = open;
    const plain = writer.done(lamport, writtenAtMs);
    const nonce = context.random.bytes(12);
    const place = { feedId: log.id, seq, previous: log.head.hash, kind: 1 };
    const body = {
      bytes: seal.sealedBytes(plain.length),
      write: (into: Uint8Array) => seal.sealInto(log.id, nonce, plain, into),
    };
    const { entry, hash } = signInPlace(identity.signKey, place, body, suite);
    this.#extend(log, entry, hash, batch);
  }

  /** The log as it is now: one that was met and never kept may be gone after the disk failed. */
  #known(met: WriterLog): WriterLog {
    const { logs, context, keys } = this.#core;
    const log = logs.get(met.id) ?? newLog(context.suite, keys, met);
    logs.set(log.id, log);
    return log;
  }

  #accept(met: WriterLog, entry: FeedEntry, done: EntryDone, batch: Batch): void {
    this.#sign(batch);
    const log = this.#known(met);
    if (entry.seq <= log.head.seq) {
      batch.settled.push((error) => done(error));
      return;
    }
    if (entry.seq > log.head.seq + 1) {
      const missing = { log: log.id, seq: entry.seq - 1 };
      batch.settled.push(() => done(new FoldersError("gap", EARLY), missing));
      return;
    }
    try {
      const body = checkEntry(this.#core, log, entry);
      const missing = missingCause(
        body,
        { log: log.id, seq: entry.seq },
        (id) => this.#core.logs.get(id)?.head.seq ?? 0,
      );
      if (missing !== undefined) {
        batch.settled.push(() => done(new FoldersError("gap", EARLY), missing));
        return;
      }
      this.#apply(log, entry, body, batch);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      batch.settled.push(() => {
        this.#events.onTrouble(log, error);
        done(error);
      });
      return;
    }
    batch.settled.push((error) => done(error));
  }

  #apply(log: WriterLog, entry: FeedEntry, body: EntryBody, batch: Batch): void {
    const { lamport, writtenAtMs } = body;
    for (const [index, operation] of body.operations.entries()) {
      const id = { log: log.id, seq: entry.seq, index };
      this.#applyOne(operation, { id, lamport, writtenAtMs }, batch);
    }
    this.#extend(log, entry, this.#core.context.suite.sha256(entry.bytes), batch);
  }

  #applyOne(operation: Operation, place: OperationPlace, batch: Batch): void {
    const { state, keys } = this.#core;
    state.apply(operation, place);
    if (operation.kind !== "bundle") return;
    const { log } = place.id;
    const { bundle, link } = operation;
    const value = state.bundle(log, bundle) ?? link;
    batch.writes.push({ key: bundleKey(keys.id, log, bundle), value });
  }

  #extend(log: WriterLog, entry: FeedEntry, hash: Uint8Array, batch: Batch): void {
    const { keys } = this.#core;
    log.head = { seq: entry.seq, hash };
    batch.heads.set(log, log.head);
    batch.bytes += entry.bytes.length;
    const write = { key: entryKey(keys.id, log.id, entry.seq), value: entry.bytes };
    batch.writes.push(write);
    batch.entries.push(write);
  }

  /** The records that follow from the entries: where logs end, and what paths hold. */
  #addDerived(batch: Batch): void {
    const { keys, packs } = this.#core;
    for (const log of batch.heads.keys()) {
      batch.writes.push({ key: logsPrefix(keys.id) + log.id, value: encodeLog(log) });
    }
    packs.addTo(batch.writes);
  }
}
