import type { TypedError } from "../base/errors.ts";
import type { RecordStore, RecordWrite } from "../ports/index.ts";
import { ContactsError } from "./errors.ts";
import { CHANGES_WAITING_MAX } from "./limits.ts";

/** A change that is decided but not on disk yet. */
export interface Plan {
  readonly writes: readonly RecordWrite[];
  /** Called after persistence: takes the change into memory. */
  apply(): void;
}

interface Waiting {
  readonly decide: () => Plan | undefined;
  readonly done: (error: ContactsError | null) => void;
}

/** Makes changes one after another: each is decided on what the one before it has persisted. */
export class Changes {
  readonly #records: RecordStore;
  readonly #waiting: Waiting[] = [];
  #writing = false;

  constructor(records: RecordStore) {
    this.#records = records;
  }

  /**
   * Queues a change. `decide` answers undefined where nothing is to be written; a ContactsError
   * that it throws comes back through `done`.
   */
  make(decide: () => Plan | undefined, done: (error: ContactsError | null) => void): void {
    if (this.#waiting.length >= CHANGES_WAITING_MAX) {
      done(new ContactsError("busy", "Too much waits for the disk; try again in a moment."));
      return;
    }
    this.#waiting.push({ decide, done });
    this.#next();
  }

  #next(): void {
    if (this.#writing) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#writing = true;
    let plan: Plan | undefined;
    try {
      plan = next.decide();
    } catch (error) {
      if (!(error instanceof ContactsError)) throw error;
      this.#settle(next, error);
      return;
    }
    if (plan === undefined) {
      this.#settle(next, null);
      return;
    }
    const { writes, apply } = plan;
    this.#records.write(writes, (error) => {
      if (error === null) apply();
      this.#settle(next, error === null ? null : explain(error));
    });
  }

  #settle(settled: Waiting, error: ContactsError | null): void {
    this.#writing = false;
    settled.done(error);
    this.#next();
  }
}

/** A disk error in the words of this room. */
export function explain(cause: TypedError): ContactsError {
  return cause.code === "full"
    ? new ContactsError("disk-full", "The disk is full. Free some space and try again.", { cause })
    : new ContactsError("disk", "The disk failed; nothing was changed.", { cause });
}
