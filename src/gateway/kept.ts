import { SerialChanges } from "../base/serial-changes.ts";
import { DiskError, type RecordStore } from "../ports/index.ts";
import { type CborValue, decodeCbor, encodeCbor, WireError } from "../wire/index.ts";
import type { Schema } from "../wire/schema.ts";
import { GatewayError } from "./errors.ts";
import { CHANGES_WAITING_MAX } from "./limits.ts";

/** How a value is stored. */
export interface Form<T> {
  /** Key of the one record that holds it. */
  readonly key: string;
  /** What is true before anything was stored. */
  readonly empty: T;
  readonly schema: Schema<T>;
  encode(value: T): CborValue;
}

/** A value in one record: every change is on disk before it counts, one after the other. */
export class Kept<T> {
  readonly #records: RecordStore;
  readonly #form: Form<T>;
  readonly #onChanged: () => void;
  readonly #changes: SerialChanges<GatewayError> = new SerialChanges({
    waitingMax: CHANGES_WAITING_MAX,
    busy: () => new GatewayError("busy", "Too much waits for the disk; try again in a moment."),
    isRefusal: (error) => error instanceof GatewayError,
  });
  #value: T;

  /** @param onChanged called after every change, before its own callback */
  constructor(records: RecordStore, form: Form<T>, onChanged: () => void = () => undefined) {
    this.#records = records;
    this.#onChanged = onChanged;
    this.#form = form;
    this.#value = form.empty;
  }

  /** What is on disk. */
  get value(): T {
    return this.#value;
  }

  /** Reads what is stored. */
  load(done: (error: DiskError | null) => void): void {
    this.#records.scan(this.#form.key, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      const record = found.find(({ key }) => key === this.#form.key);
      try {
        if (record !== undefined) {
          this.#value = this.#form.schema(decodeCbor(record.value), this.#form.key);
        }
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(new DiskError("corrupt", "A stored setting of the gateway is damaged.", { cause }));
        return;
      }
      done(null);
    });
  }

  /**
   * Changes the value. `decide` sees what the change before it has left; a GatewayError that it
   * throws comes back through `done`, as do "busy", "disk-full" and "disk".
   */
  change(decide: (now: T) => T, done: (error: GatewayError | null) => void): void {
    this.#changes.make(() => {
      const value = decide(this.#value);
      const bytes = encodeCbor(this.#form.encode(value));
      return (carried) =>
        this.#records.write([{ key: this.#form.key, value: bytes }], (error) => {
          if (error === null) {
            this.#value = value;
            this.#onChanged();
          }
          carried(error === null ? null : explain(error));
        });
    }, done);
  }
}

function explain(cause: DiskError): GatewayError {
  return cause.code === "full"
    ? new GatewayError("disk-full", "The disk is full. Free some space and try again.", { cause })
    : new GatewayError("disk", "The disk failed; nothing was changed.", { cause });
}
