import { concatBytes, fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { opKey } from "./group-record.ts";
import type { Op } from "./log/index.ts";

/** Bytes of an id before the operation in its record, so that a start need not hash. */
export const KEPT_ID_BYTES = 32;

type Done = (error: DiskError | null) => void;

interface Waiting {
  readonly op: Op;
  /** This device's own operation: given up where the disk fails. Others' are tried again. */
  readonly done: Done | undefined;
}

/** Writes a group's operations to the disk, in order and as many together as wait. */
export class Journal {
  readonly #records: RecordStore;
  readonly #group: string;
  #count: number;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #isClosed = false;

  /** @param count operations that are on disk */
  constructor(records: RecordStore, group: string, count: number) {
    this.#records = records;
    this.#group = group;
    this.#count = count;
  }

  /** Others' operations, which are in memory: written now, or with the next ones where that fails. */
  keep(ops: readonly Op[]): void {
    for (const op of ops) this.#waiting.push({ op, done: undefined });
    this.#write();
  }

  /** This device's own operation: `done` tells that it and all before it survive a crash. */
  add(op: Op, done: Done): void {
    this.#waiting.push({ op, done });
    this.#write();
  }

  /** Nothing more is written. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
  }

  #write(): void {
    if (this.#isWriting || this.#waiting.length === 0 || this.#isClosed) return;
    this.#isWriting = true;
    const batch = this.#waiting;
    this.#waiting = [];
    const writes = batch.map(({ op }, place): RecordWrite => {
      const id = must(fromHex(op.id), "ids are hexadecimal");
      return { key: opKey(this.#group, this.#count + place), value: concatBytes(id, op.bytes) };
    });
    this.#records.write(writes, (error) => {
      this.#isWriting = false;
      if (this.#isClosed) return;
      if (error === null) this.#count += batch.length;
      else this.#waiting = [...batch.filter(({ done }) => done === undefined), ...this.#waiting];
      for (const { done } of batch) done?.(error);
      if (error === null) this.#write();
    });
  }
}
