import { equalBytes, toHex } from "../../../base/bytes.ts";
import type { Lock } from "../../../money/line-desk.ts";

/** What one side of a simulated line writes. */
export type LineOp =
  | { readonly t: "pay"; readonly amount: number; readonly memo: string }
  | { readonly t: "prepare"; readonly lock: Lock }
  | { readonly t: "fulfil"; readonly lockId: Uint8Array; readonly preimage: Uint8Array }
  | { readonly t: "cancel"; readonly lockId: Uint8Array; readonly reason: string };

/** How much each side of a simulated line may owe. */
export interface LineLimits {
  readonly ours: number;
  readonly theirs: number;
}

/** Why an operation cannot be. */
export type LineRefusal = "limit" | "exists" | "not-found" | "full";

/** Locks that one side may hold open. */
export const SIMULATED_LOCKS_MAX = 1_024;

/**
 * What a line says to one of its sides: a function of the operations of both, whatever the order
 * in which they came. Faithful to what a desk promises of limits and locks; nothing is signed.
 */
export class LineBook {
  readonly limits: LineLimits;
  readonly out: Map<string, Lock> = new Map();
  readonly in: Map<string, Lock> = new Map();
  readonly #used = new Set<string>();
  balance = 0;
  lockedOut = 0;
  lockedIn = 0;

  constructor(limits: LineLimits) {
    this.limits = limits;
  }

  get canPay(): number {
    return Math.max(0, this.limits.ours + this.balance - this.lockedOut);
  }

  /** Half of what the line could carry in all may be locked one way. */
  get canPrepare(): number {
    const cap = Math.floor((this.limits.ours + this.limits.theirs) / 2) - this.lockedOut;
    return Math.max(0, Math.min(this.canPay, cap));
  }

  /** Why an operation of ours, or of theirs, cannot be; undefined where it can. */
  refusal(
    op: LineOp,
    isOurs: boolean,
    hashOf: (bytes: Uint8Array) => Uint8Array,
  ): LineRefusal | undefined {
    if (op.t === "pay") return op.amount > this.#free(isOurs) ? "limit" : undefined;
    if (op.t === "prepare") return this.#lockRefusal(op.lock, isOurs);
    const lock = (isOurs ? this.in : this.out).get(toHex(op.lockId));
    if (lock === undefined) return "not-found";
    if (op.t === "cancel" || equalBytes(hashOf(op.preimage), lock.hash)) return undefined;
    return "not-found";
  }

  /** Takes in an operation that was not refused. */
  apply(op: LineOp, isOurs: boolean): void {
    switch (op.t) {
      case "pay":
        this.balance += isOurs ? -op.amount : op.amount;
        return;
      case "prepare":
        this.#used.add(key(op.lock.id, isOurs));
        (isOurs ? this.out : this.in).set(toHex(op.lock.id), op.lock);
        this.#lock(op.lock.amount, isOurs);
        return;
      case "fulfil":
        this.balance += this.#unlock(op.lockId, !isOurs) * (isOurs ? 1 : -1);
        return;
      case "cancel":
        this.#unlock(op.lockId, !isOurs);
    }
  }

  #lockRefusal({ amount, id }: Lock, isOurs: boolean): LineRefusal | undefined {
    if (this.#used.has(key(id, isOurs))) return "exists";
    if ((isOurs ? this.out : this.in).size >= SIMULATED_LOCKS_MAX) return "full";
    return amount > (isOurs ? this.canPrepare : this.#free(false)) ? "limit" : undefined;
  }

  /** What a side may still owe: never less than the other one knows of. */
  #free(isOurs: boolean): number {
    return isOurs ? this.canPay : this.limits.theirs - this.balance - this.lockedIn;
  }

  #lock(amount: number, isOut: boolean): void {
    if (isOut) this.lockedOut += amount;
    else this.lockedIn += amount;
  }

  #unlock(lockId: Uint8Array, isOut: boolean): number {
    const open = isOut ? this.out : this.in;
    const lock = open.get(toHex(lockId));
    if (lock === undefined) return 0;
    open.delete(toHex(lockId));
    this.#lock(-lock.amount, isOut);
    return lock.amount;
  }
}

function key(id: Uint8Array, isOurs: boolean): string {
  return `${isOurs ? "o" : "t"}${toHex(id)}`;
}
