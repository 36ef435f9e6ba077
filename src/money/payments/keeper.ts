import type { Clock, Log, RecordStore, RecordWrite } from "../../ports/index.ts";
import { RETRY_MS } from "./limits.ts";

/** What a keeper is made of. */
export interface KeeperParts {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Writes until it is written: what a full disk refuses is tried again. */
export class Keeper {
  readonly #parts: KeeperParts;
  #waiting: { readonly batch: readonly RecordWrite[]; readonly done: () => void }[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const { batch, done } of waiting) this.write(batch, done);
  }

  /** @param done once it is on disk, however late */
  write(batch: readonly RecordWrite[], done: () => void = () => {}): void {
    if (batch.length === 0) return;
    const { clock, log, records } = this.#parts;
    records.write(batch, (cause) => {
      if (cause === null) {
        done();
        return;
      }
      log.warn("payments: not written yet", { code: cause.code });
      this.#waiting.push({ batch, done });
      this.#dueMs = clock.monotonicMs() + RETRY_MS;
    });
  }
}
