import type {
  CommunityBody,
  CommunityListingBody,
  CommunityProposalBody,
  CommunityRulesBody,
  CommunityStatementBody,
} from "../../api/client/index.ts";
import { inert, table } from "../output.ts";
import { isoText, typedCommand } from "../words.ts";
import { amount } from "./money-words.ts";

const ID_CHARS = 8;

/** "12.50 hours" in a community's currency. */
export function inUnits(text: string, { currency }: CommunityBody): string {
  return currency === null ? text : amount(text, currency);
}

const names = (people: readonly { readonly name: string }[]): string =>
  people.length === 0 ? "nobody" : people.map(({ name }) => inert(name)).join(", ");

/** A share without the zeros behind it: "1.0000" is 1. */
const percent = (text: string): string => `${Number(text)} %`;

const levyWords = (levy: string): string =>
  Number(levy) === 0 ? "none" : `${percent(levy)} of each payment, besides it`;

const demurrageWords = (demurrage: string, free: string): string =>
  Number(demurrage) === 0 ? "none" : `${percent(demurrage)} a day of what is above ${free}`;

/** What a community is called where its group stands beside it: "for a group" would be said twice. */
const titleOf = ({ currency, id }: CommunityBody): string =>
  currency === null ? id.slice(0, ID_CHARS) : inert(currency.title.replace(/ for a group$/, ""));

/** Rules, for people. */
export function rulesWords(rules: CommunityRulesBody, body: CommunityBody): string {
  const own = rules.limits.map((one) => `${inert(one.name)} ${one.limit}`).join(", ");
  const tellers = rules.tellers.map(
    (one) => `${inert(one.name)} up to ${one.exposure}, of one member up to ${one.perMember}`,
  );
  return [
    `rules, version ${rules.version}:`,
    `  stewards   ${names(rules.stewards)}; ${rules.of} of ${rules.stewards.length} sign together`,
    `  admission  ${rules.admission === "group" ? "every member of the group who asks" : "stewards look at each"}`,
    `  limit      members may owe ${inUnits(rules.limit, body)}; a warning at ${rules.soft}${own === "" ? "" : `; other limits: ${own}`}`,
    `  levy       ${levyWords(rules.levy)}`,
    `  demurrage  ${demurrageWords(rules.demurrage, rules.free)}`,
    `  seen by    ${rules.visible === "members" ? "all members" : "stewards and tellers; members see what concerns them"}`,
    `  tellers    ${tellers.length === 0 ? "none: where too few stewards are in reach, payments wait" : tellers.join("; ")}`,
    `  losses     what a member owes and never gives is borne by ${rules.bearer === "community" ? "the community" : "the teller who answered for it"}`,
  ].join("\n");
}

/**
 * What comes after founding. @param community as it was typed
 * @param all communities that are here
 */
export function foundedWords(
  community: string,
  { id, isFounded, currency }: Pick<CommunityBody, "id" | "isFounded" | "currency">,
  all: readonly Pick<CommunityBody, "id" | "currency">[] = [],
): string {
  const others = all
    .filter((other) => other.id !== id && currency !== null && other.currency?.id === currency.id)
    .map((other) => other.id.slice(0, ID_CHARS));
  const name = others.length === 0 ? community : id.slice(0, ID_CHARS);
  const next = isFounded
    ? `It is founded. Members come in with: ${typedCommand("community join", [name])}`
    : `It exists once all its stewards have signed. They see what waits, and its ID: ${typedCommand("community proposals", [name])}; then they type: ${typedCommand("community sign", [name])} ID`;
  if (others.length === 0) return next;
  return `${next}\nBeware: there is a community of this currency already, ${others.join(", ")}. Accounts in one are none in the other, and '${inert(community)}' alone means neither; where the first still works, do not sign.`;
}

/** What whoever leaves a group has in its communities. @param group as it is called here */
export function leftBehind(
  group: string,
  communities: readonly CommunityBody[],
): readonly string[] {
  return communities.flatMap((body) => {
    const balance = Number(body.you?.balance ?? 0);
    if (body.group !== group || balance === 0) return [];
    const has = `In ${titleOf(body)} your balance is ${inUnits(body.you?.balance ?? "0", body)}`;
    return [
      balance < 0
        ? `${has}: what you owe its members stays owed.`
        : `${has}: you can still spend it with those of its members who are in reach.`,
    ];
  });
}

/** How this person stands, in words. */
export function balanceLines(body: CommunityBody): readonly string[] {
  const { you } = body;
  if (you === null) {
    const name = body.currency?.unit ?? body.id.slice(0, ID_CHARS);
    return [`You have no account there. Ask for one: ${typedCommand("community join", [name])}`];
  }
  const lines = [
    `Your balance is ${inUnits(you.balance, body)}; you can pay ${inUnits(body.canPay, body)} now.`,
  ];
  if (Number(you.unsettled) !== 0) {
    lines.push(`Not settled yet: ${inUnits(you.unsettled, body)}. A teller answers for it.`);
  }
  if (Number(you.demurrageDue) > 0) {
    lines.push(`For the time since your last payment ${inUnits(you.demurrageDue, body)} are due.`);
  }
  if (you.trouble !== null) lines.push(inert(you.trouble));
  return lines;
}

/** A community, for people. */
export function communityWords(body: CommunityBody): string {
  const lines = [
    `${titleOf(body)}, of the group ${inert(body.group)} (${body.id.slice(0, ID_CHARS)})`,
  ];
  if (body.trouble !== null) lines.push(inert(body.trouble));
  if (body.isFounded) {
    lines.push(...balanceLines(body));
    lines.push(
      `${body.accounts} accounts; the community has ${inUnits(body.commons, body)}; all together ${body.sum}.`,
    );
    lines.push(
      `${body.stewardsInReach} of ${body.rules?.stewards.length ?? 0} stewards are in reach.`,
    );
  }
  if (body.order !== null) {
    const { what, signed, needed, why } = body.order;
    lines.push(
      `Under way: ${inert(what)}; ${signed} of ${needed} stewards have signed. ${inert(why)}`,
    );
  }
  for (const one of body.exposure) {
    if (Number(one.amount) === 0) continue;
    lines.push(
      `${one.name === "you" ? "you answer" : `${inert(one.name)} answers`} for ${inUnits(one.amount, body)} of at most ${one.limit} that stewards have not signed.`,
    );
  }
  if (body.applicants.length > 0) {
    lines.push(`Ask for an account: ${names(body.applicants)}. Yes: peernet community admit …`);
  }
  if (body.rules !== null) lines.push(rulesWords(body.rules, body));
  return lines.join("\n");
}

/** All communities. */
export function communityTable(all: readonly CommunityBody[]): string {
  if (all.length === 0) {
    return "No community yet. 'peernet community found' makes one of a group's currency.";
  }
  return table(
    all.map((body) => [
      titleOf(body),
      inert(body.group),
      body.isFounded ? "" : "waits for its stewards",
      body.you === null ? "no account" : inUnits(body.you.balance, body),
      body.id.slice(0, ID_CHARS),
    ]),
  );
}

/** What waits for stewards. */
export function proposalTable(all: readonly CommunityProposalBody[]): string {
  if (all.length === 0) return "Nothing waits for stewards.";
  const rows = all.map((one) => [
    one.id.slice(0, ID_CHARS),
    inert(one.what),
    `signed by ${names(one.signedBy)}`,
    `${one.needed} needed`,
    one.waitsFor.length === 0 ? "" : `waits for ${names(one.waitsFor)}`,
  ]);
  return table(rows);
}

/** Who has to sign next what you have just proposed, and what they type. @param community as it was typed */
export function nextStep(community: string, all: readonly CommunityProposalBody[]): string {
  const one = all.findLast(({ isSignedByYou }) => isSignedByYou);
  if (one === undefined) return "Nobody else has to sign: it counts from now.";
  const count = `${one.needed} ${one.needed === 1 ? "has" : "have"} signed in all`;
  const fresh = one.rules === null ? "" : ", and whoever becomes a steward by it";
  return `Next: ${names(one.waitsFor)}. It counts once ${count}${fresh}. They type: ${typedCommand("community sign", [community, one.id.slice(0, ID_CHARS)])}`;
}

/** The directory. */
export function listingTable(all: readonly CommunityListingBody[], body: CommunityBody): string {
  if (all.length === 0) return "Nobody offers or wants anything yet.";
  return table(
    all.map((one) => [
      one.id.slice(0, ID_CHARS),
      one.kind === "offer" ? "offers" : "wants",
      inert(one.by.name),
      inert(one.title),
      one.price === null ? "" : inUnits(one.price, body),
      `until ${new Date(one.untilMs).toISOString().slice(0, 10)}`,
      inert(one.text.replace(/\s+/g, " ")),
    ]),
  );
}

/** A statement, for people. */
export function communityStatement({ entries }: CommunityStatementBody): string {
  if (entries.length === 0) return "Nothing yet.";
  const rows = entries.map(({ atMs, what, with: whom, amount: sum, memo }) =>
    [isoText(atMs, 16).replace("T", " "), what, whom.name, sum, memo].map(inert),
  );
  return table([["WHEN", "WHAT", "WITH", "AMOUNT", "MEMO"], ...rows]);
}
