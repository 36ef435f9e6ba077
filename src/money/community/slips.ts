import type { PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import { type Chain, type Credit, step } from "./chain.ts";
import { dayOf } from "./entry.ts";
import type { Books } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { SLIPS_MAX, SLIPS_PER_TELLER_MAX } from "./limits.ts";
import type { AccountId, Entry, FactId, Slip } from "./types.ts";

/** What tellers answer for and the log has not taken in yet. */
export class Slips {
  readonly #slips = new Map<FactId, Slip>();
  readonly #max: number;

  constructor(max: number = SLIPS_MAX) {
    this.#max = max;
  }

  get size(): number {
    return this.#slips.size;
  }

  get(id: FactId): Slip | undefined {
    return this.#slips.get(id);
  }

  all(): Iterable<Slip> {
    return this.#slips.values();
  }

  /** @throws MoneyError("full") */
  put(slip: Slip): void {
    if (!this.#slips.has(slip.entry.id) && !this.#hasRoomOf(slip.teller)) {
      throw new MoneyError("full", "Too many payments wait for the stewards.");
    }
    this.#slips.set(slip.entry.id, slip);
  }

  /** What one teller answers for, and stewards never sign, leaves room for the others. */
  #hasRoomOf(teller: PersonId): boolean {
    if (this.#slips.size >= this.#max) return false;
    let ofSame = 0;
    for (const each of this.#slips.values()) if (each.teller === teller) ofSame++;
    return ofSame < SLIPS_PER_TELLER_MAX;
  }

  delete(id: FactId): boolean {
    return this.#slips.delete(id);
  }

  /** What a teller answers for now: all of it, or what one member paid. */
  exposure(teller: PersonId, member?: AccountId): number {
    let sum = 0;
    for (const { teller: each, entry } of this.#slips.values()) {
      if (each === teller && (member === undefined || entry.account === member)) {
        sum += amountOf(entry);
      }
    }
    return sum;
  }

  /** The slip that goes on where an account is. */
  next(account: AccountId, chain: Chain): Entry | undefined {
    for (const { entry } of this.#slips.values()) {
      const isNext = entry.number === chain.count + 1 && entry.prev === chain.head;
      if (entry.account === account && isNext) return entry;
    }
    return undefined;
  }

  /** What slips pay to an account. */
  *to(account: AccountId): Iterable<readonly [FactId, Credit]> {
    for (const { entry } of this.#slips.values()) {
      const { body } = entry;
      if (body.t !== "pay" || body.to !== account) continue;
      yield [entry.id, { amount: body.amount, day: dayOf(entry) }];
    }
  }
}

/** What an entry pays. */
export function amountOf({ body }: Entry): number {
  return body.t === "pay" ? body.amount : 0;
}

/** An account as stewards know it. */
export function booksOf(ledger: Ledger, id: AccountId): Books {
  const account = ledger.account(id);
  const { chain, debits, isStopped } = account;
  return {
    ...{ chain, debits, isStopped },
    credit: (each) => (account.taken.has(each) ? undefined : account.credits.get(each)),
  };
}

/** An account with what tellers answer for: its entries behind those of the log, and what came by such. */
export interface Pocket extends Books {
  /** Everything that could be taken in. */
  readonly credits: ReadonlyMap<FactId, Credit>;
  /** Entries that the log has not. */
  readonly ahead: readonly Entry[];
}

/** An account as it is in a part that is cut off. */
export function pocketOf(ledger: Ledger, slips: Slips, id: AccountId): Pocket {
  const account = ledger.account(id);
  const credits = new Map<FactId, Credit>();
  for (const each of account.untaken()) {
    const credit = account.credits.get(each);
    if (credit !== undefined) credits.set(each, credit);
  }
  for (const [each, credit] of slips.to(id))
    if (!account.credits.has(each)) credits.set(each, credit);
  let { chain } = account;
  const ahead: Entry[] = [];
  for (let entry = slips.next(id, chain); entry !== undefined; entry = slips.next(id, chain)) {
    const rules = ledger.rules(entry.rules);
    const next = rules && step(chain, entry, rules, (each) => credits.get(each));
    if (next === undefined) break;
    ({ chain } = next);
    for (const taken of entry.takes) credits.delete(taken);
    ahead.push(entry);
  }
  const { debits, isStopped } = account;
  return { chain, debits, isStopped, credits, ahead, credit: (each) => credits.get(each) };
}
