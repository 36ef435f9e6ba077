import { equalBytes } from "../../base/bytes.ts";
import { withUnit } from "../../base/unit-words.ts";
import { nearestNumber } from "../amount.ts";
import { formatAmount } from "../currency/amounts.ts";
import { MoneyError } from "../errors.ts";
import type { Commune } from "./commune.ts";
import { type EntryDraft, makeEntry } from "./entry.ts";
import { type Books, judge } from "./judge.ts";
import { TAKES_MAX } from "./limits.ts";
import { nowS } from "./parts.ts";
import { CommunityRefusal } from "./refusals.ts";
import { levyOn, limitOf } from "./rules.ts";
import { type Pocket, pocketOf } from "./slips.ts";
import type { Entry, EntryBody, FactId, Rules } from "./types.ts";

/** The rules that hold. @throws MoneyError("not-found") while stewards have not agreed to the first ones */
export function rulesOf({ ledger }: Commune): Rules {
  if (ledger.current !== undefined) return ledger.current;
  throw new CommunityRefusal(
    "not-found",
    "This community is not founded yet: all its stewards have to sign. 'peernet community show' says who has not.",
    "not-founded",
  );
}

/** An account's books as this device knows them, with what tellers answer for. */
export function ownPocket(commune: Commune): Pocket {
  return pocketOf(commune.ledger, commune.slips, commune.self);
}

/** What this person could pay at most now, levy included. */
export function canPay(commune: Commune, pocket: Pocket, rules: Rules): number {
  let sum = pocket.chain.balance - pocket.debits;
  for (const { amount } of pocket.credits.values()) sum += BigInt(amount);
  const isMember = commune.sight().isMember(commune.self);
  return Math.max(0, nearestNumber(sum + BigInt(isMember ? limitOf(rules, commune.self) : 0)));
}

/**
 * Signs this device's next entry. Errors: "not-found", "busy" while stewards have not signed the last one, "stale"
 * where another device writes or this one has to ask first, "limit" with how much is possible, and those of `judge`.
 */
export function draftOrder(commune: Commune, body: EntryBody): Entry {
  const { parts, ledger, slips } = commune;
  const { suite, identity } = parts;
  const rules = rulesOf(commune);
  const pocket = ownPocket(commune);
  checkReady(commune, pocket, body);
  const base: Omit<EntryDraft, "takes"> = {
    ...{ account: commune.self, number: pocket.chain.count + 1, prev: pocket.chain.head },
    ...{ rules: rules.id, atS: nowS(parts), body },
  };
  const isOpen = (id: string): boolean => ledger.account(id).isOpen;
  const { stands } = commune.sight();
  const isMember = commune.sight().isMember(commune.self);
  const trial = (takes: readonly FactId[]): Entry => {
    const entry = makeEntry(suite, identity.signKey, { ...base, takes });
    const books: Books = pocket;
    judge({ suite, rules, books, nowS: nowS(parts), isMember, stands, isOpen }, entry);
    return entry;
  };
  // What tellers answer for is only taken in where it is needed: whatever goes on from it waits for it.
  const sure = takesOf(pocket, (id) => slips.get(id) === undefined);
  try {
    return trial(sure);
  } catch (error) {
    if (!(error instanceof MoneyError) || error.code !== "limit") throw error;
    try {
      return trial(takesOf(pocket, () => true));
    } catch (second) {
      if (!(second instanceof MoneyError) || second.code !== "limit") throw second;
      throw limitRefusal(commune, pocket, rules, body);
    }
  }
}

function takesOf(pocket: Pocket, isGood: (id: FactId) => boolean): readonly FactId[] {
  const all = [...pocket.credits].filter(([id]) => isGood(id));
  all.sort(([a, one], [b, other]) => other.amount - one.amount || (a < b ? -1 : 1));
  return all.slice(0, TAKES_MAX).map(([id]) => id);
}

function checkReady(commune: Commune, pocket: Pocket, body: EntryBody): void {
  const { own, ledger, slips, parts } = commune;
  const { key } = pocket.chain;
  const isUnderWay = own !== undefined && slips.get(own.id) === undefined;
  if (isUnderWay) throw new CommunityRefusal("busy", UNDER_WAY, "under-way");
  if (body.t === "open") {
    if (pocket.chain.count > 0)
      throw new CommunityRefusal("exists", "You have an account there already.", "has-account");
    return;
  }
  if (key === undefined) throw new CommunityRefusal("not-found", NO_ACCOUNT, "no-account");
  const isOurs = isWrittenHere(commune, key);
  if (!isOurs && body.t !== "takeover")
    throw new CommunityRefusal("stale", OTHER_DEVICE, "other-device");
  if (isOurs && body.t === "takeover") {
    throw new CommunityRefusal(
      "exists",
      "This device writes your account already.",
      "written-here",
    );
  }
  const mustAsk = parts.isCopied || commune.isCatchingUp || body.t === "takeover";
  const need = ledger.current?.need ?? 0;
  if (mustAsk && heardOf(commune) < need) throw new CommunityRefusal("stale", MUST_ASK, "must-ask");
}

/** Whether an account with this key is written by this device. */
export function isWrittenHere({ parts }: Commune, key: Uint8Array): boolean {
  return equalBytes(key, parts.identity.signKey.publicKey);
}

/** Stewards who have told what they signed last, this device among them. */
function heardOf({ heard, isSteward, self }: Commune): number {
  return heard.size + (isSteward && !heard.has(self) ? 1 : 0);
}

function limitRefusal(
  commune: Commune,
  pocket: Pocket,
  rules: Rules,
  body: EntryBody,
): CommunityRefusal {
  const { decimals, unit } = rules.currency;
  const most = formatAmount(canPay(commune, pocket, rules), decimals);
  const onTop = body.t === "pay" ? levyOn(rules, body.amount) : 0;
  const levy = onTop > 0 ? formatAmount(onTop, decimals) : "";
  const besides = levy === "" ? "" : ` With the levy this takes ${withUnit(levy, unit)} more.`;
  const words = `You can pay ${withUnit(most, unit)} at most now.${besides} Earn some, or ask the stewards for another limit.`;
  return new CommunityRefusal("limit", words, { code: "limit", facts: { most, levy, unit } });
}

const UNDER_WAY =
  "Your last payment waits for the stewards; 'peernet community show' says for whom. The next one can be made when it is through.";
const NO_ACCOUNT = "You have no account there yet: 'peernet community join' asks for one.";
const OTHER_DEVICE =
  "Another device of yours writes this account. Use that one; if it is lost: peernet community takeover.";
const MUST_ASK =
  "This device may not know of everything that was signed in your name. It goes on by itself once enough stewards are in reach; try again then.";
