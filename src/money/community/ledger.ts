import type { CryptoSuite } from "../../crypto/index.ts";
import { MoneyError } from "../errors.ts";
import { Account } from "./account.ts";
import { dayOf } from "./entry.ts";
import { ACCOUNTS_MAX, ACTS_MAX, FACTS_MAX, LATES_MAX, RULES_MAX } from "./limits.ts";
import { isSameCurrency, levyOn } from "./rules.ts";
import { checkWords, idOf, isEnough, judgesOf } from "./signed.ts";
import type { AccountId, Act, CommunityId, Entry, FactId, Rules, Signed } from "./types.ts";

/**
 * A community's books: a set of matters that enough stewards have signed, which only grows. What it says is a
 * function of the set, in whatever order it came. Every matter moves amounts from accounts to accounts, so the sum of
 * all balances is zero whatever is in the set.
 */
export class Ledger {
  readonly id: CommunityId;
  readonly #suite: CryptoSuite;
  /** In the order in which it came: what depends on something stands behind it. */
  readonly #facts = new Map<string, Signed>();
  readonly #rules = new Map<FactId, Rules>();
  readonly #accounts = new Map<AccountId, Account>();
  readonly #counts = { rules: 0, entry: 0, late: 0, act: 0 };
  #current: Rules | undefined;

  constructor(suite: CryptoSuite, id: CommunityId) {
    this.#suite = suite;
    this.id = id;
    this.#accounts.set(id, new Account(id));
  }

  /** The rules that hold; undefined before the first ones are here. */
  get current(): Rules | undefined {
    return this.#current;
  }

  get size(): number {
    return this.#facts.size;
  }

  facts(): Iterable<Signed> {
    return this.#facts.values();
  }

  rules(id: FactId): Rules | undefined {
    return this.#rules.get(id);
  }

  /** The account of somebody, or of the community; one without entries where there is none yet. */
  account(id: AccountId): Account {
    return this.#accounts.get(id) ?? new Account(id);
  }

  /** All accounts, the community's first. */
  accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** Whether the matter counts already. */
  has(signed: Signed): boolean {
    return this.#facts.has(keyOf(signed));
  }

  /** What stewards have signed under an id. */
  fact(id: FactId, kind: Signed["matter"]["t"]): Signed | undefined {
    return this.#facts.get(`${kind} ${id}`);
  }

  /** Whether an entry counts, in whatever way. */
  counts(id: FactId): boolean {
    return this.fact(id, "entry") !== undefined || this.fact(id, "late") !== undefined;
  }

  /**
   * Takes something in that enough stewards have signed; false where it was here already. What it depends on must be
   * here, of rules only. Errors: "gap", "too-few", "bad-signature", "bad-rules", "full".
   * @param isChecked whether its signatures were looked at before
   */
  add(signed: Signed, isChecked = false): boolean {
    if (this.has(signed)) return false;
    const { matter } = signed;
    const judgesId = judgesOf(matter);
    const judges = this.#rules.get(judgesId);
    if (judges === undefined && judgesId !== "") {
      throw new MoneyError("gap", "The rules that this names are not here yet.");
    }
    if (matter.t === "rules") this.#checkRules(matter.rules, judges);
    if (!isEnough(signed, judges)) {
      throw new MoneyError("too-few", "Too few stewards have signed this.");
    }
    if (!isChecked) checkWords(this.#suite, signed, judges);
    this.#checkRoom(signed);
    // Stewards apart may sign one entry in both ways: what it pays is paid once.
    const isCounted = this.counts(idOf(matter));
    this.#facts.set(keyOf(signed), signed);
    this.#counts[matter.t]++;
    if (matter.t === "rules") this.#turn(matter.rules);
    else if (matter.t === "act") this.#move(matter.act);
    else if (!isCounted) this.#enter(matter.entry, judges);
    return true;
  }

  #checkRules(rules: Rules, base: Rules | undefined): void {
    const isFirst = rules.number === 1 && rules.community === this.id;
    const isNext =
      base !== undefined &&
      rules.community === this.id &&
      rules.number === base.number + 1 &&
      rules.group === base.group &&
      isSameCurrency(rules, base);
    if (base === undefined ? isFirst : isNext) return;
    throw new MoneyError("bad-rules", "These rules are not of this community.");
  }

  #checkRoom({ matter }: Signed): void {
    const isFull = this.#counts[matter.t] >= ROOM[matter.t];
    if (isFull || this.#facts.size >= FACTS_MAX) throw new MoneyError("full", FULL);
    const isNew = matter.t === "entry" && !this.#accounts.has(matter.entry.account);
    if (isNew && this.#accounts.size > ACCOUNTS_MAX) {
      throw new MoneyError("full", `The community has ${ACCOUNTS_MAX} accounts already.`);
    }
  }

  /** Of two versions on one base the one with the smaller id holds, at every member. */
  #turn(rules: Rules): void {
    this.#rules.set(rules.id, rules);
    const next = new Map<FactId, Rules>();
    for (const each of this.#rules.values()) {
      const known = next.get(each.base);
      if (known === undefined || each.id < known.id) next.set(each.base, each);
    }
    let at: Rules | undefined;
    for (let then = next.get(""); then !== undefined; then = next.get(then.id)) at = then;
    this.#current = at;
  }

  #enter(entry: Entry, rules: Rules | undefined): void {
    const account = this.#made(entry.account);
    const { body, id, atS } = entry;
    if (body.t === "pay" && rules !== undefined) {
      const { to, amount, memo } = body;
      this.#post(account, this.#made(to), { id, atS, what: "paid", amount, memo });
      this.#made(to).credits.set(id, { amount, day: dayOf(entry) });
      const levy = levyOn(rules, amount);
      const commons = this.#made(this.id);
      if (levy > 0) this.#post(account, commons, { id, atS, what: "levy", amount: levy, memo: "" });
      if (to !== this.id) this.#advance(this.#made(to));
    }
    account.put(entry);
    this.#advance(account);
  }

  #advance(account: Account): void {
    const more = account.advance((id) => this.#rules.get(id));
    this.#made(this.id).total += more;
  }

  #move({ id, atS, t, from, to, amount, memo }: Act): void {
    const payer = this.#made(from);
    const payee = this.#made(to);
    if (from !== this.id) payer.debits += BigInt(amount);
    this.#post(payer, payee, { id, atS, what: t, amount, memo });
    payee.credits.set(id, { amount, day: dayOf({ atS }) });
    this.#advance(payee);
  }

  #post(from: Account, to: Account, what: Omit<Account["postings"][number], "other">): void {
    from.total -= BigInt(what.amount);
    to.total += BigInt(what.amount);
    from.postings.push({ ...what, other: to.id, amount: -what.amount });
    to.postings.push({ ...what, other: from.id });
  }

  #made(id: AccountId): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const made = new Account(id);
    this.#accounts.set(id, made);
    return made;
  }
}

function keyOf(signed: Signed): string {
  return `${signed.matter.t} ${idOf(signed.matter)}`;
}

const ROOM = { rules: RULES_MAX, entry: FACTS_MAX, late: LATES_MAX, act: ACTS_MAX } as const;
const FULL =
  "This community's books are full. Its stewards found a new one, with what everybody has in this one as a beginning.";
