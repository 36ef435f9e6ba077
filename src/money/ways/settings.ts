import type { DiskError, RecordStore } from "../../ports/index.ts";
import { explain } from "../disk.ts";
import type { Done, LineId } from "../line-desk.ts";

const PREFIX = "money/ways/";
const HIDDEN = `${PREFIX}hidden/`;
const SILENT = `${PREFIX}silent`;
/** Version of these records. */
const MARK = Uint8Array.of(1);

/** What this person wants others to see of their lines, and whether contacts get requests by themselves. */
export class WaysSettings {
  readonly #records: RecordStore;
  readonly #hidden = new Set<LineId>();
  #isSilent = false;

  constructor(records: RecordStore) {
    this.#records = records;
  }

  load(done: (error: DiskError | null) => void): void {
    this.#records.scan(PREFIX, (error, found) => {
      for (const { key } of error === null ? found : []) {
        if (key === SILENT) this.#isSilent = true;
        else if (key.startsWith(HIDDEN)) this.#hidden.add(key.slice(HIDDEN.length));
      }
      done(error);
    });
  }

  isHidden(line: LineId): boolean {
    return this.#hidden.has(line);
  }

  /** Whether contacts who want to pay get a request without this person being asked. */
  get isWilling(): boolean {
    return !this.#isSilent;
  }

  /** Tells others of a line, and lends it to them, or not. Errors: disk errors. */
  hide(line: LineId, isHidden: boolean, done: Done): void {
    this.#write(HIDDEN + line, isHidden, done, () => {
      if (isHidden) this.#hidden.add(line);
      else this.#hidden.delete(line);
    });
  }

  /** Lets contacts have requests by themselves, or not. Errors: disk errors. */
  setWilling(isWilling: boolean, done: Done): void {
    this.#write(SILENT, !isWilling, done, () => {
      this.#isSilent = !isWilling;
    });
  }

  #write(key: string, isSet: boolean, done: Done, apply: () => void): void {
    this.#records.write([{ key, value: isSet ? MARK : null }], (error) => {
      if (error === null) apply();
      done(error === null ? null : explain(error));
    });
  }
}
