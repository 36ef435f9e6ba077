import { community, formatAmount } from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import { communityOrder, communityPerson, matterBody, matterWords } from "./community-matters.ts";
import type {
  CommunityAccountBody,
  CommunityBody,
  CommunityListingBody,
  CommunityPersonBody,
  CommunityProposalBody,
  CommunityRulesBody,
} from "./contract-community.ts";
import { currencyBody } from "./money-views.ts";

type Commune = community.Commune;
const PERCENT_PLACES = 4;

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
  const signers = info.doubleSigners.map((id) => communityPerson(peer, commune, id));
  const names = signers.map(({ name }) => name).join(" and ");
  const by = signers.length === 0 ? "" : ` Signed twice by ${names}.`;
  return {
    ...communityPerson(peer, commune, info.account),
    ...{ balance: text(info.settled), unsettled: text(info.unsettled), limit: text(info.limit) },
    ...{ isLow: info.isLow, demurrageDue: text(info.demurrageDue) },
    trouble: info.isStopped
      ? `Two entries of one number count: the account pays nothing any more, and can be paid.${by}`
      : null,
    stoppedBy: info.isStopped ? signers : null,
  };
}

/** A community as the API tells it. */
export function communityBody(peer: Peer, commune: Commune): CommunityBody {
  const info = community.communityInfo(commune);
  const { rules } = info;
  const decimals = rules?.currency.decimals ?? 0;
  const text = (units: number): string => formatAmount(units, decimals);
  const who = (id: string): CommunityPersonBody => communityPerson(peer, commune, id);
  const troubleCode = troubleOf(info);
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
    ...{ trouble: troubleCode === null ? null : TROUBLE[troubleCode], troubleCode },
  };
}

const TROUBLE: Readonly<Record<NonNullable<CommunityBody["troubleCode"]>, string>> = {
  "not-founded": "Not all stewards have signed yet: see its proposals.",
  resting:
    "This device was a steward's and its home may be an old copy: it signs nothing until the rules change.",
  low: "You are below the soft limit: earn before you spend more.",
};

function troubleOf(info: community.CommunityInfo): CommunityBody["troubleCode"] {
  if (!info.isFounded) return "not-founded";
  if (info.isResting) return "resting";
  return info.own?.isLow === true ? "low" : null;
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
    matter: matterBody(peer, commune, matter),
    signedBy: [...signers].map(who),
    waitsFor: [...asked].filter((id) => !signers.has(id)).map(who),
    needed: judges?.need ?? fresh.length,
    isSignedByYou: signers.has(commune.self),
    rules: rules === undefined ? null : communityRules(peer, commune, rules),
  };
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
