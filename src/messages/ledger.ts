import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { explain, MessagesError } from "./errors.ts";
import { type Item, itemWrite } from "./item.ts";
import { CHANGES_PER_BATCH_MAX, CHANGES_WAITING_MAX, MARKS_PER_DEVICE_MAX } from "./limits.ts";
import { type Entry, entryKey, entryWrite, type FullEntry, Outbox } from "./outbox.ts";
import { newPair, type Pair, pairWrites } from "./pair.ts";
import { Shelf } from "./shelf.ts";

/** What is on disk, as far as it is in memory too. */
export class Kept {
  readonly shelf: Shelf = new Shelf();
  readonly pairs: Map<PeerId, Pair> = new Map();
  readonly outboxes: Map<PeerId, Outbox> = new Map();
  /** Marks of the newest letters of each device, by number. */
  readonly marks: Map<PeerId, Map<number, string>> = new Map();

  /** What waits for a device. */
  outbox(device: PeerId): Outbox {
    let outbox = this.outboxes.get(device);
    if (outbox === undefined) {
      outbox = new Outbox();
      this.outboxes.set(device, outbox);
    }
    return outbox;
  }

  /** The marks of a device's letters. */
  marksOf(device: PeerId): Map<number, string> {
    let marks = this.marks.get(device);
    if (marks === undefined) {
      marks = new Map();
      this.marks.set(device, marks);
    }
    return marks;
  }
}

/** Prefix of the marks of letters that came. */
export const MARKS = "messages/d/";

interface Marked {
  readonly number: number;
  readonly mark: string;
}

/** Key of the mark of a letter; sorts as numbers do. */
export function markKey(device: PeerId, number: number): string {
  return `${MARKS}${device}/${number.toString(16).padStart(12, "0")}`;
}

/**
 * Changes that are decided but not on disk yet, on top of what is. Either all of them come into
 * being or none.
 */
export class Draft {
  readonly #kept: Kept;
  readonly #below: Draft | undefined;
  readonly #pairs = new Map<PeerId, Pair>();
  readonly #items = new Map<string, Item>();
  readonly #byMark = new Map<string, Item>();
  /** How many items of this draft alone are of a person and in one of these states. */
  readonly #counts = {
    waiting: new Map<PersonId, number>(),
    unread: new Map<PersonId, number>(),
  };
  readonly #entries = new Map<string, Entry | { readonly device: PeerId; readonly gone: number }>();
  readonly #marks = new Map<string, { readonly device: PeerId } & Marked>();
  readonly #writes = new Map<string, Uint8Array | null>();
  readonly #commits: (() => void)[] = [];
  readonly #undos: (() => void)[] = [];

  constructor(kept: Kept, below?: Draft) {
    this.#kept = kept;
    this.#below = below;
  }

  pair(device: PeerId): Pair | undefined {
    return this.#pairs.get(device) ?? this.#below?.pair(device) ?? this.#kept.pairs.get(device);
  }

  /** The pair with a device, begun where there is none. */
  pairWith(device: PeerId, personId: PersonId): Pair {
    return this.pair(device) ?? newPair(device, personId);
  }

  setPair(pair: Pair): void {
    this.#pairs.set(pair.device, pair);
  }

  item(id: string): Item | undefined {
    return this.#items.get(id) ?? this.#below?.item(id) ?? this.#kept.shelf.get(id);
  }

  setItem(item: Item): void {
    const before = this.#items.get(item.id);
    if (before !== undefined) this.#count(before, -1);
    this.#items.set(item.id, item);
    this.#count(item, 1);
    if (item.mark !== undefined) this.#byMark.set(item.mark, item);
  }

  /** An item with this mark that was set here, in its newest state; those on disk left out. */
  itemByMark(mark: string): Item | undefined {
    return this.#byMark.get(mark) ?? this.#below?.itemByMark(mark);
  }

  /** How many items of a person were set here to this state; those on disk left out. */
  countItems(personId: PersonId, state: "waiting" | "unread"): number {
    const below = this.#below?.countItems(personId, state) ?? 0;
    return below + (this.#counts[state].get(personId) ?? 0);
  }

  /** Items of this draft alone, those on disk left out. */
  *items(): Iterable<Item> {
    if (this.#below !== undefined) yield* this.#below.items();
    yield* this.#items.values();
  }

  /** What letter a device sent under a number, as far as that is remembered. */
  mark(device: PeerId, number: number): string | undefined {
    return (
      this.#marks.get(markKey(device, number))?.mark ??
      this.#below?.mark(device, number) ??
      this.#kept.marks.get(device)?.get(number)
    );
  }

  /** Remembers what letter a device sent under a number, and forgets an old one for it. */
  setMark(device: PeerId, number: number, mark: string): void {
    const key = markKey(device, number);
    this.#marks.set(key, { device, number, mark });
    this.write(key, must(fromHex(mark), "a mark is hexadecimal"));
    const old = number - MARKS_PER_DEVICE_MAX;
    if (this.#kept.marks.get(device)?.has(old) === true) this.write(markKey(device, old), null);
  }

  /** Forgets marks below a number: without that those of letters before a leap would stay for good. */
  forgetMarks(device: PeerId, below: number): void {
    for (const number of this.#kept.marks.get(device)?.keys() ?? []) {
      if (number >= below) continue;
      this.write(markKey(device, number), null);
      this.onCommit(() => this.#kept.marks.get(device)?.delete(number));
    }
  }

  /** What is in a place of an outbox as of this draft; undefined where nothing is. */
  entry(device: PeerId, place: number): Entry | undefined {
    const own = this.#entries.get(entryKey(device, place));
    if (own !== undefined) return "gone" in own ? undefined : own;
    if (this.#below !== undefined) return this.#below.entry(device, place);
    return this.#kept.outboxes.get(device)?.get(place);
  }

  /** Entries for a device that this draft has set, those on disk left out, and none of those gone since. */
  *newEntries(device: PeerId): Iterable<Entry> {
    const outbox = this.#kept.outboxes.get(device);
    const isNew = (one: Entry): boolean =>
      outbox?.get(one.place) === undefined && this.entry(device, one.place) === one;
    const below = this.#below === undefined ? [] : [...this.#below.#entries.values()];
    for (const one of [...below, ...this.#entries.values()]) {
      if (one.device === device && !("gone" in one) && isNew(one)) yield one;
    }
  }

  setEntry(full: FullEntry): void {
    this.#entries.set(entryKey(full.entry.device, full.entry.place), full.entry);
    this.#put(entryWrite(full));
  }

  removeEntry({ device, place }: Entry): void {
    const key = entryKey(device, place);
    this.#entries.set(key, { device, gone: place });
    this.write(key, null);
  }

  write(key: string, value: Uint8Array | null): void {
    this.#put({ key, value });
  }

  /** Calls back once all of this is on disk. */
  onCommit(call: () => void): void {
    this.#commits.push(call);
  }

  /** Calls back where this never gets onto the disk: what was decided last, first. */
  onUndone(call: () => void): void {
    this.#undos.push(call);
  }

  /** Takes over what a draft on top of this one has decided. */
  take(upper: Draft): void {
    for (const [device, pair] of upper.#pairs) this.#pairs.set(device, pair);
    for (const item of upper.#items.values()) this.setItem(item);
    for (const [key, entry] of upper.#entries) this.#entries.set(key, entry);
    for (const [key, mark] of upper.#marks) this.#marks.set(key, mark);
    for (const [key, value] of upper.#writes) this.#put({ key, value });
    this.#commits.push(...upper.#commits);
    this.#undos.push(...upper.#undos);
  }

  /** Everything as one batch. */
  batch(): RecordWrite[] {
    const batch = [...this.#writes].map(([key, value]): RecordWrite => ({ key, value }));
    for (const item of this.#items.values()) batch.push(itemWrite(item));
    for (const pair of this.#pairs.values()) {
      batch.push(...pairWrites(this.#kept.pairs.get(pair.device), pair));
    }
    return batch;
  }

  /** It is on disk: memory follows, then whoever waits for it hears of it. */
  commit(): void {
    for (const pair of this.#pairs.values()) this.#kept.pairs.set(pair.device, pair);
    for (const item of this.#items.values()) this.#kept.shelf.put(item);
    for (const entry of this.#entries.values()) {
      const outbox = this.#kept.outbox(entry.device);
      if ("gone" in entry) outbox.remove(entry.gone);
      else outbox.put(entry);
    }
    for (const { device, number, mark } of this.#marks.values()) {
      const marks = this.#kept.marksOf(device);
      marks.set(number, mark);
      marks.delete(number - MARKS_PER_DEVICE_MAX);
    }
    for (const call of this.#commits) call();
  }

  /** It will not be on disk. */
  undo(): void {
    for (const call of this.#undos.splice(0).reverse()) call();
  }

  /** Empty again, for the next change. */
  clear(): void {
    empty(this.#pairs);
    empty(this.#items);
    empty(this.#byMark);
    empty(this.#entries);
    empty(this.#marks);
    empty(this.#counts.waiting);
    empty(this.#counts.unread);
    empty(this.#writes);
    this.#commits.length = 0;
    this.#undos.length = 0;
  }

  #count({ state, personId }: Item, change: 1 | -1): void {
    if (state !== "waiting" && state !== "unread") return;
    const counts = this.#counts[state];
    counts.set(personId, (counts.get(personId) ?? 0) + change);
  }

  #put({ key, value }: RecordWrite): void {
    // Deleted and written anew: the order of writes is that of keys' last change.
    this.#writes.delete(key);
    this.#writes.set(key, value);
  }
}

/** Without a look at its size first, a map that is empty gets new memory. */
function empty(map: Map<string, unknown>): void {
  if (map.size > 0) map.clear();
}

type Done = (error: MessagesError | null) => void;

interface Change {
  readonly decide: (draft: Draft) => void;
  readonly done: Done;
}

/**
 * Makes changes durable in order, many with one batch: each is decided on what those before it
 * have decided, memory follows once the disk has it, and a batch that fails leaves no trace.
 */
export class Ledger {
  readonly kept: Kept = new Kept();
  readonly #records: RecordStore;
  readonly #waiting: Change[] = [];
  #isBusy = false;
  #isHeld = false;
  #isWorking = false;
  #after: (() => void)[] = [];

  constructor(records: RecordStore) {
    this.#records = records;
  }

  /**
   * Queues a change. A MessagesError that `decide` throws comes back through `done`, and nothing
   * of that change is kept. `decide` may be called later, never twice.
   */
  change(decide: (draft: Draft) => void, done: Done): void {
    if (this.#waiting.length >= CHANGES_WAITING_MAX) {
      done(new MessagesError("busy", "Too much waits for the disk; try again in a moment."));
      return;
    }
    this.#waiting.push({ decide, done });
    this.#work();
  }

  /** Calls back once all that the batch under way brings has been told. */
  afterBatch(call: () => void): void {
    this.#after.push(call);
  }

  /** Lets changes gather while `call` runs, so that they go to disk together. */
  together(call: () => void): void {
    if (this.#isHeld) {
      call();
      return;
    }
    this.#isHeld = true;
    try {
      call();
    } finally {
      this.#isHeld = false;
      this.#work();
    }
  }

  #work(): void {
    // Changes that write nothing are done within the call: thousands of them must not stack up.
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      while (!this.#isBusy && !this.#isHeld && this.#waiting.length > 0) this.#next();
    } finally {
      this.#isWorking = false;
    }
  }

  #next(): void {
    const draft = new Draft(this.kept);
    const decided: Done[] = [];
    this.#isBusy = true;
    const upper = new Draft(this.kept, draft);
    for (const { decide, done } of this.#waiting.splice(0, CHANGES_PER_BATCH_MAX)) {
      upper.clear();
      try {
        decide(upper);
        draft.take(upper);
        decided.push(done);
      } catch (error) {
        upper.undo();
        const refusal = explain(error);
        decided.push(() => done(refusal));
      }
    }
    const batch = draft.batch();
    if (batch.length === 0) this.#settle(draft, decided, null);
    else this.#records.write(batch, (error) => this.#settle(draft, decided, error));
  }

  #settle(draft: Draft, decided: readonly Done[], error: DiskError | null): void {
    const refusal = error === null ? null : explain(error);
    this.together(() => {
      if (refusal === null) draft.commit();
      else draft.undo();
      for (const done of decided) done(refusal);
      for (const call of this.#after.splice(0)) call();
      this.#isBusy = false;
    });
  }
}
