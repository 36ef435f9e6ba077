import { expect, test } from "vitest";
import type {
  CommunityBody,
  CommunityProposalBody,
  CommunityRulesBody,
} from "../../api/client/index.ts";
import {
  communityStatement,
  communityTable,
  foundedWords,
  leftBehind,
  nextStep,
  proposalTable,
  rulesWords,
} from "./community-words.ts";

const person = (name: string) => ({ person: name, name });
const PROPOSAL: CommunityProposalBody = {
  ...{ id: "3f2ab1c9d0", what: "spend 20.00 hours for ben", needed: 2, rules: null },
  matter: { t: "spend", from: person("us"), to: person("ben"), amount: "20.00", memo: "" },
  signedBy: [person("you")],
  waitsFor: [person("ben"), person("cleo")],
  isSignedByYou: true,
};

test("whoever has proposed something hears who signs next, and what they type", () => {
  expect(nextStep("hours", [PROPOSAL])).toBe(
    "Next: ben, cleo. It counts once 2 have signed in all. They type: peernet community sign hours 3f2ab1c9",
  );
  const rules = { version: 2 } as CommunityProposalBody["rules"];
  expect(nextStep("hours", [PROPOSAL, { ...PROPOSAL, id: "77", rules }])).toMatch(
    /and whoever becomes a steward by it\. They type: .* hours 77$/,
  );
  // What others have proposed is not what was done now.
  for (const others of [[], [{ ...PROPOSAL, isSignedByYou: false }]]) {
    expect(nextStep("hours", others)).toBe("Nobody else has to sign: it counts from now.");
  }
});

test("the table says for whom something waits, also to who has signed it", () => {
  expect(proposalTable([PROPOSAL])).toContain("waits for ben, cleo");
  expect(proposalTable([{ ...PROPOSAL, waitsFor: [] }])).not.toContain("waits for");
});

test("what others type can be pasted, also where a name has a space", () => {
  expect(nextStep("coop hours", [PROPOSAL])).toMatch(/community sign 'coop hours' 3f2ab1c9$/);
});

const RULES: CommunityRulesBody = {
  ...{ version: 1, stewards: [person("ben")], of: 1, admission: "group", limit: "50.00" },
  ...{ soft: "30.00", limits: [], levy: "1.0000", demurrage: "0.0000", free: "0.00" },
  ...{ visible: "members", tellers: [], bearer: "community" },
} as unknown as CommunityRulesBody;
const COMMUNITY = {
  ...{ id: "e45cc8c79d", group: "our-coop", isFounded: false, you: null },
  currency: { title: "Coop hours, by ben for a group", unit: "hour" },
} as unknown as CommunityBody;

test("shares are said without zeros, and what there is none of as none", () => {
  const words = rulesWords(RULES, COMMUNITY);
  expect(words).toContain("levy       1 % of each payment");
  expect(words).toContain("demurrage  none\n");
  const other = rulesWords({ ...RULES, levy: "0.0000", demurrage: "0.2500" }, COMMUNITY);
  expect(other).toContain("levy       none\n");
  expect(other).toContain("demurrage  0.25 % a day of what is above 0.00");
});

test("a community is named with its group once", () => {
  expect(communityTable([COMMUNITY])).toMatch(/^Coop hours, by ben {2}our-coop {2}waits/);
});

test("a statement tells times as the one of a line does", () => {
  const entry = { atMs: 0, what: "paid", with: person("ben"), amount: "-1.00", memo: "soup" };
  const body = { entries: [entry] } as unknown as Parameters<typeof communityStatement>[0];
  expect(communityStatement(body)).toContain("1970-01-01 00:00  paid  ben");
});

test("what comes after founding can be typed as it is said", () => {
  const founded = { id: "aabbccdd00", isFounded: true, currency: null };
  expect(foundedWords("hours", founded)).toMatch(/: peernet community join hours$/);
  const waits = foundedWords("-h", { ...founded, isFounded: false });
  expect(waits).toContain("peernet community proposals -- -h;");
  expect(waits).toContain("peernet community sign -- -h ID");
});

test("a second community of one currency is no secret to who founds it, and is told apart by its id", () => {
  const currency = { id: "c1" } as CommunityBody["currency"];
  const founded = { id: "aabbccdd00", isFounded: true, currency };
  const others = [founded, { id: "1122334455", currency }, { id: "99", currency: null }];
  const words = foundedWords("hours", founded, others);
  expect(words).toContain("peernet community join aabbccdd");
  expect(words).toContain("of this currency already, 11223344.");
  expect(foundedWords("hours", founded, [founded])).not.toContain("already");
});

test("whoever leaves a group hears what they owe and have there, and nothing of other groups", () => {
  const body = (group: string, balance: string): CommunityBody =>
    ({
      ...{ id: "aabbccdd00", group, currency: null },
      you: { balance },
    }) as unknown as CommunityBody;
  const of = (balance: string) => leftBehind("coop", [body("coop", balance), body("choir", "9")]);
  expect(of("-42.50")).toEqual([
    "In aabbccdd your balance is -42.50: what you owe its members stays owed.",
  ]);
  expect(of("3.00").join()).toMatch(/3\.00: you can still spend it/);
  expect(of("0.00")).toEqual([]);
});
