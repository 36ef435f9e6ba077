import { dayOf } from "./entry.ts";
import { demurrageOn, levyOn } from "./rules.ts";
import type { Entry, FactId, RuleTerms } from "./types.ts";

/** Something that was paid to an account. */
export interface Credit {
  readonly amount: number;
  /** Day since 1970 of who paid it. */
  readonly day: number;
}

/** An account as its entries up to some number leave it. */
export interface Chain {
  readonly count: number;
  /** The last entry; "" where there is none. */
  readonly head: FactId;
  /** What was taken in and not paid out, after levy and demurrage. */
  readonly balance: bigint;
  /** The day up to which demurrage was taken. */
  readonly day: number;
  /** The device that writes; undefined before the first entry. */
  readonly key: Uint8Array | undefined;
}

/** An account before its first entry. */
export const EMPTY_CHAIN: Chain = { count: 0, head: "", balance: 0n, day: 0, key: undefined };

/** What one more entry makes of an account. */
export interface Step {
  readonly chain: Chain;
  /** What went to the community: of time, and of the payment. */
  readonly charge: bigint;
  readonly levy: number;
}

/**
 * The account after one more entry; undefined where it takes in what is not known here. Each credit counts from its
 * own day, so nothing is gained by taking it in late; whoever dates an entry back only puts off what is due.
 */
export function step(
  chain: Chain,
  entry: Entry,
  rules: RuleTerms,
  creditOf: (id: FactId) => Credit | undefined,
): Step | undefined {
  const isFirst = entry.number === 1;
  const from = isFirst ? dayOf(entry) : chain.day;
  const day = Math.max(dayOf(entry), from);
  const arrivals: { readonly day: number; readonly id: FactId; readonly amount: number }[] = [];
  for (const id of entry.takes) {
    const credit = creditOf(id);
    if (credit === undefined) return undefined;
    arrivals.push({ id, amount: credit.amount, day: Math.min(day, Math.max(from, credit.day)) });
  }
  arrivals.sort((a, b) => a.day - b.day || (a.id < b.id ? -1 : 1));
  let { balance } = chain;
  let at = from;
  let charge = 0n;
  for (const arrival of [...arrivals, { day, amount: 0 }]) {
    const due = demurrageOn(rules, balance, arrival.day - at);
    charge += due;
    balance += BigInt(arrival.amount) - due;
    at = arrival.day;
  }
  const { body } = entry;
  const levy = body.t === "pay" ? levyOn(rules, body.amount) : 0;
  if (body.t === "pay") balance -= BigInt(body.amount) + BigInt(levy);
  const key = "key" in body ? body.key : chain.key;
  return { chain: { count: entry.number, head: entry.id, balance, day, key }, charge, levy };
}
