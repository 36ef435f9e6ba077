import type {
  CommunityBody,
  CommunityListingBody,
  CommunityPersonBody,
  CommunityRulesBody,
  CommunityStatementBody,
} from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { shownAmount, textOf, unitsOf } from "./amount.ts";
import { hasWords } from "./find.ts";
import { formatTime } from "./format.ts";
import { isSelf, nameIn, personIn, sumIn, titleIn } from "./money.ts";

/** Digits of an id by which the peer calls somebody without a name. */
const ID_CHARS = 8;
/** Places behind the point of a percentage, as the peer has it. */
export const PERCENT_PLACES = 4;
/** Millionths in one per cent of the smallest step: 0.0001 %. */
const PPM = 1_000_000n;

/** What a community is called: by its currency, else by nothing better than what it is. */
export function communityTitle({ currency }: CommunityBody): string {
  return currency === null ? say().community.unnamed : titleIn(currency);
}

/** Places behind the point of a community's amounts. */
export function decimalsOf({ currency }: CommunityBody): number {
  return currency?.decimals ?? 0;
}

/** An amount of the peer's in a community's currency. */
export function amountIn(text: string, { currency }: CommunityBody): string {
  return currency === null ? shownAmount(text, say().money.point) : sumIn(text, currency);
}

/** The same of the smallest unit. */
export function communitySum(units: bigint, body: CommunityBody): string {
  return amountIn(textOf(units, decimalsOf(body)), body);
}

/** What somebody is called in a sentence about a community; who is unknown by the beginning of their id. */
export function whoIn(
  { name, person }: CommunityPersonBody,
  body: Pick<CommunityBody, "id">,
): string {
  const { community, money } = say();
  if (person === body.id) return community.commons;
  if (isSelf(person)) return community.you;
  if (name === person.slice(0, ID_CHARS)) return money.stranger(name);
  const clean = personIn(name, person);
  const isTaken = [community.you, community.commons].includes(clean.toLowerCase());
  return isTaken ? `“${clean}”` : clean;
}

/** Several people in a sentence. */
export function whoAll(
  people: readonly CommunityPersonBody[],
  body: Pick<CommunityBody, "id">,
): string {
  return people.map((one) => whoIn(one, body)).join(", ");
}

/** A percentage of the peer's such as "1.5000", without what says nothing. */
export function percentIn(text: string): string {
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return shownAmount(short, say().money.point);
}

/** What a payment gives to the community besides, rounded down, in the smallest unit. */
export function levyOn(units: bigint, { levy }: CommunityRulesBody): bigint {
  // 1 % is 10,000 millionths, and has four places.
  return (units * unitsOf(levy, PERCENT_PLACES)) / PPM;
}

/** What rules say, in words. */
export function rulesIn(rules: CommunityRulesBody, body: CommunityBody): readonly string[] {
  const { rules: words } = say().community;
  const sum = (text: string): string => amountIn(text, body);
  const isZero = (text: string): boolean => unitsOf(text, PERCENT_PLACES) === 0n;
  const names = whoAll(rules.stewards, body);
  const { levy, demurrage, limit, soft, stewards, tellers } = rules;
  return [
    stewards.length === 1 ? words.steward(names) : words.stewards(names, rules.of, stewards.length),
    words.limit(sum(limit)),
    ...(soft === limit ? [] : [words.soft(sum(soft))]),
    ...rules.limits.map((one) => words.limitOf(whoIn(one, body), sum(one.limit))),
    isZero(levy) ? words.noLevy : words.levy(percentIn(levy)),
    isZero(demurrage) ? words.noDemurrage : words.demurrage(percentIn(demurrage), sum(rules.free)),
    words.admission[rules.admission],
    words.visible[rules.visible],
    ...(tellers.length === 0 ? [words.noTellers] : []),
    ...tellers.map((one) => words.teller(whoIn(one, body), sum(one.exposure), sum(one.perMember))),
    words.bearer[rules.bearer],
  ];
}

/** What rules say that others do not. */
export function newIn(
  rules: CommunityRulesBody,
  before: CommunityRulesBody | null,
  body: CommunityBody,
): readonly string[] {
  const known = new Set(before === null ? [] : rulesIn(before, body));
  return rulesIn(rules, body).filter((text) => !known.has(text));
}

/** Offers and wants of a kind in which every word that is looked for stands. */
export function findListings(
  listings: readonly CommunityListingBody[],
  query: string,
  kind: CommunityListingBody["kind"] | "all",
): readonly CommunityListingBody[] {
  return listings.filter(
    (one) =>
      (kind === "all" || one.kind === kind) &&
      hasWords(query, [one.title, one.text, nameIn(one.by.name), one.price ?? ""]),
  );
}

/** Entries of an account's statement in which every word that is looked for stands, newest first. */
export function findPostings(
  { entries, community: body }: CommunityStatementBody,
  query: string,
): CommunityStatementBody["entries"] {
  const { what } = say().community;
  return entries
    .toReversed()
    .filter((entry) =>
      hasWords(query, [
        formatTime(entry.atMs, 0),
        ...[what[entry.what], whoIn(entry.with, body), entry.amount, entry.memo],
        amountIn(entry.amount, body),
      ]),
    );
}
