import { FoldersError } from "./errors.ts";
import type { Folder } from "./folder.ts";
import { entryBucket, entryKey } from "./keys.ts";
import { WANT_BYTES, WANTS_MAX } from "./limits.ts";
import { encodeFrame } from "./protocol.ts";

/** Entries that a peer has asked for. */
export interface Want {
  readonly folder: Folder;
  /** How this side numbers the folder. */
  readonly number: number;
  readonly log: string;
  readonly from: number;
  readonly count: number;
}

/** What serving needs of the stream. */
export interface ServePort {
  /** False: no more until `resume`. */
  write(bytes: Uint8Array): boolean;
}

/** Answers one peer's questions for entries, one after another and no faster than it reads. */
export class Serving {
  readonly #port: ServePort;
  readonly #wants: Want[] = [];
  #isReading = false;
  #isHeld = false;
  #isClosed = false;

  constructor(port: ServePort) {
    this.#port = port;
  }

  /** Whether nothing is to be answered. */
  get isIdle(): boolean {
    return this.#wants.length === 0;
  }

  close(): void {
    this.#isClosed = true;
    this.#wants.length = 0;
  }

  /** @throws FoldersError where more is asked than is good */
  add(want: Want): void {
    if (this.#wants.length >= WANTS_MAX) {
      throw new FoldersError("protocol", "More questions at once than agreed.");
    }
    this.#wants.push(want);
    this.#work();
  }

  /** The peer has taken what was sent. */
  resume(): void {
    this.#isHeld = false;
    this.#work();
  }

  #work(): void {
    const [want] = this.#wants;
    if (want === undefined || this.#isReading || this.#isHeld || this.#isClosed) return;
    this.#isReading = true;
    this.#read(want, want.from, 0);
  }

  #read(want: Want, seq: number, sentBytes: number): void {
    const { folder, log } = want;
    const kept = folder.core.logs.get(log)?.kept.seq ?? 0;
    const last = Math.min(want.from + want.count - 1, kept);
    if (seq > last || sentBytes >= WANT_BYTES) {
      this.#finish(want);
      return;
    }
    const first = entryKey(folder.id, log, seq);
    const end = entryKey(folder.id, log, last);
    folder.core.context.records.scan(entryBucket(folder.id, log, seq), (error, found) => {
      if (this.#isClosed) return;
      let next = seq;
      let bytes = sentBytes;
      for (const { key, value } of error === null ? found : []) {
        if (key < first || key > end || bytes >= WANT_BYTES) continue;
        const frame = encodeFrame({ t: "entry", folder: want.number, bytes: value });
        if (!this.#port.write(frame)) this.#isHeld = true;
        bytes += value.length;
        next++;
      }
      // Where the disk has less than the log's head says, the peer hears "done" and asks others.
      if (next === seq || this.#isClosed) this.#finish(want);
      else this.#read(want, next, bytes);
    });
  }

  #finish(want: Want): void {
    if (this.#isClosed) return;
    const frame = encodeFrame({ t: "done", folder: want.number, log: want.log });
    if (!this.#port.write(frame)) this.#isHeld = true;
    this.#wants.shift();
    this.#isReading = false;
    this.#work();
  }
}
