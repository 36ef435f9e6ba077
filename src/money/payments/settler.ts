import { byteName, equalBytes } from "../../base/bytes.ts";
import type { Clock, Log, RecordWrite } from "../../ports/index.ts";
import type { MoneyError } from "../errors.ts";
import type { LineDesk, LineId } from "../line-desk.ts";
import { RETRY_MS } from "./limits.ts";
import { LockMap } from "./lock-map.ts";

interface Settlement {
  readonly line: LineId;
  readonly lockId: Uint8Array;
  readonly together: readonly RecordWrite[];
  /** Undefined: let go of it, for this reason. */
  readonly preimage: Uint8Array | undefined;
  readonly reason: string;
  readonly done: () => void;
  isUnderWay: boolean;
}

/**
 * Takes locks and lets go of them until it is done: what a full disk or a line that is stopped for
 * now refuses is tried again.
 */
export class Settler {
  readonly #desk: LineDesk;
  readonly #clock: Clock;
  readonly #log: Log;
  #dueMs = Number.POSITIVE_INFINITY;
  readonly #waiting = new LockMap<Settlement>();
  /** Of what waits, what was refused and is to be tried again. */
  readonly #refused = new Set<Settlement>();

  constructor(desk: LineDesk, clock: Clock, log: Log) {
    this.#desk = desk;
    this.#clock = clock;
    this.#log = log;
  }

  nextDeadlineMs(): number {
    return this.#dueMs;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.again();
  }

  /** Whether a lock is being taken or let go already. @param name of `byteName` of its id */
  has(line: LineId, name: string): boolean {
    return this.#waiting.get(line, name) !== undefined;
  }

  /** Takes what is locked for us. @param done once it is on disk */
  fulfil(
    line: LineId,
    lockId: Uint8Array,
    preimage: Uint8Array,
    together: readonly RecordWrite[],
    done: () => void = () => {},
  ): void {
    this.#begin({ line, lockId, together, preimage, reason: "", done, isUnderWay: false });
  }

  /** Lets go of what is locked for us. @param done once it is on disk */
  cancel(
    line: LineId,
    lockId: Uint8Array,
    reason: string,
    together: readonly RecordWrite[] = [],
    done: () => void = () => {},
  ): void {
    this.#begin({ line, lockId, together, preimage: undefined, reason, done, isUnderWay: false });
  }

  /** Tries again what was refused, on one line or on all. */
  again(line?: LineId): void {
    for (const one of [...this.#refused]) {
      if (this.#refused.has(one) && (line === undefined || one.line === line)) this.#act(one);
    }
  }

  #begin(settlement: Settlement): void {
    const { line, lockId } = settlement;
    const name = byteName(lockId);
    const before = this.#waiting.get(line, name);
    // Once taken it is never let go; what was to be let go may still be taken if that has not begun.
    if (before !== undefined && (before.isUnderWay || before.preimage !== undefined)) return;
    if (before !== undefined) this.#refused.delete(before);
    this.#waiting.set(line, name, settlement);
    this.#act(settlement);
  }

  #act(one: Settlement): void {
    const { line, lockId, preimage, reason, together } = one;
    one.isUnderWay = true;
    this.#refused.delete(one);
    const done = (error: MoneyError | null): void => this.#onDone(one, error);
    if (preimage === undefined) this.#desk.cancel(line, lockId, reason, together, done);
    else this.#desk.fulfil(line, lockId, preimage, together, done);
  }

  #onDone(one: Settlement, error: MoneyError | null): void {
    one.isUnderWay = false;
    if (error !== null && !(error.code === "not-found" && this.#isOver(one))) {
      this.#log.warn("a lock could not be settled yet", { line: one.line, code: error.code });
      this.#refused.add(one);
      this.#dueMs = Math.min(this.#dueMs, this.#clock.monotonicMs() + RETRY_MS);
      return;
    }
    this.#waiting.delete(one.line, byteName(one.lockId));
    one.done();
  }

  /** Whether the lock is gone; a line that is being read from disk again says nothing. */
  #isOver({ line, lockId }: Settlement): boolean {
    if (this.#desk.line(line) === undefined) return false;
    for (const lock of this.#desk.locksIn(line)) if (equalBytes(lock.id, lockId)) return false;
    return true;
  }
}
