import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import { isSlipOf } from "./entry.ts";
import { checkBesides, judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import { amountOf, booksOf, pocketOf, type Slips } from "./slips.ts";
import type { AccountId, Entry, FactId, Matter, Rules, Slip } from "./types.ts";

/** What a steward or teller judges by, besides the books. */
export interface Sight {
  readonly suite: CryptoSuite;
  readonly ledger: Ledger;
  readonly slips: Slips;
  readonly nowS: number;
  /** Whether somebody is in the group now. */
  isMember(person: PersonId): boolean;
  /** Whether a device still acts for its person. */
  stands(device: PeerId, person: PersonId): boolean;
}

/** What a steward has signed last for an account: never two under one number. */
export type SignedLast = ReadonlyMap<AccountId, Entry>;

/** What a steward does with an order: signs it in one of two ways, or asks a person first. */
export type Verdict = { readonly t: "sign"; readonly matter: Matter } | { readonly t: "ask" };

/**
 * What a steward's device does with an order. Errors: those of `judge`; "forked" where another one of its number was
 * signed here, or counts already.
 * @param late what this steward has signed of each teller besides another entry of its number
 * @param isAdmitted whether a person has said that this account may begin
 * @param isDisputed whether another steward has signed it as one besides another: then there may never be enough
 *   words for it as the only one
 */
export function verdictOf(
  sight: Sight,
  memory: {
    readonly last: SignedLast;
    readonly isAdmitted: boolean;
    late(teller: PersonId): number;
  },
  entry: Entry,
  slip: Slip | undefined,
  isDisputed = false,
): Verdict {
  const { ledger, suite, nowS, stands } = sight;
  const rules = rulesFor(ledger, entry, slip !== undefined);
  const teller = slip === undefined ? undefined : tellerOf(suite, rules, slip);
  const last = memory.last.get(entry.account);
  if (last?.id === entry.id && !isDisputed) return { t: "sign", matter: { t: "entry", entry } };
  if (isBesides(ledger, entry, last) || (isDisputed && teller !== undefined)) {
    if (slip === undefined || teller === undefined) throw new MoneyError("forked", FORKED);
    if (memory.late(slip.teller) + amountOf(entry) > teller.exposure) {
      throw new MoneyError("limit", "This is more than the teller may answer for.");
    }
    checkBesides(suite, ledger.account(entry.account), entry);
    return { t: "sign", matter: { t: "late", entry } };
  }
  const books = booksOf(ledger, entry.account);
  const isMember = sight.isMember(entry.account);
  const isOpen = (account: AccountId): boolean => ledger.account(account).isOpen;
  judge({ suite, rules, books, nowS, isMember, stands, isOpen }, entry);
  if (entry.body.t === "open" && rules.admission === "stewards" && !memory.isAdmitted) {
    return { t: "ask" };
  }
  return { t: "sign", matter: { t: "entry", entry } };
}

/** Whether another entry of that number was signed here, or counts. @throws MoneyError("gap") where that is not known */
function isBesides(ledger: Ledger, entry: Entry, last: Entry | undefined): boolean {
  const account = ledger.account(entry.account);
  // What was signed after it is known, and not yet that it counts: a crash may do that.
  const isLost = last !== undefined && last.number > entry.number;
  if (isLost && account.chain.count < entry.number) {
    throw new MoneyError("gap", "Entries of this account are missing here.");
  }
  const isOther = last?.number === entry.number && last.id !== entry.id;
  return isOther || account.at(entry.number).length > 0;
}

/**
 * Whether a teller's device answers for an order. Errors: those of `judge`; "not-allowed" where it is no teller's;
 * "limit" where it answers for too much already.
 */
export function checkTelling(sight: Sight, self: PersonId, entry: Entry): void {
  const { ledger, slips, suite, nowS, stands } = sight;
  const rules = rulesFor(ledger, entry, false);
  const teller = rules.tellers.find(({ person }) => person === self);
  if (teller === undefined) throw new MoneyError("not-allowed", "This is no teller's device.");
  if (entry.body.t === "open") {
    throw new MoneyError("not-allowed", "An account begins with the stewards only.");
  }
  const books = pocketOf(ledger, slips, entry.account);
  const isMember = sight.isMember(entry.account);
  const isOpen = (account: AccountId): boolean => ledger.account(account).isOpen;
  judge({ suite, rules, books, nowS, isMember, stands, isOpen }, entry);
  const amount = amountOf(entry);
  const ofMember = slips.exposure(self, entry.account) + amount;
  if (ofMember > teller.perMember || slips.exposure(self) + amount > teller.exposure) {
    throw new MoneyError("limit", EXPOSED);
  }
}

/** The teller in the rules who answers with a slip. @throws MoneyError("bad-signature") */
export function tellerOf(suite: CryptoSuite, rules: Rules, slip: Slip): Rules["tellers"][number] {
  const teller = rules.tellers.find(({ person }) => person === slip.teller);
  if (teller === undefined || !isSlipOf(suite, slip, teller.key)) {
    throw new MoneyError("bad-signature", "No teller of these rules has signed this.");
  }
  return teller;
}

/**
 * The rules under which an order may be signed now: those that hold, and those before them, for whoever had not heard.
 * What a teller answered for stands by the rules of its time. @throws MoneyError("gap" | "stale")
 */
function rulesFor(ledger: Ledger, entry: Entry, isTold: boolean): Rules {
  const rules = ledger.rules(entry.rules);
  const { current } = ledger;
  if (rules === undefined || current === undefined) {
    throw new MoneyError("gap", "The rules that this names are not here yet.");
  }
  const isNear = rules.id === current.id || rules.id === current.base;
  if (!isNear && !isTold) throw new MoneyError("stale", OLD_RULES);
  return rules;
}

/** The place of a device among the stewards of rules; undefined where it has none. */
export function placeOf(rules: Rules | undefined, key: Uint8Array): number | undefined {
  const place = rules?.seats.findIndex((seat) => seat.key.every((byte, at) => byte === key[at]));
  return place === undefined || place < 0 ? undefined : place;
}

/** Stewards who have signed two entries of one number, by the two that count: a proof for anybody. */
export function doubleSigners(
  ledger: Ledger,
  account: AccountId,
):
  | {
      readonly number: number;
      readonly entries: readonly FactId[];
      readonly people: readonly PersonId[];
    }
  | undefined {
  const { forkAt } = ledger.account(account);
  if (forkAt === Number.POSITIVE_INFINITY) return undefined;
  const entries = ledger.account(account).at(forkAt);
  const signers = entries.flatMap(({ id, rules }) => {
    const fact = ledger.fact(id, "entry");
    const seats = ledger.rules(rules)?.seats ?? [];
    if (fact === undefined) return [];
    return [new Set(fact.words.flatMap(({ seat }) => seats[seat]?.person ?? []))];
  });
  const [one, other] = signers;
  const people =
    one === undefined || other === undefined ? [] : [...one].filter((p) => other.has(p));
  return { number: forkAt, entries: entries.map(({ id }) => id), people };
}

const FORKED =
  "Another payment of the same number was signed before: the payer's device has told two stories.";
const OLD_RULES = "The rules have changed twice since this was written.";
const EXPOSED =
  "The teller answers for as much as the rules let them; it goes on when the stewards are in reach.";
