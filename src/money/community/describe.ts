import type { PersonId } from "../../identity/index.ts";
import { nearestNumber } from "../amount.ts";
import type { Posting } from "./account.ts";
import type { Commune } from "./commune.ts";
import { seesAll } from "./comparing.ts";
import { canPay, isWrittenHere } from "./drafting.ts";
import { STATEMENT_MAX } from "./limits.ts";
import { nowS } from "./parts.ts";
import { demurrageOn, limitOf } from "./rules.ts";
import { doubleSigners } from "./seat.ts";
import { pocketOf } from "./slips.ts";
import type { AccountId, Entry, FactId, Listing, Rules } from "./types.ts";

const SECONDS_PER_DAY = 86_400;

/** A member's account as this device sees it. */
export interface AccountInfo {
  readonly account: AccountId;
  /** What enough stewards have signed. */
  readonly settled: number;
  /** What tellers answer for besides, and may still go another way. */
  readonly unsettled: number;
  readonly limit: number;
  /** Whether it is further below zero than the soft limit. */
  readonly isLow: boolean;
  /** What the next entry takes for the time since the last one, at least. */
  readonly demurrageDue: number;
  /** Whether the account pays nothing any more, because two entries of one number were signed. */
  readonly isStopped: boolean;
  /** Stewards who have signed both. */
  readonly doubleSigners: readonly PersonId[];
}

/** This device's order under way. */
export interface OrderInfo {
  readonly id: FactId;
  readonly entry: Entry;
  /** `told`: a teller answers for it. */
  readonly state: "waiting" | "told";
  readonly words: number;
  readonly need: number;
  readonly refusals: readonly { readonly person: PersonId; readonly code: string }[];
}

/** A community as this device sees it. */
export interface CommunityInfo {
  readonly id: string;
  readonly group: string;
  /** The rules that hold, or those that wait for all stewards. */
  readonly rules: Rules | undefined;
  readonly isFounded: boolean;
  readonly isSteward: boolean;
  /** Whether this steward signs nothing until the rules change, because its home may be an old copy. */
  readonly isResting: boolean;
  readonly stewardsInReach: number;
  readonly accounts: number;
  readonly entries: number;
  /** The community's own account. */
  readonly commons: number;
  /** All balances together: zero. */
  readonly sum: number;
  /** Whether this person may see all accounts. */
  readonly seesAll: boolean;
  /** Whether another device of this person writes the account. */
  readonly isElsewhere: boolean;
  readonly own: AccountInfo | undefined;
  readonly canPay: number;
  readonly order: OrderInfo | undefined;
  readonly exposure: readonly {
    readonly teller: PersonId;
    readonly amount: number;
    readonly limit: number;
  }[];
  readonly applicants: readonly PersonId[];
}

/** One account. */
export function accountInfo(commune: Commune, id: AccountId): AccountInfo {
  const { ledger, slips, parts } = commune;
  const account = ledger.account(id);
  const pocket = pocketOf(ledger, slips, id);
  let unsettled = 0n;
  for (const entry of pocket.ahead)
    if (entry.body.t === "pay") unsettled -= BigInt(entry.body.amount);
  for (const [, { amount }] of slips.to(id)) unsettled += BigInt(amount);
  const rules = ledger.current;
  const limit = rules === undefined ? 0 : limitOf(rules, id);
  const days = Math.floor(nowS(parts) / SECONDS_PER_DAY) - account.chain.day;
  return {
    ...{ account: id, settled: nearestNumber(account.total), limit },
    unsettled: nearestNumber(unsettled),
    isLow:
      rules !== undefined && account.total + unsettled < -BigInt(Math.min(rules.softLimit, limit)),
    demurrageDue:
      rules === undefined ? 0 : nearestNumber(demurrageOn(rules, account.chain.balance, days)),
    isStopped: account.isStopped,
    doubleSigners: doubleSigners(ledger, id)?.people ?? [],
  };
}

/** All accounts that this person may see, the community's own left out. */
export function accountsOf(commune: Commune): readonly AccountInfo[] {
  const { ledger, self } = commune;
  const isWhole = seesAll(ledger, self);
  const seen = [...ledger.accounts()].filter(
    ({ id, isOpen }) => id !== commune.id && (isOpen || id === self),
  );
  return seen.filter(({ id }) => isWhole || id === self).map(({ id }) => accountInfo(commune, id));
}

function orderInfo(commune: Commune): OrderInfo | undefined {
  const { own, slips, cases, ledger } = commune;
  if (own === undefined) return undefined;
  const found = cases.get(own.id);
  const refusals = [...(found?.refusals.values() ?? [])];
  const state = slips.get(own.id) === undefined ? "waiting" : "told";
  const need = ledger.rules(own.rules)?.need ?? 0;
  return { id: own.id, entry: own, state, words: found?.words.size ?? 0, need, refusals };
}

/** A community, with this person's account. */
export function communityInfo(commune: Commune): CommunityInfo {
  const { id, head, ledger, slips, proposals, self } = commune;
  const rules = ledger.current;
  const founding = proposals.all().find(({ matter }) => matter.t === "rules")?.matter;
  const account = ledger.account(self);
  let sum = 0n;
  let accounts = 0;
  for (const each of ledger.accounts()) {
    sum += each.total;
    if (each.isOpen) accounts++;
  }
  const pocket = pocketOf(ledger, slips, self);
  return {
    ...{ id, group: head.group, accounts, sum: nearestNumber(sum), entries: ledger.size },
    rules: rules ?? (founding?.t === "rules" ? founding.rules : undefined),
    isFounded: rules !== undefined,
    isSteward: commune.isSteward,
    isResting: commune.isSteward && (rules?.number ?? 0) <= head.restsUntil,
    stewardsInReach: commune.reached(),
    commons: nearestNumber(ledger.account(id).total),
    seesAll: seesAll(ledger, self),
    isElsewhere: pocket.chain.key !== undefined && !isWrittenHere(commune, pocket.chain.key),
    own: account.isOpen ? accountInfo(commune, self) : undefined,
    canPay: rules === undefined || !account.isOpen ? 0 : canPay(commune, pocket, rules),
    order: orderInfo(commune),
    exposure: (rules?.tellers ?? []).map(({ person, exposure }) => ({
      ...{ teller: person, amount: slips.exposure(person), limit: exposure },
    })),
    applicants: [...commune.steward.applicants.keys()],
  };
}

/** What happened on this person's account, the newest so many, oldest first. */
export function statementOf(commune: Commune, limit: number): readonly Posting[] {
  const { postings } = commune.ledger.account(commune.self);
  return postings.slice(-Math.min(limit, STATEMENT_MAX));
}

/** Offers and wants that stand. */
export function listingsOf(commune: Commune): readonly Listing[] {
  return commune.listings.standing(nowS(commune.parts));
}
