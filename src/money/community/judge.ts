import type { CryptoSuite } from "../../crypto/index.ts";
import { type PeerId, type PersonId, peerIdOf, personOfProof } from "../../identity/index.ts";
import { MoneyError } from "../errors.ts";
import type { Account } from "./account.ts";
import { type Chain, type Credit, step } from "./chain.ts";
import { isSignedBy } from "./entry.ts";
import { AHEAD_S_MAX } from "./limits.ts";
import { CommunityRefusal } from "./refusals.ts";
import { limitOf } from "./rules.ts";
import type { AccountId, Entry, FactId, Rules } from "./types.ts";

/** An account as whoever judges an order knows it. */
export interface Books {
  readonly chain: Chain;
  /** What it owes besides the order of things. */
  readonly debits: bigint;
  readonly isStopped: boolean;
  /** What was paid to it and not taken in. */
  credit(id: FactId): Credit | undefined;
}

/** What an order is judged by. */
export interface Bench {
  readonly suite: CryptoSuite;
  readonly rules: Rules;
  readonly books: Books;
  readonly nowS: number;
  /** Whether the payer is a member of the group. */
  readonly isMember: boolean;
  /** Whether a device still acts for its person: what was revoked writes no account. */
  stands(device: PeerId, person: PersonId): boolean;
  /** Whether somebody can be paid. */
  isOpen(account: AccountId): boolean;
}

/**
 * Whether an order may be signed: what it makes of the account. Errors: "gap" where something that comes before is
 * not here, "stale", "stopped", "bad-signature", "limit", "not-allowed", "unknown-person".
 */
export function judge(bench: Bench, entry: Entry): Chain {
  const { rules, books, nowS, isMember } = bench;
  const { chain } = books;
  if (books.isStopped) throw new CommunityRefusal("stopped", STOPPED, "stopped");
  if (entry.number <= chain.count) throw new CommunityRefusal("stale", STALE, "behind");
  if (entry.number > chain.count + 1) throw new CommunityRefusal("gap", GAP, "gap");
  if (entry.prev !== chain.head) throw new CommunityRefusal("stale", STALE, "behind");
  if (entry.atS > nowS + AHEAD_S_MAX) {
    throw new CommunityRefusal(
      "not-allowed",
      "The date of this payment lies ahead: look at your clock.",
      "clock-ahead",
    );
  }
  checkAuthor(bench, entry);
  const next = step(chain, entry, rules, (id) => books.credit(id));
  if (next === undefined) throw new CommunityRefusal("gap", GAP, "gap");
  const { body } = entry;
  if ((body.t === "open" || body.t === "takeover") && !isMember) {
    throw new CommunityRefusal(
      "not-allowed",
      "Only members of the group have accounts.",
      "members-only",
    );
  }
  if (body.t !== "pay") return next.chain;
  if (body.to !== rules.community && !bench.isOpen(body.to)) {
    throw new CommunityRefusal(
      "unknown-person",
      "Whom you want to pay has no account here.",
      "payee-without-account",
    );
  }
  const limit = BigInt(isMember ? limitOf(rules, entry.account) : 0);
  if (next.chain.balance - books.debits < -limit) {
    throw new MoneyError("limit", "This is more than the payer may owe.");
  }
  return next.chain;
}

function checkAuthor({ suite, stands, books: { chain } }: Bench, entry: Entry): void {
  const key = checkWriter(suite, entry, chain.key);
  if (!stands(peerIdOf(suite, key), entry.account)) {
    throw new CommunityRefusal(
      "not-allowed",
      "The device that signed this was revoked by its person.",
      "revoked",
    );
  }
}

/** @param written the key that wrote the account before it @returns the key that has signed it */
function checkWriter(
  suite: CryptoSuite,
  entry: Entry,
  written: Uint8Array | undefined,
): Uint8Array {
  const { body, account } = entry;
  if (body.t === "open" || body.t === "takeover") {
    if (personOfProof(suite, body.key, body.proof) !== account) {
      throw new MoneyError("bad-signature", "The device does not act for whom the account is of.");
    }
  }
  const key = "key" in body ? body.key : written;
  if (key === undefined || !isSignedBy(suite, entry, key)) {
    throw new MoneyError("bad-signature", "The account's device has not signed this.");
  }
  return key;
}

/**
 * Whether the member has signed an order that is one besides another: whoever answers for it cannot say so in
 * their place. Errors: "bad-signature"; "gap" where an entry before it is not here.
 */
export function checkBesides(suite: CryptoSuite, account: Account, entry: Entry): void {
  let { prev } = entry;
  let key: Uint8Array | undefined;
  for (let number = entry.number - 1; number >= 1 && key === undefined; number--) {
    const before = account.at(number).find(({ id }) => id === prev);
    if (before === undefined) throw new CommunityRefusal("gap", GAP, "gap");
    if ("key" in before.body) ({ key } = before.body);
    ({ prev } = before);
  }
  checkWriter(suite, entry, key);
}

/** Whether none of the devices that ever wrote an account has signed this, where any is known here. */
export function isForeign(suite: CryptoSuite, account: Account, entry: Entry): boolean {
  const keys: Uint8Array[] = "key" in entry.body ? [entry.body.key] : [];
  for (const { body } of account.entries()) if ("key" in body) keys.push(body.key);
  return keys.length > 0 && !keys.some((key) => isSignedBy(suite, entry, key));
}

const STOPPED =
  "Two entries of one number were signed for this account: it pays nothing any more. It can be paid, and so what it owes grows less.";
const STALE = "The account is further than this order knows.";
const GAP = "Something that comes before this is not here yet.";
