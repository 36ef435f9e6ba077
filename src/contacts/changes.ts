import type { TypedError } from "../base/errors.ts";
import { SerialChanges } from "../base/serial-changes.ts";
import type { RecordStore, RecordWrite } from "../ports/index.ts";
import { ContactsError } from "./errors.ts";
import { CHANGES_WAITING_MAX } from "./limits.ts";

/** A change that is decided but not on disk yet. */
export interface Plan {
  readonly writes: readonly RecordWrite[];
  /** Called after persistence: takes the change into memory. */
  apply(): void;
}

/** Makes changes one after another: each is decided on what the one before it has persisted. */
export class Changes {
  readonly #records: RecordStore;
  readonly #changes: SerialChanges<ContactsError> = new SerialChanges({
    waitingMax: CHANGES_WAITING_MAX,
    busy: () => new ContactsError("busy", "Too much waits for the disk; try again in a moment."),
    isRefusal: (error) => error instanceof ContactsError,
  });

  constructor(records: RecordStore) {
    this.#records = records;
  }

  /**
   * Queues a change. `decide` answers undefined where nothing is to be written; a ContactsError
   * that it throws comes back through `done`.
   */
  make(decide: () => Plan | undefined, done: (error: ContactsError | null) => void): void {
    this.#changes.make(() => {
      const plan = decide();
      if (plan === undefined) return undefined;
      return (carried) =>
        this.#records.write(plan.writes, (error) => {
          if (error === null) plan.apply();
          carried(error === null ? null : explain(error));
        });
    }, done);
  }
}

/** A disk error in the words of this room. */
export function explain(cause: TypedError): ContactsError {
  return cause.code === "full"
    ? new ContactsError("disk-full", "The disk is full. Free some space and try again.", { cause })
    : new ContactsError("disk", "The disk failed; nothing was changed.", { cause });
}
