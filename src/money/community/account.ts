import { nearestNumber } from "../amount.ts";
import { type Chain, type Credit, EMPTY_CHAIN, step } from "./chain.ts";
import type { AccountId, Entry, FactId, Rules } from "./types.ts";

/** Something that changed what an account has, for a statement. */
export interface Posting {
  readonly id: FactId;
  readonly atS: number;
  readonly what: "paid" | "levy" | "demurrage" | "spend" | "cover";
  /** Whom it came from or went to. */
  readonly other: AccountId;
  /** To the account; with a minus sign: from it. */
  readonly amount: number;
  readonly memo: string;
}

/** One account of a community: what enough stewards have signed about it, in whatever order it came. */
export class Account {
  readonly id: AccountId;
  /** What it has: everything that was paid to it and by it, and what the community took. Exact, however many pay it. */
  total = 0n;
  /** What stewards have taken from it by acts. */
  debits = 0n;
  chain: Chain = EMPTY_CHAIN;
  /** The first number that has two entries; from there on nothing is taken for an order of things. */
  forkAt: number = Number.POSITIVE_INFINITY;
  readonly credits: Map<FactId, Credit> = new Map();
  readonly taken: Set<FactId> = new Set();
  readonly postings: Posting[] = [];
  /** Entries by number; more than one where two stories were signed. */
  readonly #entries = new Map<number, Entry[]>();
  #charged = 0n;

  constructor(id: AccountId) {
    this.id = id;
  }

  /** Whether it was begun. */
  get isOpen(): boolean {
    return this.#entries.has(1);
  }

  get isStopped(): boolean {
    return this.forkAt !== Number.POSITIVE_INFINITY;
  }

  /** The entries of a number: none, one, or two stories. */
  at(number: number): readonly Entry[] {
    return this.#entries.get(number) ?? [];
  }

  /** All entries, by number. */
  *entries(from = 1): Iterable<Entry> {
    const numbers = [...this.#entries.keys()].filter((number) => number >= from);
    for (const number of numbers.sort((a, b) => a - b)) yield* this.at(number);
  }

  /** Credits that no entry has taken in. */
  *untaken(): Iterable<FactId> {
    for (const id of this.credits.keys()) if (!this.taken.has(id)) yield id;
  }

  /** Keeps an entry; what it pays is the ledger's. */
  put(entry: Entry): void {
    const same = this.#entries.get(entry.number);
    if (same === undefined) this.#entries.set(entry.number, [entry]);
    else same.push(entry);
    if (same !== undefined) this.#fork(entry.number);
  }

  /**
   * Goes on with the order of things as far as it is known.
   * @returns what demurrage the community gets more than before
   */
  advance(rulesOf: (id: FactId) => Rules | undefined): bigint {
    const before = this.#charged;
    if (this.chain.count >= this.forkAt) this.#rewind();
    while (this.chain.count + 1 < this.forkAt) {
      const [entry] = this.at(this.chain.count + 1);
      if (entry === undefined) break;
      if (entry.prev !== this.chain.head) {
        this.#fork(entry.number);
        break;
      }
      const rules = rulesOf(entry.rules);
      const next = rules && step(this.chain, entry, rules, (id) => this.#credit(id));
      if (next === undefined) break;
      this.chain = next.chain;
      for (const id of entry.takes) this.taken.add(id);
      if (next.charge > 0n) this.#charge(entry, next.charge, rules?.community ?? "");
    }
    const more = this.#charged - before;
    this.total -= more;
    return more;
  }

  #credit(id: FactId): Credit | undefined {
    return this.taken.has(id) ? undefined : this.credits.get(id);
  }

  #charge(entry: Entry, amount: bigint, community: AccountId): void {
    this.#charged += amount;
    const { id, atS } = entry;
    const posting = { id, atS, other: community, memo: "", amount: nearestNumber(-amount) };
    this.postings.push({ ...posting, what: "demurrage" });
  }

  #fork(number: number): void {
    this.forkAt = Math.min(this.forkAt, number);
  }

  /** Two stories begin at a number that was gone over already: all is gone over anew, up to there. */
  #rewind(): void {
    this.chain = EMPTY_CHAIN;
    this.#charged = 0n;
    this.taken.clear();
    const kept = this.postings.filter(({ what }) => what !== "demurrage");
    this.postings.splice(0, this.postings.length, ...kept);
  }
}
