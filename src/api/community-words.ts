import type { PersonId } from "../identity/index.ts";
import { community, formatAmount, MoneyError, parseAmount } from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import { communityPerson } from "./community-matters.ts";
import type { CommunityRulesWish } from "./contract-community.ts";

const PERCENT_PLACES = 4;

/**
 * The community that somebody means: by the beginning of its id, its group, its currency's name or unit.
 * @throws MoneyError("not-found")
 */
export function communityIn(peer: Peer, text: string): community.Commune {
  const wanted = text.trim().toLowerCase();
  const found = peer.communities.all().filter((commune) => {
    const { currency } = community.communityInfo(commune).rules ?? {};
    const label = peer.groups.roster.get(commune.head.group)?.label;
    const names = [label, currency?.name.toLowerCase(), currency?.unit, `${currency?.unit}s`];
    return names.includes(wanted) || (wanted.length >= 4 && commune.id.startsWith(wanted));
  });
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw new MoneyError(
    "not-found",
    one === undefined
      ? `There is no community '${text}' here. 'peernet community list' shows those there are.`
      : `'${text}' may mean several communities. Type the beginning of an id: ${found.map(({ id }) => id.slice(0, 8)).join(", ")}.`,
  );
}

/** The member that somebody means: as the contact, or by what the group calls them. @throws MoneyError("unknown-person") */
export function memberIn(peer: Peer, group: string, text: string): PersonId {
  const wanted = text.trim().toLowerCase();
  const members = peer.groups.roster.get(group)?.log.members() ?? new Map();
  const found: PersonId[] = [];
  for (const [person, { label }] of members as ReadonlyMap<PersonId, { readonly label: string }>) {
    const names = [peer.contacts.byPerson(person)?.petname, label].map((name) =>
      name?.toLowerCase(),
    );
    const isOwn = person === peer.identity.person.personId && wanted === "me";
    if (names.includes(wanted) || person === wanted || isOwn) found.push(person);
  }
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw new MoneyError(
    "unknown-person",
    one === undefined
      ? `'${text}' is nobody in this group. 'peernet group show' lists its members.`
      : `'${text}' may be several members; type a person's id.`,
  );
}

/** Whom a payment is for: a member, or the community's own account. @throws MoneyError("unknown-person") */
export function payeeIn(peer: Peer, commune: community.Commune, text: string): string {
  if (["community", "the community", commune.id].includes(text.toLowerCase())) return commune.id;
  return memberIn(peer, commune.head.group, text);
}

/** What is wished of rules, the rest as before. @throws MoneyError */
export function ruleWish(
  peer: Peer,
  place: { readonly group: string; readonly decimals: number },
  wish: CommunityRulesWish,
  before: community.Rules | undefined,
): community.RuleWish {
  const { group, decimals } = place;
  const who = (text: string): PersonId => memberIn(peer, group, text);
  const amount = (text: string | undefined, usual: number): number =>
    text === undefined ? usual : parseAmount(text, decimals, true);
  const percent = (text: string | undefined, usual: number): number =>
    text === undefined ? usual : parseAmount(text, PERCENT_PLACES, true);
  const stewards = wish.stewards?.map(who) ??
    before?.seats.map(({ person }) => person) ?? [peer.identity.person.personId];
  const half = Math.floor(stewards.length / 2) + 1;
  const isSameCount = before?.seats.length === stewards.length;
  const creditLimit = amount(wish.limit, before?.creditLimit ?? 0);
  return {
    stewards,
    need: wish.of ?? (isSameCount ? before.need : half),
    tellers:
      wish.tellers?.map((one) => ({
        person: who(one.who),
        exposure: amount(one.exposure, 0),
        perMember: amount(one.perMember, 0),
      })) ??
      before?.tellers ??
      [],
    admission: wish.admission ?? before?.admission ?? "group",
    creditLimit,
    softLimit: amount(wish.soft, Math.min(creditLimit, before?.softLimit ?? creditLimit)),
    exceptions:
      wish.limits?.map((one) => ({ person: who(one.who), limit: amount(one.limit, 0) })) ??
      before?.exceptions ??
      [],
    levyPpm: percent(wish.levy, before?.levyPpm ?? 0),
    demurragePpm: percent(wish.demurrage, before?.demurragePpm ?? 0),
    demurrageFree: amount(wish.free, before?.demurrageFree ?? 0),
    visibility: wish.visible ?? before?.visibility ?? "members",
    bearer: wish.bearer ?? before?.bearer ?? "community",
  };
}

/** A statement's entry as the API tells it. */
export function postingBody(
  peer: Peer,
  commune: community.Commune,
  { id, atS, what, other, amount, memo }: community.Posting,
): unknown {
  const decimals = community.communityInfo(commune).rules?.currency.decimals ?? 0;
  const whom = communityPerson(peer, commune, other);
  return { id, atMs: atS * 1_000, what, with: whom, amount: formatAmount(amount, decimals), memo };
}
