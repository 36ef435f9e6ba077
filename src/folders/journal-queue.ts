import type { TypedError } from "../base/errors.ts";
import type { FeedEntry } from "../feed/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import type { MissingCause } from "./causes.ts";
import type { Operation } from "./operation.ts";
import type { VersionId } from "./version.ts";
import type { WriterLog } from "./writer-log.ts";

/** What a change of ours consists of. */
export interface Draft {
  readonly operations: readonly Operation[];
  /** Joins the same batch. */
  readonly writes?: readonly RecordWrite[];
}

/** Changes of ours that were asked for at once: one of them in the queue costs less than each. */
export class Bulk {
  readonly count: number;
  readonly compose: (index: number) => Draft;
  readonly errors: (TypedError | null)[];
  readonly #done: (errors: readonly (TypedError | null)[]) => void;
  #settled = 0;
  /** How many of them are in batches. */
  taken = 0;

  /**
   * @param compose makes one from the state as it is when its turn comes
   * @param done hears of each what went wrong, once that is known of all
   */
  constructor(
    count: number,
    compose: (index: number) => Draft,
    done: (errors: readonly (TypedError | null)[]) => void,
  ) {
    this.count = count;
    this.compose = compose;
    this.errors = Array.from({ length: count }, () => null);
    this.#done = done;
  }

  /** How it went with those up to `end`, the ones before `from` left aside; some are known to be refused. */
  settle(from: number, end: number, error: TypedError | null): void {
    for (let index = from; error !== null && index < end; index++) this.errors[index] ??= error;
    this.#settled += end - from;
    if (this.#settled === this.count) this.#done(this.errors);
  }
}

/** Makes a change from the state as it is when its turn comes. @throws TypedError to refuse */
export type Compose = () => Draft;

/** Told after the change is on the disk, or why it is not. `ids`: of its operations, in order. */
export type ChangeDone = (error: TypedError | null, ids: readonly VersionId[]) => void;

/** Told after an entry is on the disk, or why it is not; `missing` where it came too early. */
export type EntryDone = (error: TypedError | null, missing?: MissingCause) => void;

/** What the journal tells the folder. */
export interface JournalEvents {
  /** These logs have new entries on the disk, and the paths below changed. */
  onKept(logs: readonly WriterLog[]): void;
  /** Records that say that a log is this device's own. */
  ownLogWrites(log: WriterLog): readonly RecordWrite[];
  onTrouble(log: WriterLog, error: TypedError): void;
}

/** What waits to be made part of a batch. */
export type Item =
  | Bulk
  | { readonly compose: Compose; readonly done: ChangeDone }
  | { readonly entry: FeedEntry; readonly log: WriterLog; readonly done: EntryDone };

/** Why an entry or a change is refused, for people. */
export const EARLY = "An entry came before what it builds on.";
/** The same. */
export const CLOSED = "This folder is no longer kept here.";
/** The same. */
export const BUSY = "Too much waits for the disk. Try again in a moment.";
/** The same. */
export const FULL = "This folder is full. Make a new one and copy into it what you still need.";
/** The same. */
export const FORKED =
  "A device has signed two different histories of this folder, as after an old backup was put back. Nothing more of it is taken.";
