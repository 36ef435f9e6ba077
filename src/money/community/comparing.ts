import { toHex } from "../../base/bytes.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Account } from "./account.ts";
import { HASH_BYTES, idBytes } from "./hex.ts";
import type { Ledger } from "./ledger.ts";
import { EXTRAS_MAX, FORKED, type Reach, SHORT_BYTES } from "./protocol.ts";
import { idOf } from "./signed.ts";
import type { Entry, FactId, Signed } from "./types.ts";

const NOTHING = "0".repeat(2 * SHORT_BYTES);

/** What two members tell each other of their books, so that each finds out what the other lacks. */
export interface Have {
  readonly reaches: readonly Reach[];
  readonly extras: readonly string[];
}

/** Whether somebody may see something, as the rules that hold say. */
export function sees(ledger: Ledger, person: PersonId, { matter }: Signed): boolean {
  if (matter.t === "rules" || seesAll(ledger, person)) return true;
  if (matter.t === "act") return matter.act.from === person || matter.act.to === person;
  const { account, body } = matter.entry;
  // Who has an account, and with which device, is no secret: one could not pay otherwise.
  if (body.t === "open" || body.t === "takeover") return true;
  return account === person || (body.t === "pay" && body.to === person);
}

/** Whether somebody may see the whole books. */
export function seesAll({ current }: Ledger, person: PersonId): boolean {
  if (current === undefined || current.visibility === "members") return true;
  return [...current.seats, ...current.tellers].some((each) => each.person === person);
}

function short(id: FactId): string {
  return id.slice(0, 2 * SHORT_BYTES);
}

/** What is here. */
export function haveOf(ledger: Ledger): Have {
  const reaches: Reach[] = [];
  for (const account of ledger.accounts()) {
    const reach = reachOf(account);
    if (reach.count > 0) reaches.push(reach);
  }
  const extras: string[] = [];
  const inRow = new Map(reaches.map(({ account, count }) => [account, count]));
  for (const signed of ledger.facts()) {
    const { matter } = signed;
    // Who may not see all has entries without those before them.
    const isLoose =
      matter.t !== "entry" || matter.entry.number > (inRow.get(matter.entry.account) ?? 0);
    if (isLoose && extras.length < EXTRAS_MAX) extras.push(extraOf(signed));
  }
  return { reaches, extras };
}

/** A late entry may count as an ordinary one elsewhere: those are two things. */
function extraOf({ matter }: Signed): string {
  if (matter.t !== "late") return short(idOf({ ...matter }));
  const bytes = idBytes(short(matter.entry.id));
  bytes[0] = (bytes[0] ?? 0) ^ 0xff;
  return toHex(bytes);
}

function reachOf(account: Account): Reach {
  const { id } = account;
  if (account.isStopped)
    return { account: id, count: FORKED, head: short(sumOf(account.entries())) };
  let count = 0;
  let last: Entry | undefined;
  for (let entry = account.at(1)[0]; entry !== undefined; [entry] = account.at(count + 1)) {
    last = entry;
    count++;
  }
  return { account: id, count, head: last === undefined ? NOTHING : short(last.id) };
}

function sumOf(entries: Iterable<Entry>): string {
  const sum = new Uint8Array(HASH_BYTES);
  for (const { id } of entries) {
    for (const [at, byte] of idBytes(id).entries()) sum[at] = (sum[at] ?? 0) ^ byte;
  }
  return toHex(sum);
}

/** A sum of the whole books: equal where two have the same, whatever the order in which it came. */
export class BooksSum {
  readonly #sum = new Uint8Array(HASH_BYTES);

  add(signed: Signed): void {
    const bytes = idBytes(idOf(signed.matter));
    const shift = { rules: 0, entry: 0, late: 1, act: 0 }[signed.matter.t];
    for (let at = 0; at < HASH_BYTES; at++) {
      const place = (at + shift) % HASH_BYTES;
      this.#sum[place] = (this.#sum[place] ?? 0) ^ (bytes[at] ?? 0);
    }
  }

  get bytes(): Uint8Array {
    return this.#sum.slice();
  }
}

/** What somebody lacks who told what they have, in an order in which it can be taken in. */
export function lacking(ledger: Ledger, theirs: Have): readonly Signed[] {
  const extras = new Set(theirs.extras);
  const reaches = new Map(theirs.reaches.map((reach) => [reach.account, reach]));
  const after = new Map<string, number>();
  for (const account of ledger.accounts())
    after.set(account.id, behind(account, reaches.get(account.id)));
  const found: Signed[] = [];
  for (const signed of ledger.facts()) {
    const { matter } = signed;
    const isInRow =
      matter.t === "entry" && matter.entry.number <= (after.get(matter.entry.account) ?? 0);
    if (!isInRow && !extras.has(extraOf(signed))) found.push(signed);
  }
  return found;
}

/** The number up to which somebody has the same entries. */
function behind(account: Account, theirs: Reach | undefined): number {
  if (theirs === undefined) return 0;
  const ours = reachOf(account);
  if (ours.count === theirs.count && ours.head === theirs.head) return Number.POSITIVE_INFINITY;
  if (ours.count === FORKED || theirs.count === FORKED) return 0;
  if (theirs.count > ours.count) return Number.POSITIVE_INFINITY;
  const [entry] = account.at(theirs.count);
  // Another head under the same number: two stories, of which both sides need to know.
  return theirs.count > 0 && (entry === undefined || short(entry.id) !== theirs.head)
    ? 0
    : theirs.count;
}
