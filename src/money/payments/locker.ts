import { equalBytes } from "../../base/bytes.ts";
import type { Clock, RecordWrite } from "../../ports/index.ts";
import type { MoneyError } from "../errors.ts";
import type { Done, LineDesk, LineId, Lock } from "../line-desk.ts";
import { RETRY_MS } from "./limits.ts";

interface Doubt {
  readonly line: LineId;
  readonly lock: Lock;
  readonly error: MoneyError;
  readonly done: Done;
}

/**
 * Locks what others shall take. After a disk that failed nobody knows whether the lock is there: it
 * is asked again once the line is read anew, and only then told, so that nobody acts as if it were not.
 */
export class Locker {
  readonly #desk: LineDesk;
  readonly #clock: Clock;
  #doubts: Doubt[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(desk: LineDesk, clock: Clock) {
    this.#desk = desk;
    this.#clock = clock;
  }

  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = Number.POSITIVE_INFINITY;
    const doubts = this.#doubts;
    this.#doubts = [];
    for (const doubt of doubts) this.#decide(doubt);
  }

  /** As `LineDesk.prepare`; a lock that is there already is as good as a new one. */
  prepare(line: LineId, lock: Lock, together: readonly RecordWrite[], done: Done): void {
    this.#desk.prepare(line, lock, together, (error) => {
      if (error === null) done(null);
      else if (error.code === "exists") done(this.#isLocked(line, lock) ? null : error);
      else if (error.code === "disk" || error.code === "disk-full") {
        this.#wait({ line, lock, error, done });
      } else done(error);
    });
  }

  #decide(doubt: Doubt): void {
    const { line, lock, error, done } = doubt;
    if (this.#desk.line(line) === undefined) this.#wait(doubt);
    else done(this.#isLocked(line, lock) ? null : error);
  }

  #wait(doubt: Doubt): void {
    this.#doubts.push(doubt);
    this.#dueMs = Math.min(this.#dueMs, this.#clock.monotonicMs() + RETRY_MS);
  }

  #isLocked(line: LineId, { id }: Lock): boolean {
    for (const lock of this.#desk.locksOut(line)) if (equalBytes(lock.id, id)) return true;
    return false;
  }
}
