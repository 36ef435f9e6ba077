import { byteName, equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { isAmount } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId, Lock } from "../line-desk.ts";
import { LOCKED_PART, LOCKS_OPEN_MAX, RATES_MAX } from "./limits.ts";
import { otherSide } from "./terms.ts";
import type { Op, Side } from "./types.ts";

/** For `give` of this line's currency one gets `get` of another. */
export interface Rate {
  readonly give: number;
  readonly get: number;
}

/** What one side has written, as far as it still matters. */
export class Half {
  /** How much the other side may owe. */
  limit = 0;
  isClosing = false;
  /** What this side has locked, by number of its `prepare`, oldest first. */
  readonly locks: Map<number, Lock> = new Map();
  /** Numbers by `byteName` of the id. */
  readonly lockNumbers: Map<string, number> = new Map();
  locked = 0;
  /** How many locks this side has ever prepared. */
  prepared = 0;
  readonly rates: Map<CurrencyId, Rate> = new Map();

  addLock(lock: Lock, number: number): void {
    this.locks.set(number, lock);
    this.lockNumbers.set(byteName(lock.id), number);
    this.locked += lock.amount;
  }

  removeLock(number: number): Lock {
    const lock = must(this.locks.get(number), "only open locks are let go");
    this.locks.delete(number);
    this.lockNumbers.delete(byteName(lock.id));
    this.locked -= lock.amount;
    return lock;
  }
}

/**
 * What a line says at one pair of prefixes of its half-logs. Operations of the two sides commute, so the order in
 * which `apply` meets them does not matter as long as each comes after what its author had seen; whether one may be
 * written is asked, by `check`, exactly where its author stood.
 */
export class LineState {
  /** More than 0: side 0 owes side 1. Locks are not in it. */
  debt = 0;
  readonly halves: readonly [Half, Half] = [new Half(), new Half()];
  readonly #sha256: CryptoSuite["sha256"];

  constructor(suite: Pick<CryptoSuite, "sha256">) {
    this.#sha256 = (...parts) => suite.sha256(...parts);
  }

  /** What a side owes, or is owed where it is less than 0. */
  debtOf(side: Side): number {
    return side === 0 ? this.debt : 0 - this.debt;
  }

  /** What a side may owe at most: as the other lets it; nothing once either ends the line. */
  limitOf(side: Side): number {
    const other = this.halves[otherSide(side)];
    return this.halves[side].isClosing || other.isClosing ? 0 : other.limit;
  }

  /** The most that a side could pay now. */
  canPay(side: Side): number {
    const exposure = this.debtOf(side) + this.halves[side].locked;
    return Math.max(0, this.limitOf(side) - exposure);
  }

  /** The most that a side could lock now: half of both limits together, and never more than it could pay. */
  canPrepare(side: Side): number {
    const [one, other] = this.halves;
    const half = this.halves[side];
    if (one.isClosing || other.isClosing || half.locks.size >= LOCKS_OPEN_MAX) return 0;
    const cap = Math.floor((one.limit + other.limit) / LOCKED_PART) - half.locked;
    return Math.max(0, Math.min(cap, this.canPay(side)));
  }

  /**
   * Whether a side that stands here may write this.
   * @throws MoneyError("bad-amount" | "limit" | "exists" | "full" | "stopped" | "not-found" | "bad-batch")
   */
  check(side: Side, op: Op): void {
    switch (op.t) {
      case "pay":
        checkAmount(op.amount);
        if (op.amount > this.canPay(side)) throw new MoneyError("limit", OVER_LIMIT);
        return;
      case "prepare":
        this.#checkPrepare(side, op.lock);
        return;
      case "fulfil":
      case "cancel":
        this.#checkRelease(side, op);
        return;
      case "limit":
        if (op.amount !== 0) checkAmount(op.amount);
        return;
      case "rate": {
        const { rates } = this.halves[side];
        if (op.give === 0 || rates.has(op.into) || rates.size < RATES_MAX) return;
        throw new MoneyError("full", "Rates into too many currencies on one line.");
      }
      default:
        return;
    }
  }

  /** Takes an operation up that was checked, here or by its author. */
  apply(side: Side, op: Op): void {
    const half = this.halves[side];
    switch (op.t) {
      case "pay":
        this.#owe(side, op.amount);
        return;
      case "prepare":
        half.prepared++;
        half.addLock(op.lock, half.prepared);
        return;
      case "fulfil": {
        const other = otherSide(side);
        this.#owe(other, this.halves[other].removeLock(op.lock).amount);
        return;
      }
      case "cancel":
        this.halves[otherSide(side)].removeLock(op.lock);
        return;
      case "limit":
        half.limit = op.amount;
        half.isClosing = false;
        return;
      case "rate":
        if (op.give === 0) half.rates.delete(op.into);
        else half.rates.set(op.into, { give: op.give, get: op.get });
        return;
      case "close":
        half.isClosing = true;
        return;
      default:
        return;
    }
  }

  /** The number of an open lock of a side. @throws MoneyError("not-found") */
  lockNumber(side: Side, id: Uint8Array): number {
    const number = this.halves[side].lockNumbers.get(byteName(id));
    if (number === undefined) throw new MoneyError("not-found", NO_LOCK);
    return number;
  }

  #owe(side: Side, amount: number): void {
    this.debt += side === 0 ? amount : 0 - amount;
  }

  #checkPrepare(side: Side, lock: Lock): void {
    checkAmount(lock.amount);
    const half = this.halves[side];
    if (half.isClosing || this.halves[otherSide(side)].isClosing) {
      throw new MoneyError(
        "stopped",
        "The line is being closed: nothing is locked on it any more.",
      );
    }
    if (half.lockNumbers.has(byteName(lock.id))) {
      throw new MoneyError("exists", "A lock of this id is open already.");
    }
    if (half.locks.size >= LOCKS_OPEN_MAX) {
      throw new MoneyError(
        "full",
        "Too many payments are on their way over this line. Try again later.",
      );
    }
    if (lock.amount > this.canPrepare(side)) throw new MoneyError("limit", OVER_LIMIT);
  }

  #checkRelease(side: Side, op: Extract<Op, { readonly t: "fulfil" | "cancel" }>): void {
    const lock = this.halves[otherSide(side)].locks.get(op.lock);
    if (lock === undefined) throw new MoneyError("not-found", NO_LOCK);
    if (op.t === "fulfil" && !equalBytes(this.#sha256(op.preimage), lock.hash)) {
      throw new MoneyError("bad-batch", "This is not what opens the lock.");
    }
  }
}

function checkAmount(amount: number): void {
  if (!isAmount(amount))
    throw new MoneyError("bad-amount", "An amount is a whole number, 1 to 10^15.");
}

const OVER_LIMIT =
  "This is more than the line lets through now. 'peernet line list' says how much you can pay.";
const NO_LOCK = "No such payment is on its way over this line, or it is settled.";
