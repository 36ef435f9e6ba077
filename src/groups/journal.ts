import { concatBytes, fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PersonId } from "../identity/index.ts";
import type { DiskError, RecordStore, RecordWrite } from "../ports/index.ts";
import { opKey } from "./group-record.ts";
import type { Op } from "./log/index.ts";

/** Bytes of an operation's id and its author's person before it in its record: a start need not hash. */
export const KEPT_ID_BYTES = 32;
/** Bytes of the author's person after the id. */
export const KEPT_PERSON_BYTES = 16;

/** An operation, and whose it is. */
export interface KeptOp {
  readonly op: Op;
  readonly person: PersonId;
}

type Done = (error: DiskError | null) => void;

interface Waiting extends KeptOp {
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
  keep(ops: readonly KeptOp[]): void {
    for (const { op, person } of ops) this.#waiting.push({ op, person, done: undefined });
    this.#write();
  }

  /** This device's own operation: `done` tells that it and all before it survive a crash. */
  add({ op, person }: KeptOp, done: Done): void {
    this.#waiting.push({ op, person, done });
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
    const writes = batch.map(({ op, person }, place): RecordWrite => {
      const head = must(fromHex(op.id + person), "ids are hexadecimal");
      return { key: opKey(this.#group, this.#count + place), value: concatBytes(head, op.bytes) };
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
