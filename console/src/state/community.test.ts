import type { Signal } from "@preact/signals";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  CommunityBody,
  CommunityListingBody,
  CommunityRulesBody,
  StatusBody,
} from "../../../src/api/client/index.ts";
import {
  amountIn,
  findListings,
  findPostings,
  levyOn,
  newIn,
  percentIn,
  rulesIn,
  whoIn,
} from "./community.ts";
import type { Loaded } from "./resource.ts";
import { resources } from "./views.ts";

const SELF = "0b".repeat(16);
const ANNA = { name: "Anna", person: "0a".repeat(16) };
const YOU = { name: "you", person: SELF };
const status = resources.status.state as Signal<Loaded<StatusBody>>;

const rules: CommunityRulesBody = {
  ...{ version: 1, stewards: [YOU, ANNA], of: 2, tellers: [], admission: "group" },
  ...{ limit: "50.00", soft: "50.00", limits: [], levy: "1.5000", demurrage: "0.0000" },
  ...{ free: "0.00", visible: "members", bearer: "community" },
};

const body: CommunityBody = {
  ...{ id: "c".repeat(52), group: "coop", isFounded: true, rules, isSteward: true },
  currency: {
    ...{ id: "h".repeat(52), name: "Coop hours", unit: "hour", decimals: 2, issuer: "you" },
    ...{ person: SELF, group: "0c".repeat(16), title: "", lookalikes: [], alike: [] },
  },
  ...{ stewardsInReach: 2, accounts: 2, entries: 2, commons: "0.00", sum: "0.00", you: null },
  ...{ isElsewhere: false, seesAll: true, canPay: "50.00", order: null, exposure: [] },
  ...{ applicants: [], trouble: null, troubleCode: null },
};

beforeAll(() => {
  status.value = { data: { personId: SELF } as StatusBody, error: undefined };
});
afterAll(() => {
  status.value = { data: undefined, error: undefined };
});

describe("who is meant in a community", () => {
  test("by the key, whatever somebody is called", () => {
    expect(whoIn(YOU, body)).toBe("you");
    expect(whoIn({ name: "you", person: ANNA.person }, body)).toBe("“you”");
    expect(whoIn({ name: "anything", person: body.id }, body)).toBe("the community");
    expect(whoIn({ name: "The Community", person: ANNA.person }, body)).toBe("“The Community”");
    expect(whoIn({ name: "0a0a0a0a", person: ANNA.person }, body)).toBe("a stranger (0a0a0a0a)");
  });
});

describe("amounts of a community", () => {
  test("have its unit, or none where its currency is not known", () => {
    expect(amountIn("1.00", body)).toBe("1.00 hour");
    expect(amountIn("12.50", { ...body, currency: null })).toBe("12.50");
  });

  test("percentages are shown without what says nothing", () => {
    expect(["0.0000", "1.0000", "1.5000", "10.0000", "0.0001", "10"].map(percentIn)).toEqual([
      ...["0", "1", "1.5", "10", "0.0001", "10"],
    ]);
  });

  test("a levy is rounded down, to the last digit of large sums", () => {
    expect(levyOn(1_250n, { ...rules, levy: "1.0000" })).toBe(12n);
    expect(levyOn(4_550n, rules)).toBe(68n);
    expect(levyOn(66n, rules)).toBe(0n);
    expect(levyOn(999_999_999_999_999n, { ...rules, levy: "10.0000" })).toBe(99_999_999_999_999n);
    expect(levyOn(5n, { ...rules, levy: "0.0000" })).toBe(0n);
  });
});

describe("rules in words", () => {
  test("say everything once, and a soft limit only where there is one", () => {
    expect(rulesIn(rules, body)).toEqual([
      "Stewards: you, Anna. 2 of 2 sign together.",
      "A member may owe up to 50.00 hours.",
      "Each payment gives 1.5 % to the community, on top of it.",
      "What lies still keeps its worth.",
      "Every member of the group who asks has an account.",
      "All members see all balances.",
      "There is no teller: where too few stewards are in reach, payments wait.",
      "What a member owes and never gives is borne by the community.",
    ]);
    const others: CommunityRulesBody = {
      ...{ ...rules, stewards: [ANNA], of: 1, soft: "30.00", levy: "0.0000", demurrage: "0.1000" },
      ...{ free: "20.00", limits: [{ ...ANNA, limit: "80.00" }], admission: "stewards" },
      tellers: [{ ...ANNA, exposure: "100.00", perMember: "20.00" }],
    };
    expect(rulesIn(others, body)).toEqual(
      expect.arrayContaining([
        "Steward: Anna, alone.",
        "Who owes more than 30.00 hours is warned.",
        "Anna may owe up to 80.00 hours.",
        "Payments give nothing to the community.",
        "Of what is above 20.00 hours, 0.1 % a day go to the community.",
        "Where too few stewards are in reach, Anna lets payments go on: up to 100.00 hours in all, and 20.00 hours of each member.",
      ]),
    );
  });

  test("what a proposal changes is what it says and the rules that hold do not", () => {
    expect(newIn({ ...rules, limit: "80.00", soft: "80.00" }, rules, body)).toEqual([
      "A member may owe up to 80.00 hours.",
    ]);
    expect(newIn(rules, rules, body)).toEqual([]);
    expect(newIn(rules, null, body)).toEqual(rulesIn(rules, body));
  });
});

describe("finding", () => {
  const listing: CommunityListingBody = {
    ...{ id: "1", kind: "offer", by: ANNA, title: "Bread on Fridays", text: "Rye", price: "0.50" },
    ...{ untilMs: 0, isYours: false },
  };
  const want: CommunityListingBody = { ...listing, id: "2", kind: "want", title: "A ladder" };

  test("in the directory: every word somewhere, of the kind that is asked for", () => {
    const all = [listing, want];
    expect(findListings(all, "", "all")).toEqual(all);
    expect(findListings(all, "  bread   ANNA ", "all")).toEqual([listing]);
    expect(findListings(all, "rye", "want")).toEqual([want]);
    expect(findListings(all, "rye honey", "all")).toEqual([]);
  });

  test("in a statement: newest first, by what it was, with whom and how much", () => {
    const entry = { id: "1", atMs: 0, what: "paid", with: ANNA, amount: "12.50", memo: "bread" };
    const levy = { ...entry, id: "2", what: "levy", with: { name: "", person: body.id } };
    const statement = { community: body, entries: [entry, { ...levy, memo: "" }] } as const;
    const found = (query: string): readonly string[] =>
      findPostings(statement as Parameters<typeof findPostings>[0], query).map(({ id }) => id);
    expect(found("")).toEqual(["2", "1"]);
    expect(found("anna 12.50")).toEqual(["1"]);
    expect(found("levy community")).toEqual(["2"]);
    expect(found("nothing")).toEqual([]);
  });
});
