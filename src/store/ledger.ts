import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { blockKeys, removeKeys } from "./block-job.ts";
import { storeErrorOf } from "./disk-errors.ts";
import type { StoreError } from "./errors.ts";
import { type Head, readHead } from "./head.ts";
import { commitBatches, removalOf, writeInTurn } from "./leaf-batches.ts";
import { Accounts } from "./leases/accounts.ts";
import { type FragmentShelf, loadShelf } from "./ledger-load.ts";
import type { Commit, Found, LedgerOptions, LedgerUsage } from "./ledger-types.ts";
import { locateIdOf } from "./link.ts";
import {
  blockKey,
  decodeLeaves,
  encodeFragment,
  encodeObject,
  type FragmentEntry,
  fragmentKey,
  headKey,
  leavesKey,
  type ObjectEntry,
  objectKey,
} from "./records.ts";

/**
 * What is persisted here: objects looked after, fragments, where their blocks are. Small facts
 * are in memory, heads and leaf lists are read when needed.
 */
export class Ledger {
  /** Who keeps how much for whom. */
  readonly accounts: Accounts = new Accounts();
  readonly #options: LedgerOptions;
  readonly #objects: Map<string, ObjectEntry> = new Map();
  readonly #fragments: Map<string, FragmentShelf> = new Map();
  readonly #rootByLocateId: Map<string, string> = new Map();
  /** Commits on their way to the disk, by root. */
  readonly #committing: Map<string, number> = new Map();
  /** Keys of leaf lists that are written before what makes them count, and by how many commits. */
  readonly #early: Map<string, number> = new Map();
  #usedBytes = 0;
  #othersBytes = 0;
  #othersCount = 0;
  #fragmentCount = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Reads everything and removes what unfinished jobs left behind. */
  load(done: (error: StoreError | undefined) => void): void {
    loadShelf(this.#options, (error, found) => {
      if (found !== undefined) {
        for (const object of found.objects) this.#setObject(object.root, object);
        for (const [root, shelf] of found.fragments) {
          for (const [index, entry] of shelf) this.#add(root, index, entry);
        }
      }
      done(error);
    });
  }

  get usage(): LedgerUsage {
    return {
      usedBytes: this.#usedBytes,
      othersBytes: this.#othersBytes,
      fragmentCount: this.#fragmentCount,
    };
  }

  /** All objects looked after, oldest first by root order of loading and then of putting. */
  objects(): IterableIterator<ObjectEntry> {
    return this.#objects.values();
  }

  get objectCount(): number {
    return this.#objects.size;
  }

  object(root: string): ObjectEntry | undefined {
    return this.#objects.get(root);
  }

  fragment(root: string, index: number): FragmentEntry | undefined {
    return this.#fragments.get(root)?.get(index);
  }

  /** Indices of the fragments that are here, ascending. */
  indices(root: string): number[] {
    return [...(this.#fragments.get(root)?.keys() ?? [])].sort((a, b) => a - b);
  }

  /** Roots of which fragments are here. */
  roots(): IterableIterator<string> {
    return this.#fragments.keys();
  }

  /** Whether any fragment of an object is here. */
  holdsAny(root: string): boolean {
    return this.#fragments.has(root);
  }

  /** The root that a locate id stands for, where a fragment of it is here. */
  rootOfLocateId(locateId: string): string | undefined {
    return this.#rootByLocateId.get(locateId);
  }

  /** How many fragments others brought. */
  get othersCount(): number {
    return this.#othersCount;
  }

  /** Bytes of this object that others brought. */
  othersBytesOf(root: string): number {
    let bytes = 0;
    for (const entry of this.#fragments.get(root)?.values() ?? []) {
      if (entry.from !== undefined) bytes += entry.bytes;
    }
    return bytes;
  }

  /** The head of an object, or undefined where it is not here. */
  head(root: string, done: (head: Head | undefined) => void): void {
    this.#read(headKey(root), (value) => done(value && readHead(this.#options.suite, root, value)));
  }

  /** The leaf list of a fragment, or undefined where it is not here. */
  leaves(root: string, index: number, done: Found): void {
    this.#read(leavesKey(root, index), (value, hasFailed) =>
      done(value && decodeLeaves(value), hasFailed),
    );
  }

  /** One shard, or undefined where it is not here or damaged. */
  shard(root: string, index: number, stripe: number, done: Found): void {
    const entry = this.fragment(root, index);
    const key = entry && stripe < entry.stripes ? blockKey(entry.at, index, stripe) : undefined;
    if (key === undefined || !this.#options.blocks.has(key)) {
      done(undefined, false);
      return;
    }
    this.#options.blocks.get(key, (error, block) => {
      if (error !== null) this.#options.log.warn("shard unreadable", { reason: error.code });
      // A failing disk may come back; a damaged block will not.
      else if (block === null) this.setAside(root, index);
      done(error === null && block !== null ? block : undefined, error !== null);
    });
  }

  /** Makes fragments known, all or none; `done` after they are safe from a crash. */
  commit(commit: Commit, done: (error: StoreError | undefined) => void): void {
    const { head, object } = commit;
    const { entries, batches, early } = commitBatches(commit);
    count(this.#committing, head.rootHex, 1);
    for (const key of early) count(this.#early, key, 1);
    writeInTurn(this.#options.records, batches, (error) => {
      count(this.#committing, head.rootHex, -1);
      for (const key of early) count(this.#early, key, -1);
      if (error !== null) {
        const failed = (): void => done(storeErrorOf(error));
        return early.length === 0 ? failed() : this.#removeEarly(commit, failed);
      }
      for (const [index, entry] of entries) this.#replace(head.rootHex, index, entry);
      if (object !== undefined) this.#setObject(object.root, object);
      done(undefined);
    });
  }

  /** Leaf lists of fragments that never came to be go, where the disk lets them; else at the next start. */
  #removeEarly({ head: { rootHex }, fragments }: Commit, done: () => void): void {
    const gone = fragments.filter(({ index }) => this.fragment(rootHex, index) === undefined);
    if (this.#committing.has(rootHex)) done();
    else this.#options.records.write(removalOf(rootHex, fragments, gone), done);
  }

  /**
   * Notes that `holder` has persisted a fragment and drops the copy here.
   * The new state counts at once, so that several moves of one object do not undo each other.
   */
  moveOut(
    root: string,
    index: number,
    holder: PeerId,
    done: (error: StoreError | undefined) => void,
  ): void {
    const entry = this.fragment(root, index);
    const object = this.#objects.get(root);
    if (entry === undefined || object === undefined) {
      done(undefined);
      return;
    }
    const moved = { ...object, holders: object.holders.with(index, holder) };
    this.#setObject(root, moved);
    const noted = { key: objectKey(root), value: encodeObject(moved) };
    this.#remove(root, [index], [noted], (error) => {
      if (error !== undefined) {
        const now = this.#objects.get(root) ?? moved;
        this.#setObject(root, { ...now, holders: now.holders.with(index, undefined) });
      }
      done(error);
    });
  }

  /** Deletes all fragments of an object that others brought; `writes` belong to the same batch. */
  drop(
    root: string,
    writes: readonly RecordWrite[],
    done: (error: StoreError | undefined) => void,
  ): void {
    const theirs = this.indices(root).filter((i) => this.fragment(root, i)?.from !== undefined);
    this.#remove(root, theirs, writes, done);
  }

  /** Notes for whom own fragments are kept from now on; `writes` belong to the same batch. */
  assign(
    root: string,
    indices: readonly number[],
    from: PeerId,
    writes: readonly RecordWrite[],
    done: (error: StoreError | undefined) => void,
  ): void {
    const batch = [...writes];
    const assigned: [number, FragmentEntry][] = [];
    for (const index of indices) {
      const entry = this.fragment(root, index);
      if (entry === undefined) continue;
      assigned.push([index, { ...entry, from }]);
      batch.push({ key: fragmentKey(root, index), value: encodeFragment({ ...entry, from }) });
    }
    this.#options.records.write(batch, (error) => {
      for (const [index, entry] of error === null ? assigned : []) {
        if (this.fragment(root, index)?.at === entry.at) this.#replace(root, index, entry);
      }
      done(error === null ? undefined : storeErrorOf(error));
    });
  }

  /** Looks after an object no more, and deletes the fragments of it that nobody else brought. */
  forget(
    root: string,
    writes: readonly RecordWrite[],
    done: (error: StoreError | undefined) => void,
  ): void {
    const object = this.#objects.get(root);
    const own = this.indices(root).filter((i) => this.fragment(root, i)?.from === undefined);
    this.#setObject(root, undefined);
    this.#remove(root, own, [{ key: objectKey(root), value: null }, ...writes], (error) => {
      if (error !== undefined && object !== undefined) this.#setObject(root, object);
      done(error);
    });
  }

  /** Whether no fragment needs the head, not even one that is being written. */
  #isHeadFree(root: string): boolean {
    return !this.#fragments.has(root) && !this.#committing.has(root);
  }

  /** Deletes fragments in one batch with other records; all are back where that fails. */
  #remove(
    root: string,
    indices: readonly number[],
    writes: readonly RecordWrite[],
    done: (error: StoreError | undefined) => void,
  ): void {
    const batch = [...writes];
    const removed: [number, FragmentEntry][] = [];
    for (const index of indices) {
      const entry = this.fragment(root, index);
      if (entry === undefined) continue;
      this.#take(root, index);
      removed.push([index, entry]);
      batch.push({ key: fragmentKey(root, index), value: null });
      const leaves = leavesKey(root, index);
      // What is being written there is the same list, and is needed.
      if (!this.#early.has(leaves)) batch.push({ key: leaves, value: null });
    }
    const isLast = !this.#objects.has(root) && this.#isHeadFree(root);
    if (isLast) batch.push({ key: headKey(root), value: null });
    const { records, blocks, log } = this.#options;
    records.write(batch, (error) => {
      if (error !== null) {
        for (const [index, entry] of removed) this.#add(root, index, entry);
        done(storeErrorOf(error));
        return;
      }
      const keys = removed.flatMap(([index, { at, stripes }]) => [
        ...blockKeys(at, index, stripes),
      ]);
      removeKeys(blocks, log, keys, () => done(undefined));
    });
  }

  /** Replaces an object record; a failure is only logged, the next change writes it again. */
  update(object: ObjectEntry): void {
    this.#setObject(object.root, object);
    this.#options.records.write(
      [{ key: objectKey(object.root), value: encodeObject(object) }],
      (error) => {
        if (error !== null) this.#options.log.warn("object not noted", { reason: error.code });
      },
    );
  }

  /**
   * Looks after an object no more: what is left of it here is kept like what others brought, and
   * `from` says who did. Where that cannot be noted, all stays as it was.
   */
  release(root: string, from: PeerId): void {
    const object = this.#objects.get(root);
    if (object === undefined) return;
    const batch: RecordWrite[] = [{ key: objectKey(root), value: null }];
    if (this.#isHeadFree(root)) batch.push({ key: headKey(root), value: null });
    const own = this.indices(root).filter((i) => this.fragment(root, i)?.from === undefined);
    this.assign(root, own, from, batch, (error) => {
      if (error !== undefined)
        this.#options.log.warn("object not released", { reason: error.code });
      else if (this.#objects.get(root) === object) this.#setObject(root, undefined);
    });
  }

  /** Leaves a fragment out from now on because shards of it cannot be read; it stays on disk. */
  setAside(root: string, index: number): void {
    if (this.fragment(root, index) === undefined) return;
    this.#options.log.warn("fragment damaged", { root: root.slice(0, 8), index });
    this.#take(root, index);
  }

  #read(key: string, done: Found): void {
    this.#options.records.scan(key, (error, found) => {
      if (error !== null) this.#options.log.warn("record unreadable", { reason: error.code });
      const value = error === null ? found.find((record) => record.key === key)?.value : undefined;
      done(value, error !== null);
    });
  }

  #replace(root: string, index: number, entry: FragmentEntry): void {
    const old = this.fragment(root, index);
    if (old !== undefined) {
      this.#take(root, index);
      const { blocks, log } = this.#options;
      const keys = [...blockKeys(old.at, index, old.stripes)];
      if (old.at !== entry.at) removeKeys(blocks, log, keys, () => {});
    }
    this.#add(root, index, entry);
  }

  #setObject(root: string, object: ObjectEntry | undefined): void {
    this.accounts.object(this.#objects.get(root), object);
    if (object === undefined) this.#objects.delete(root);
    else this.#objects.set(root, object);
  }

  #add(root: string, index: number, entry: FragmentEntry): void {
    const shelf = this.#fragments.get(root) ?? new Map<number, FragmentEntry>();
    shelf.set(index, entry);
    this.#fragments.set(root, shelf);
    this.#rootByLocateId.set(this.#locateId(root), root);
    this.#count(root, entry, 1);
  }

  #take(root: string, index: number): void {
    const shelf = this.#fragments.get(root);
    const entry = shelf?.get(index);
    if (shelf === undefined || entry === undefined) return;
    shelf.delete(index);
    this.#count(root, entry, -1);
    if (shelf.size > 0) return;
    this.#fragments.delete(root);
    this.#rootByLocateId.delete(this.#locateId(root));
  }

  #count(root: string, entry: FragmentEntry, sign: 1 | -1): void {
    this.accounts.fragment(root, entry, sign);
    this.#fragmentCount += sign;
    this.#usedBytes += sign * entry.bytes;
    if (entry.from === undefined) return;
    this.#othersCount += sign;
    this.#othersBytes += sign * entry.bytes;
  }

  #locateId(root: string): string {
    return locateIdOf(this.#options.suite, must(fromHex(root), "roots are hexadecimal"));
  }
}

function count(counts: Map<string, number>, key: string, sign: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + sign;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
