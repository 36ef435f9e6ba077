import type { CurrencyBody, LineBody, StatementEntryBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { textOf, unitsOf } from "./amount.ts";
import { amountWithUnit } from "./amount-words.ts";
import { hasWords } from "./find.ts";
import { cleanName, formatTime } from "./format.ts";
import { resources } from "./views.ts";

/** Digits of an id that stand for somebody without a name. */
const ID_CHARS = 8;
/** Characters of what a payment is for that are shown. */
const MEMO_CHARS_MAX = 160;
/** Letters of scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|\ud802|\ud83a|\ud83b/;

/** How a device marks what it signs in its person's name without them having read it. */
const PAYERS_WORDS = /^"([^"]*)" \(payer's words\)$/;

/** A foreign name within a sentence: where it runs from right to left it turns no amount beside it. */
export function nameIn(name: string, fallback?: string): string {
  const clean = cleanName(name, fallback);
  return RIGHT_TO_LEFT.test(clean) ? `\u2068${clean}\u2069` : clean;
}

/** What a payment is for, on one line; empty where nothing was said. */
export function memoIn(memo: string): string {
  const [, ofPayer] = PAYERS_WORDS.exec(memo) ?? [];
  const clean = memo === "" ? "" : cleanName(ofPayer ?? memo, "", MEMO_CHARS_MAX);
  const shown = RIGHT_TO_LEFT.test(clean) ? `\u2068${clean}\u2069` : clean;
  return ofPayer === undefined ? shown : say().money.payersWords(shown);
}

/** Whether somebody is the person of this peer. */
export function isSelf(person: string): boolean {
  return resources.status.state.value.data?.personId === person;
}

/** Whether the peer has no name for somebody: it tells an id, or words with its beginning, instead. */
export function isStranger(name: string, person: string): boolean {
  return name === person || name === `a stranger (${person.slice(0, ID_CHARS)})`;
}

/** What somebody is called in a sentence; who is unknown by the beginning of their id. */
export function personIn(name: string, person: string): string {
  const { money } = say();
  if (isSelf(person)) return money.you;
  if (isStranger(name, person)) return money.stranger(person.slice(0, ID_CHARS));
  const clean = nameIn(name);
  return clean.toLowerCase() === money.you ? `“${clean}”` : clean;
}

/** An amount of the peer's with what one of it is called: "12.50 hours". */
export function sumIn(text: string, currency: CurrencyBody): string {
  return amountWithUnit(text, nameIn(currency.unit));
}

/** The same of the smallest unit. */
export function unitsIn(units: bigint, currency: CurrencyBody): string {
  return sumIn(textOf(units, currency.decimals), currency);
}

/** A currency with who issues it, which is part of its name wherever it is shown. */
export function titleIn(currency: Pick<CurrencyBody, "name" | "issuer" | "person">): string {
  const { money } = say();
  const name = nameIn(currency.name);
  if (isSelf(currency.person)) return money.byYou(name);
  return money.by(name, personIn(currency.issuer, currency.person));
}

/** A warning where another currency looks like this one; undefined where none does. */
export function lookalikeIn(currency: CurrencyBody): string | undefined {
  if (currency.alike.length === 0) return undefined;
  const others = currency.alike
    .map((other) => `${titleIn(other)} (${other.id.slice(0, ID_CHARS)})`)
    .join(", ");
  return say().money.lookalike(titleIn(currency), others);
}

/** Who owes whom how much, as half a sentence. @param units what they owe you */
export function balanceIn(line: LineBody, units: bigint): string {
  const { money } = say();
  const name = partnerIn(line);
  if (units === 0n) return money.even;
  const sum = unitsIn(units < 0n ? -units : units, line.currency);
  return units > 0n ? money.theyOwe(name, sum) : money.youOweThem(name, sum);
}

/** What the partner of a line is called in a sentence. */
export function partnerIn(line: LineBody): string {
  return personIn(line.with, line.person);
}

/** How a line stands, in words. */
export function stateIn({ state, waitsFor }: LineBody): string {
  const { states } = say().money;
  if (state !== "offered") return states[state];
  return waitsFor === "you" ? states.offeredYou : states.offeredThem;
}

/** An amount of a line's in its smallest unit. */
export function lineUnits(
  line: LineBody,
  what: "balance" | "theyMayOwe" | "youMayOwe" | "lockedOut" | "lockedIn" | "canPay",
): bigint {
  return unitsOf(line[what], line.currency.decimals);
}

/** What all lines in a currency come to, in its smallest unit. */
export interface Totals {
  readonly currency: CurrencyBody;
  readonly owedToYou: bigint;
  readonly youOwe: bigint;
  readonly canPay: bigint;
}

/** Sums of lines, currency by currency, in the order in which they come first; exact whatever they are. */
export function totalsOf(lines: readonly LineBody[]): readonly Totals[] {
  const found = new Map<string, Totals>();
  for (const line of lines) {
    if (line.state === "offered") continue;
    const { currency } = line;
    const balance = lineUnits(line, "balance");
    const before = found.get(currency.id) ?? { currency, owedToYou: 0n, youOwe: 0n, canPay: 0n };
    found.set(currency.id, {
      currency,
      owedToYou: before.owedToYou + (balance > 0n ? balance : 0n),
      youOwe: before.youOwe + (balance < 0n ? -balance : 0n),
      canPay: before.canPay + lineUnits(line, "canPay"),
    });
  }
  return [...found.values()];
}

/** A stretch of a line's picture, in hundredths of its width. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A line as a picture: left of `zero` what you owe and may owe, right of it what they do. */
export interface Picture {
  readonly zero: number;
  readonly owed: Stretch;
  /** What is on its way: from you, and to you. */
  readonly lockedOut: Stretch;
  readonly lockedIn: Stretch;
}

/** The picture of a line. What is owed beyond a limit that was lowered has its place too. */
export function pictureOf(line: LineBody): Picture {
  const balance = lineUnits(line, "balance");
  const after = balance - lineUnits(line, "lockedOut");
  const before = balance + lineUnits(line, "lockedIn");
  const least = -max(lineUnits(line, "youMayOwe"), -after, 0n);
  const most = max(lineUnits(line, "theyMayOwe"), before, 0n);
  const width = most - least;
  const at = (units: bigint): number =>
    width === 0n ? 50 : Number(((units - least) * 10_000n) / width) / 100;
  const stretch = (one: bigint, other: bigint): Stretch =>
    one < other ? { from: at(one), to: at(other) } : { from: at(other), to: at(one) };
  return {
    zero: at(0n),
    owed: stretch(0n, balance),
    lockedOut: stretch(after, balance),
    lockedIn: stretch(balance, before),
  };
}

function max(...all: readonly bigint[]): bigint {
  return all.reduce((most, one) => (one > most ? one : most));
}

/** Entries of a statement in which every word that is looked for stands somewhere, newest first. */
export function findEntries(
  entries: readonly StatementEntryBody[],
  line: LineBody,
  query: string,
): readonly StatementEntryBody[] {
  const { money } = say();
  const newest = entries.toReversed();
  if (query.trim() === "") return newest;
  const { currency } = line;
  return newest.filter((entry) => {
    const at = new Date(entry.atMs);
    const time = [formatTime(entry.atMs, 0), Number.isNaN(at.getTime()) ? "" : at.toISOString()];
    const sums = [entry.amount, sumIn(entry.amount, currency)];
    const who = entry.by === "you" ? money.you : line.with;
    return hasWords(query, [...time, ...sums, entry.memo, money.what[entry.what], who]);
  });
}
