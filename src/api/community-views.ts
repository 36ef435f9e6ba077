import { community, formatAmount } from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import type {
  CommunityAccountBody,
  CommunityBody,
  CommunityListingBody,
  CommunityOrderBody,
  CommunityPersonBody,
  CommunityProposalBody,
  CommunityRulesBody,
} from "./contract-community.ts";
import { currencyBody } from "./money-views.ts";

type Commune = community.Commune;
const PERCENT_PLACES = 4;

/** Somebody of a community, or the community itself, by what they are called here. */
export function communityPerson(peer: Peer, commune: Commune, id: string): CommunityPersonBody {
  if (id === commune.id) return { name: "the community", person: id };
  if (id === commune.self) return { name: "you", person: id };
  const member = peer.groups.roster.get(commune.head.group)?.log.members().get(id);
  const name = peer.contacts.byPerson(id)?.petname ?? member?.label ?? id.slice(0, 8);
  return { name, person: id };
}

function decimalsOf(commune: Commune): number {
  return community.communityInfo(commune).rules?.currency.decimals ?? 0;
}

/** Rules as the API tells them. */
export function communityRules(
  peer: Peer,
  commune: Commune,
  rules: community.Rules,
): CommunityRulesBody {
  const text = (units: number): string => formatAmount(units, rules.currency.decimals);
  const who = (id: string): CommunityPersonBody => communityPerson(peer, commune, id);
  return {
    version: rules.number,
    stewards: rules.seats.map(({ person }) => who(person)),
    of: rules.need,
    tellers: rules.tellers.map(({ person, exposure, perMember }) => ({
      ...{ ...who(person), exposure: text(exposure), perMember: text(perMember) },
    })),
    admission: rules.admission,
    ...{ limit: text(rules.creditLimit), soft: text(rules.softLimit) },
    limits: rules.exceptions.map(({ person, limit }) => ({ ...who(person), limit: text(limit) })),
    levy: formatAmount(rules.levyPpm, PERCENT_PLACES),
    demurrage: formatAmount(rules.demurragePpm, PERCENT_PLACES),
    ...{ free: text(rules.demurrageFree), visible: rules.visibility, bearer: rules.bearer },
  };
}

/** An account as the API tells it. */
export function communityAccount(
  peer: Peer,
  commune: Commune,
  info: community.AccountInfo,
): CommunityAccountBody {
  const decimals = decimalsOf(commune);
  const text = (units: number): string => formatAmount(units, decimals);
  const signers = info.doubleSigners.map((id) => communityPerson(peer, commune, id).name);
  const by = signers.length === 0 ? "" : ` Signed twice by ${signers.join(" and ")}.`;
  return {
    ...communityPerson(peer, commune, info.account),
    ...{ balance: text(info.settled), unsettled: text(info.unsettled), limit: text(info.limit) },
    ...{ isLow: info.isLow, demurrageDue: text(info.demurrageDue) },
    trouble: info.isStopped
      ? `Two entries of one number count: the account pays nothing any more, and can be paid.${by}`
      : null,
  };
}

/** What an entry does, in words. */
function entryWords(peer: Peer, commune: Commune, { body }: community.Entry): string {
  if (body.t === "open") return "an account begins";
  if (body.t === "takeover") return "this device writes the account from here on";
  if (body.t === "gather") return "takes in what came";
  const { currency } = community.communityInfo(commune).rules ?? {};
  const amount =
    currency === undefined ? String(body.amount) : peer.money.words(body.amount, currency);
  const memo = body.memo === "" ? "" : `, ${body.memo}`;
  return `${amount} to ${communityPerson(peer, commune, body.to).name}${memo}`;
}

const REASONS: Readonly<Record<string, string>> = {
  asked: "has to let you in by hand",
  gap: "lacks something that comes before, and looks for it",
  limit: "says it is more than may be owed",
  forked: "has another one of this number from you",
  stale: "may not sign it as things are",
  "disk-full": "has a full disk",
};

/** An order under way as the API tells it. */
export function communityOrder(
  peer: Peer,
  commune: Commune,
  order: community.OrderInfo,
): CommunityOrderBody {
  const { stewardsInReach } = community.communityInfo(commune);
  const refusals = order.refusals.map(
    ({ person, code }) =>
      `${communityPerson(peer, commune, person).name} ${REASONS[code] ?? `says no (${code})`}`,
  );
  const reach = `${stewardsInReach} of ${order.need} stewards that are needed are in reach`;
  const missing =
    stewardsInReach < order.need ? [`${reach}; it goes on by itself when more are`] : [];
  const why =
    order.state === "told"
      ? "A teller answers for it until the stewards have signed."
      : [...missing, ...refusals].join("; ");
  return {
    ...{ id: order.id, what: entryWords(peer, commune, order.entry), state: order.state },
    ...{ signed: order.words, needed: order.need, why },
  };
}

/** A community as the API tells it. */
export function communityBody(peer: Peer, commune: Commune): CommunityBody {
  const info = community.communityInfo(commune);
  const { rules } = info;
  const decimals = rules?.currency.decimals ?? 0;
  const text = (units: number): string => formatAmount(units, decimals);
  const who = (id: string): CommunityPersonBody => communityPerson(peer, commune, id);
  return {
    id: info.id,
    currency: rules === undefined ? null : currencyBody(peer, rules.currency),
    group: peer.groups.roster.get(info.group)?.label ?? info.group,
    isFounded: info.isFounded,
    rules: rules === undefined ? null : communityRules(peer, commune, rules),
    ...{ isSteward: info.isSteward, stewardsInReach: info.stewardsInReach },
    ...{ accounts: info.accounts, entries: info.entries },
    ...{ commons: text(info.commons), sum: text(info.sum), canPay: text(info.canPay) },
    ...{ isElsewhere: info.isElsewhere, seesAll: info.seesAll },
    you: info.own === undefined ? null : communityAccount(peer, commune, info.own),
    order: info.order === undefined ? null : communityOrder(peer, commune, info.order),
    exposure: info.exposure.map(({ teller, amount, limit }) => ({
      ...{ ...who(teller), amount: text(amount), limit: text(limit) },
    })),
    applicants: info.applicants.map(who),
    trouble: troubleOf(info),
  };
}

function troubleOf(info: community.CommunityInfo): string | null {
  if (!info.isFounded) return "Not all stewards have signed yet: see its proposals.";
  if (info.isResting) {
    return "This device was a steward's and its home may be an old copy: it signs nothing until the rules change.";
  }
  if (info.own?.isLow === true) {
    return "You are below the soft limit: earn before you spend more.";
  }
  return null;
}

/** A proposal as the API tells it. */
export function communityProposal(
  peer: Peer,
  commune: Commune,
  { matter, words, consents }: community.Signed,
): CommunityProposalBody {
  const judges = commune.ledger.rules(community.judgesOf(matter));
  const rules = matter.t === "rules" ? matter.rules : undefined;
  const own = rules?.seats ?? [];
  const signers = new Set([
    ...words.flatMap(({ seat }) => judges?.seats[seat]?.person ?? []),
    ...consents.flatMap(({ seat }) => own[seat]?.person ?? []),
  ]);
  const fresh = rules === undefined ? [] : community.newcomers(rules, judges);
  const asked = new Set([
    ...(judges?.seats ?? []).map(({ person }) => person),
    ...fresh.flatMap((place) => own[place]?.person ?? []),
  ]);
  const who = (id: string): CommunityPersonBody => communityPerson(peer, commune, id);
  return {
    id: community.idOf(matter),
    what: matterWords(peer, commune, matter),
    signedBy: [...signers].map(who),
    waitsFor: [...asked].filter((id) => !signers.has(id)).map(who),
    needed: judges?.need ?? fresh.length,
    isSignedByYou: signers.has(commune.self),
    rules: rules === undefined ? null : communityRules(peer, commune, rules),
  };
}

function matterWords(peer: Peer, commune: Commune, matter: community.Matter): string {
  if (matter.t === "rules") {
    return matter.rules.number === 1
      ? "found the community"
      : `rules, version ${matter.rules.number}`;
  }
  if (matter.t !== "act") return entryWords(peer, commune, matter.entry);
  const { t, from, to, amount, memo } = matter.act;
  const { currency } = community.communityInfo(commune).rules ?? {};
  const sum = currency === undefined ? String(amount) : peer.money.words(amount, currency);
  const [giver, getter] = [from, to].map((id) => communityPerson(peer, commune, id).name);
  const what = t === "spend" ? "spends" : "bears what is owed:";
  return `${giver} ${what} ${sum} to ${getter}${memo === "" ? "" : `, ${memo}`}`;
}

/** An offer or want as the API tells it. */
export function communityListing(
  peer: Peer,
  commune: Commune,
  listing: community.Listing,
): CommunityListingBody {
  const { id, kind, by, title, text, price, untilS } = listing;
  return {
    ...{ id, kind, title, text, by: communityPerson(peer, commune, by) },
    price: price === 0 ? null : formatAmount(price, decimalsOf(commune)),
    ...{ untilMs: untilS * 1_000, isYours: by === commune.self },
  };
}
