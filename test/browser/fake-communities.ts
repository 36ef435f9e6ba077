import type {
  CommunityAccountBody,
  CommunityBody,
  CommunityListingBody,
  CommunityOrderBody,
  CommunityProposalBody,
  CommunityRulesBody,
  CommunityStatementBody,
} from "../../src/api/contract-community.ts";
import { ApiError } from "../../src/api/errors.ts";
import type { EventHub } from "../../src/api/event-hub.ts";
import { type Route, route } from "../../src/api/route.ts";
import { formatAmount, parseAmount } from "../../src/money/index.ts";
import { schema } from "../../src/wire/index.ts";
import { GROUP_ID } from "./fake-chats.ts";
import { HOSTILE, idOf } from "./fake-data.ts";
import { NOW_MS } from "./fake-time.ts";

/** The community of the fake peer. */
export const COMMUNITY_ID: string = idOf(8000);

/** What the fake peer answers about community currencies. */
export interface FakeCommunities {
  communities: CommunityBody[];
  accounts: CommunityAccountBody[];
  listings: CommunityListingBody[];
  proposals: CommunityProposalBody[];
  entries: CommunityStatementBody["entries"][number][];
  /** What was done, in words. */
  readonly done: string[];
}

const YOU = { name: "you", person: idOf(999) };
const MEMBER = { name: HOSTILE.bidi, person: "02".repeat(16) };
const COMMONS = { name: "the community", person: COMMUNITY_ID };
const OMA = { name: "Oma", person: "03".repeat(16) };

const RULES: CommunityRulesBody = {
  ...{ version: 2, stewards: [YOU, MEMBER, OMA], of: 2, admission: "stewards", limit: "50.00" },
  tellers: [{ ...OMA, exposure: "100.00", perMember: "20.00" }],
  ...{ soft: "30.00", limits: [{ ...MEMBER, limit: "80.00" }], levy: "1.5000" },
  ...{ demurrage: "0.0000", free: "0.00", visible: "members", bearer: "community" },
};

function account(
  who: { readonly name: string; readonly person: string },
  balance: string,
  change: Partial<CommunityAccountBody> = {},
): CommunityAccountBody {
  return {
    ...{ ...who, balance, unsettled: "0.00", limit: "50.00", isLow: false },
    ...{ demurrageDue: "0.00", trouble: null, stoppedBy: null },
    ...change,
  };
}

/** Community currencies of somebody who is a steward of one, or who has none. */
export function fakeCommunities(isEmpty: boolean): FakeCommunities {
  const none = { accounts: [], listings: [], proposals: [], entries: [], done: [] };
  if (isEmpty) return { communities: [], ...none };
  const you = account(YOU, "12.50", { demurrageDue: "0.10" });
  return {
    communities: [
      {
        id: COMMUNITY_ID,
        currency: {
          ...{ id: idOf(8001), name: "Choir hours", unit: "hour", decimals: 2, issuer: "you" },
          ...{
            person: idOf(999),
            group: GROUP_ID,
            title: "Choir hours, by you",
            lookalikes: [],
            alike: [],
          },
        },
        ...{ group: "Choir", isFounded: true, rules: RULES, isSteward: true, seesAll: true },
        ...{ stewardsInReach: 2, accounts: 3, entries: 9, commons: "1.25", sum: "0.00", you },
        ...{ canPay: "60.00", isElsewhere: false, order: null, trouble: null },
        troubleCode: null,
        exposure: [{ ...OMA, amount: "15.00", limit: "100.00" }],
        applicants: [{ name: "Tariq", person: "04".repeat(16) }],
      },
    ],
    accounts: [
      you,
      account(MEMBER, "-42.00", { isLow: true }),
      account(OMA, "28.25", {
        ...{ unsettled: "2.00", trouble: "Two entries of one number count.", stoppedBy: [OMA] },
      }),
    ],
    listings: [
      {
        ...{ id: idOf(8010), kind: "offer", by: OMA, title: "Bread on Fridays", price: "0.50" },
        ...{ text: "Rye, one kilo.", untilMs: NOW_MS + 86_400_000, isYours: false },
      },
      {
        ...{ id: idOf(8011), kind: "want", by: YOU, title: "A ladder", price: null, text: "" },
        ...{ untilMs: NOW_MS + 86_400_000, isYours: true },
      },
    ],
    proposals: [
      {
        ...{ id: idOf(8020), what: "rules, version 3", matter: { t: "rules", version: 3 } },
        ...{ signedBy: [OMA], waitsFor: [YOU, MEMBER] },
        ...{ needed: 2, isSignedByYou: false, rules: { ...RULES, version: 3, limit: "80.00" } },
      },
      {
        ...{ id: idOf(8021), what: "the community spends 1 hour to Oma, paint", signedBy: [YOU] },
        matter: { t: "spend", from: COMMONS, to: OMA, amount: "1.00", memo: "paint" },
        ...{ waitsFor: [OMA], needed: 2, isSignedByYou: true, rules: null },
      },
    ],
    entries: [
      {
        ...{ id: idOf(8030), atMs: NOW_MS - 86_400_000, what: "paid", with: OMA },
        ...{ amount: "13.00", memo: "choir scores" },
      },
      {
        ...{ id: idOf(8031), atMs: NOW_MS - 3_600_000, what: "levy", amount: "-0.50", memo: "" },
        with: COMMONS,
      },
    ],
    done: [],
  };
}

const word = schema.text(300);
const payBody = schema.record({ to: word, amount: word, memo: word });
const whoBody = schema.record({ who: word });
const listingBody = schema.record({
  ...{ kind: schema.oneOf("offer", "want"), title: word, days: schema.integer(1, 90) },
  ...{ text: schema.optional(schema.text(500)), price: schema.optional(word) },
});
const ONE = "/v1/money/communities/{community}";

/** The calls about community currencies of a fake peer. */
export function communityRoutes(fake: FakeCommunities, hub: EventHub): readonly Route[] {
  return [...viewRoutes(fake), ...memberRoutes(fake, hub), ...stewardRoutes(fake, hub)];
}

function one(fake: FakeCommunities, id: string | undefined): CommunityBody {
  const found = fake.communities.find((body) => body.id === id);
  if (found === undefined) throw new ApiError("not-found", "There is no such community here.");
  return found;
}

function put(
  fake: FakeCommunities,
  hub: EventHub,
  id: string | undefined,
  change: Partial<CommunityBody>,
): CommunityBody {
  const body = { ...one(fake, id), ...change };
  fake.communities = fake.communities.map((each) => (each.id === body.id ? body : each));
  hub.emit("community-changed", { id: body.id });
  return body;
}

function viewRoutes(fake: FakeCommunities): readonly Route[] {
  const view = (path: string, answers: string, json: (body: CommunityBody) => unknown): Route =>
    route({
      ...{ method: "GET", path: `${ONE}${path}`, summary: answers, answers },
      handle: (asked) => ({ status: 200, json: json(one(fake, asked.path["community"])) }),
    });
  return [
    route({
      ...{ method: "GET", path: "/v1/money/communities", summary: "All" },
      answers: "CommunitiesBody",
      handle: () => ({ status: 200, json: { communities: fake.communities } }),
    }),
    view("/accounts", "CommunityAccountsBody", (community) => ({
      ...{ community, accounts: fake.accounts },
    })),
    view("/proposals", "CommunityProposalsBody", () => ({ proposals: fake.proposals })),
    view("/listings", "CommunityListingsBody", () => ({ listings: fake.listings })),
    view("/statement", "CommunityStatementBody", (community) => ({
      ...{ community, entries: fake.entries },
    })),
  ];
}

function memberRoutes(fake: FakeCommunities, hub: EventHub): readonly Route[] {
  return [
    route({
      ...{ method: "POST", path: `${ONE}/payments`, summary: "Pay", body: payBody },
      answers: "CommunityPaidBody",
      handle: ({ path, body }) => {
        const units = parseAmount(body.amount, 2);
        const order: CommunityOrderBody = {
          ...{ id: idOf(8040), what: `${body.amount} hours`, state: "waiting", signed: 1 },
          ...{ needed: 2, why: "1 of 2 stewards that are needed are in reach" },
          matter: { t: "pay", to: OMA, amount: formatAmount(units, 2), memo: body.memo },
          reasons: [{ code: "few-stewards", inReach: 1, needed: 2 }],
        };
        fake.done.push(`pay ${body.amount} ${body.memo}`);
        const community = put(fake, hub, path["community"], { order });
        return { status: 201, json: { paid: formatAmount(units, 2), order, community } };
      },
    }),
    route({
      ...{ method: "POST", path: `${ONE}/listings`, summary: "List", body: listingBody },
      answers: "CommunityListingBody",
      handle: ({ path, body: { kind, title, text = "", price = null, days } }) => {
        const made: CommunityListingBody = {
          ...{ id: idOf(8050), kind, title, text, price, by: YOU, isYours: true },
          untilMs: NOW_MS + days * 86_400_000,
        };
        fake.listings = [made, ...fake.listings];
        fake.done.push(`${kind} ${title} ${price} ${days}`);
        put(fake, hub, path["community"], {});
        return { status: 201, json: made };
      },
    }),
    route({
      ...{ method: "DELETE", path: `${ONE}/listings/{listing}`, summary: "Unlist" },
      answers: "nothing",
      handle: ({ path }) => {
        fake.listings = fake.listings.filter(({ id }) => id !== path["listing"]);
        fake.done.push("withdraw");
        put(fake, hub, path["community"], {});
        return { status: 204 };
      },
    }),
  ];
}

function stewardRoutes(fake: FakeCommunities, hub: EventHub): readonly Route[] {
  return [
    route({
      ...{ method: "POST", path: `${ONE}/proposals/{proposal}`, summary: "Sign" },
      answers: "CommunityBody",
      handle: ({ path }) => {
        fake.proposals = fake.proposals.filter(({ id }) => id !== path["proposal"]);
        fake.done.push("sign");
        return { status: 200, json: put(fake, hub, path["community"], {}) };
      },
    }),
    route({
      ...{ method: "POST", path: `${ONE}/admit`, summary: "Admit", body: whoBody },
      answers: "CommunityBody",
      handle: ({ path, body }) => {
        fake.done.push(`admit ${body.who}`);
        return { status: 200, json: put(fake, hub, path["community"], { applicants: [] }) };
      },
    }),
  ];
}
