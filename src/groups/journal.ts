import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { opKey, pageKey } from "./group-record.ts";
import { encodeKeptOp, type KeptOp } from "./kept-op.ts";
import { PAGE_OPS } from "./limits.ts";

type Done = (error: DiskError | null) => void;

interface Waiting extends KeptOp {
  /** This device's own operation: given up where the disk fails. Others' are tried again. */
  readonly done: Done | undefined;
}

interface Anew {
  readonly ops: readonly KeptOp[];
  readonly also: readonly RecordWrite[];
}

/** Writes a group's operations to the disk, in order and as many together as wait. */
export class Journal {
  readonly #records: RecordStore;
  readonly #group: string;
  #count: number;
  #waiting: Waiting[] = [];
  /** All that the disk should have, in order, instead of what it has. */
  #anew: Anew | undefined;
  #isWriting = false;
  #isClosed = false;

  /** @param count operations that are on disk */
  constructor(records: RecordStore, group: string, count: number) {
    this.#records = records;
    this.#group = group;
    this.#count = count;
  }

  /** Others' operations, which are in memory: written now, or with the next ones where that fails. */
  keep(ops: readonly KeptOp[]): void {
    for (const { op, person } of ops) this.#waiting.push({ op, person, done: undefined });
    this.#write();
  }

  /** This device's own operation: `done` tells that it and all before it survive a crash. */
  add({ op, person }: KeptOp, done: Done): void {
    this.#waiting.push({ op, person, done });
    this.#write();
  }

  /**
   * Replaces all that is on disk, at once.
   * @param ops all operations that are in memory
   * @param also what else changes with it
   */
  rewrite(ops: readonly KeptOp[], also: readonly RecordWrite[]): void {
    this.#anew = { ops: [...ops], also };
    this.#waiting = this.#waiting.filter(({ done }) => done !== undefined);
    this.#write();
  }

  /** Nothing more is written. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#anew = undefined;
  }

  #write(): void {
    if (this.#isWriting || this.#isClosed) return;
    if (this.#anew !== undefined) {
      this.#writeAnew(this.#anew);
      return;
    }
    if (this.#waiting.length === 0) return;
    this.#isWriting = true;
    const batch = this.#waiting;
    this.#waiting = [];
    const writes = batch.map((kept, place) => this.#recordOf(kept, this.#count + place));
    this.#records.write(writes, (error) => {
      this.#isWriting = false;
      if (this.#isClosed) return;
      if (error === null) this.#count += batch.length;
      else this.#waiting = [...batch.filter(({ done }) => done === undefined), ...this.#waiting];
      for (const { done } of batch) done?.(error);
      if (error === null) this.#write();
    });
  }

  #writeAnew(anew: Anew): void {
    const { ops, also } = anew;
    this.#isWriting = true;
    this.#anew = undefined;
    const writes = ops.map((kept, place) => this.#recordOf(kept, place));
    for (let place = ops.length; place < this.#count; place++) {
      writes.push({ key: opKey(this.#group, place), value: null });
    }
    for (let page = 0; page * PAGE_OPS < this.#count; page++) {
      writes.push({ key: pageKey(this.#group, page), value: null });
    }
    this.#records.write([...writes, ...also], (error) => {
      this.#isWriting = false;
      if (this.#isClosed) return;
      if (error === null) {
        this.#count = ops.length;
        this.#write();
        return;
      }
      // Nothing else is written before it: that would go behind what is to be replaced.
      this.#anew ??= anew;
      const own = this.#waiting.filter(({ done }) => done !== undefined);
      this.#waiting = this.#waiting.filter(({ done }) => done === undefined);
      for (const { done } of own) done?.(error);
    });
  }

  #recordOf(kept: KeptOp, place: number): RecordWrite {
    return { key: opKey(this.#group, place), value: encodeKeptOp(kept) };
  }
}
