import { community, type MoneyError, parseAmount } from "../../money/index.ts";
import * as schema from "../../wire/schema.ts";
import { communityOrder } from "../community-matters.ts";
import {
  communityAccount,
  communityBody,
  communityListing,
  communityProposal,
} from "../community-views.ts";
import { communityIn, memberIn, payeeIn, postingBody, ruleWish } from "../community-words.ts";
import type { ApiContext } from "../context.ts";
import type { CommunityOrderBody } from "../contract-community.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";

const WORD_BYTES_MAX = 300;
const AMOUNT_BYTES_MAX = 64;
const ENTRIES = 1_000;
const DAYS = 30;
const ROOT = "/v1/money/communities";
const ONE = `${ROOT}/{community}`;

const word = schema.text(WORD_BYTES_MAX);
const amount = schema.text(AMOUNT_BYTES_MAX);
const memo = schema.optional(schema.text(community.limits.MEMO_BYTES_MAX));
const rulesShape = {
  stewards: schema.optional(schema.list(word, community.limits.SEATS_MAX)),
  of: schema.optional(schema.integer(1, community.limits.SEATS_MAX)),
  tellers: schema.optional(
    schema.list(
      schema.record({ who: word, exposure: amount, perMember: amount }),
      community.limits.TELLERS_MAX,
    ),
  ),
  admission: schema.optional(schema.oneOf("group", "stewards")),
  limit: schema.optional(amount),
  soft: schema.optional(amount),
  limits: schema.optional(
    schema.list(schema.record({ who: word, limit: amount }), community.limits.EXCEPTIONS_MAX),
  ),
  levy: schema.optional(amount),
  demurrage: schema.optional(amount),
  free: schema.optional(amount),
  visible: schema.optional(schema.oneOf("members", "stewards")),
  bearer: schema.optional(schema.oneOf("community", "teller")),
};
const rulesBody = schema.record(rulesShape);
const RULES_EXAMPLE = {
  stewards: ["me", "ben", "cleo"],
  of: 2,
  limit: "50",
  soft: "30",
  levy: "1",
};
const newCommunity = schema.record({ currency: word, rules: rulesBody });
const actBody = schema.record({
  ...{ kind: schema.oneOf("spend", "cover"), to: word, amount, from: schema.optional(word), memo },
});
const payBody = schema.record({ to: word, amount, memo });
const whoBody = schema.record({ who: word });
const listingBody = schema.record({
  kind: schema.oneOf("offer", "want"),
  title: schema.text(community.limits.LISTING_TITLE_BYTES_MAX),
  text: schema.optional(schema.text(community.limits.LISTING_TEXT_BYTES_MAX)),
  price: schema.optional(amount),
  days: schema.optional(schema.integer(1, community.limits.LISTING_DAYS_MAX)),
});

type Path = Readonly<Record<string, string>>;
type Done = (error: MoneyError | null) => void;
type Commune = community.Commune;

function communeOf({ peer }: ApiContext, path: Path): Commune {
  return communityIn(peer, path["community"] ?? "");
}

async function acted(context: ApiContext, act: (done: Done) => void): Promise<void> {
  await ask<void>((resolve, reject) => {
    act(settleDone(resolve, reject));
    context.poke();
  });
}

function decimalsOf(commune: Commune): number {
  return community.communityInfo(commune).rules?.currency.decimals ?? 0;
}

/** Communities that are here, and new ones. */
function allRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: ROOT,
      summary: "Community currencies of your groups, with your account in each",
      answers: "CommunitiesBody",
      handle: () => ({
        status: 200,
        json: { communities: peer.communities.all().map((each) => communityBody(peer, each)) },
      }),
    }),
    route({
      method: "POST",
      path: ROOT,
      summary: "Found a community on a currency of a group; all its stewards have to sign",
      body: newCommunity,
      bodyExample: { currency: "hours", rules: RULES_EXAMPLE },
      answers: "CommunityBody",
      handle: async ({ body }) => {
        const currency = peer.money.findCurrency(body.currency);
        const { group = "", decimals } = currency;
        const wish = ruleWish(peer, { group, decimals }, body.rules, undefined);
        const made = await ask<Commune>((resolve, reject) => {
          peer.communityDesk.found(currency, wish, settle(resolve, reject));
          context.poke();
        });
        return { status: 201, json: communityBody(peer, made) };
      },
    }),
    route({
      method: "GET",
      path: ONE,
      summary: "One community: rules, your account, what waits, what tellers answer for",
      answers: "CommunityBody",
      handle: ({ path }) => ({ status: 200, json: communityBody(peer, communeOf(context, path)) }),
    }),
    route({
      method: "GET",
      path: `${ONE}/accounts`,
      summary: "All accounts that you may see",
      answers: "CommunityAccountsBody",
      handle: ({ path }) => {
        const commune = communeOf(context, path);
        const accounts = community
          .accountsOf(commune)
          .map((info) => communityAccount(peer, commune, info));
        return { status: 200, json: { community: communityBody(peer, commune), accounts } };
      },
    }),
  ];
}

function proposalsOf({ peer }: ApiContext, commune: Commune): unknown {
  const all = commune.proposals.all();
  return { proposals: all.map((signed) => communityProposal(peer, commune, signed)) };
}

/** What stewards do. */
function stewardRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: `${ONE}/proposals`,
      summary: "What waits for stewards to sign by hand",
      answers: "CommunityProposalsBody",
      handle: ({ path }) => ({ status: 200, json: proposalsOf(context, communeOf(context, path)) }),
    }),
    route({
      method: "POST",
      path: `${ONE}/rules`,
      summary: "Propose other rules, as a steward; what is left out stays as it is",
      body: rulesBody,
      bodyExample: { limit: "80" },
      answers: "CommunityProposalsBody",
      handle: async ({ path, body }) => {
        const commune = communeOf(context, path);
        const place = { group: commune.head.group, decimals: decimalsOf(commune) };
        const wish = ruleWish(peer, place, body, commune.ledger.current);
        await acted(context, (done) => peer.communityDesk.changeRules(commune, wish, done));
        return { status: 201, json: proposalsOf(context, commune) };
      },
    }),
    route({
      method: "POST",
      path: `${ONE}/acts`,
      summary: "Propose to spend of the community's own, or to bear what somebody does not give",
      body: actBody,
      bodyExample: { kind: "spend", to: "ben", amount: "5", memo: "paint" },
      answers: "CommunityProposalsBody",
      handle: async ({ path, body }) => {
        const commune = communeOf(context, path);
        const { group } = commune.head;
        const wish = {
          ...{ t: body.kind, to: memberIn(peer, group, body.to), memo: body.memo ?? "" },
          from: body.from === undefined ? commune.id : payeeIn(peer, commune, body.from),
          amount: parseAmount(body.amount, decimalsOf(commune)),
        };
        await acted(context, (done) => peer.communityDesk.proposeAct(commune, wish, done));
        return { status: 201, json: proposalsOf(context, commune) };
      },
    }),
    route({
      method: "POST",
      path: `${ONE}/proposals/{proposal}`,
      summary: "Sign a proposal, as a steward",
      answers: "CommunityBody",
      handle: async ({ path }) => {
        const commune = communeOf(context, path);
        const id = path["proposal"] ?? "";
        await acted(context, (done) => peer.communityDesk.sign(commune, id, done));
        return { status: 200, json: communityBody(peer, commune) };
      },
    }),
    route({
      method: "POST",
      path: `${ONE}/admit`,
      summary: "Let somebody in who asks for an account, as a steward",
      body: whoBody,
      bodyExample: { who: "dora" },
      answers: "CommunityBody",
      handle: async ({ path, body }) => {
        const commune = communeOf(context, path);
        const person = memberIn(peer, commune.head.group, body.who);
        await acted(context, (done) => peer.communityDesk.admit(commune, person, done));
        return { status: 200, json: communityBody(peer, commune) };
      },
    }),
  ];
}

/** The order as it is now: still under way, or counted already. */
function orderNow(
  { peer }: ApiContext,
  commune: Commune,
  entry: community.Entry,
): CommunityOrderBody {
  const { order } = community.communityInfo(commune);
  if (order?.id === entry.id) return communityOrder(peer, commune, order);
  const needed = commune.ledger.rules(entry.rules)?.need ?? 0;
  const info = { id: entry.id, entry, words: needed, need: needed, refusals: [] };
  const waiting = communityOrder(peer, commune, { ...info, state: "waiting" });
  return { ...waiting, state: "settled", why: "", reasons: [] };
}

/** What members do with their accounts. */
function memberRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  const simple = (
    what: "join" | "takeover",
    summary: string,
    act: (commune: Commune, done: Done) => void,
  ): Route =>
    route({
      method: "POST",
      path: `${ONE}/${what}`,
      ...{ summary, answers: "CommunityBody" },
      handle: async ({ path }) => {
        const commune = communeOf(context, path);
        await acted(context, (done) => act(commune, done));
        return { status: 202, json: communityBody(peer, commune) };
      },
    });
  return [
    simple("join", "Ask for an account; it begins once enough stewards have signed", (c, done) =>
      peer.communityDesk.join(c, done),
    ),
    simple("takeover", "Write your account with this device: the one that did is lost", (c, done) =>
      peer.communityDesk.takeOver(c, done),
    ),
    route({
      method: "POST",
      path: `${ONE}/payments`,
      summary: "Pay a member, or the community; it counts once enough stewards have signed",
      body: payBody,
      bodyExample: { to: "ben", amount: "12.50", memo: "bread" },
      answers: "CommunityPaidBody",
      handle: async ({ path, body }) => {
        const commune = communeOf(context, path);
        const units = parseAmount(body.amount, decimalsOf(commune));
        const to = payeeIn(peer, commune, body.to);
        const entry = await ask<community.Entry>((resolve, reject) => {
          const done = settle(resolve, reject);
          peer.communityDesk.pay(commune, to, units, body.memo ?? "", done);
          context.poke();
        });
        context.poke();
        const { currency } = community.communityInfo(commune).rules ?? {};
        const paid = currency === undefined ? "" : peer.money.words(units, currency);
        const order = orderNow(context, commune, entry);
        return { status: 201, json: { paid, order, community: communityBody(peer, commune) } };
      },
    }),
    route({
      method: "GET",
      path: `${ONE}/statement`,
      summary: "What happened on your account, oldest first",
      query: {
        limit: `the newest of so many entries, 1 to ${community.limits.STATEMENT_MAX} (${ENTRIES})`,
      },
      answers: "CommunityStatementBody",
      handle: ({ path, query }) => {
        const commune = communeOf(context, path);
        const found = community.statementOf(commune, limitIn(query.get("limit")));
        const entries = found.map((posting) => postingBody(peer, commune, posting));
        return { status: 200, json: { community: communityBody(peer, commune), entries } };
      },
    }),
  ];
}

function limitIn(text: string | null): number {
  if (text === null) return ENTRIES;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= community.limits.STATEMENT_MAX) return limit;
  throw new ApiError("bad-request", `limit is a number of 1 to ${community.limits.STATEMENT_MAX}.`);
}

/** The directory of offers and wants. */
function listingRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: `${ONE}/listings`,
      summary: "What members offer and want, the newest first",
      answers: "CommunityListingsBody",
      handle: ({ path }) => {
        const commune = communeOf(context, path);
        const all = community.listingsOf(commune);
        return {
          status: 200,
          json: { listings: all.map((each) => communityListing(peer, commune, each)) },
        };
      },
    }),
    route({
      method: "POST",
      path: `${ONE}/listings`,
      summary: "Offer or want something",
      body: listingBody,
      bodyExample: { kind: "offer", title: "Bread on Fridays", price: "0.50", days: 30 },
      answers: "CommunityListingBody",
      handle: async ({ path, body: { kind, title, text = "", price, days = DAYS } }) => {
        const commune = communeOf(context, path);
        const units = price === undefined ? 0 : parseAmount(price, decimalsOf(commune), true);
        const made = await ask<community.Listing>((resolve, reject) => {
          const wish = { kind, title, text, price: units, days };
          peer.communityDesk.list(commune, wish, settle(resolve, reject));
          context.poke();
        });
        return { status: 201, json: communityListing(peer, commune, made) };
      },
    }),
    route({
      method: "DELETE",
      path: `${ONE}/listings/{listing}`,
      summary: "Take back what you offer or want",
      answers: "nothing",
      handle: async ({ path }) => {
        const commune = communeOf(context, path);
        const id = path["listing"] ?? "";
        await acted(context, (done) => peer.communityDesk.unlist(commune, id, done));
        return { status: 204 };
      },
    }),
  ];
}

/** Routes about community currencies. */
export function communityRoutes(context: ApiContext): readonly Route[] {
  return [
    ...allRoutes(context),
    ...stewardRoutes(context),
    ...memberRoutes(context),
    ...listingRoutes(context),
  ];
}
