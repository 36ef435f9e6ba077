import { expect, test } from "vitest";
import type { CurrencyBody, LineBody } from "../../api/client/index.ts";
import { describeLine, lineTable, nextWords } from "./money-words.ts";

const currency: CurrencyBody = {
  ...{ id: "r3y3xscw", name: "Hours", unit: "hour", decimals: 2, issuer: "you", person: "1e2e" },
  ...{ group: null, title: "Hours, by you", lookalikes: [], alike: [] },
};
const line: LineBody = {
  ...{ id: "srcia2", with: "Cleo B", person: "80e7", currency, state: "open", waitsFor: null },
  ...{ balance: "0.00", theyMayOwe: "0.00", youMayOwe: "10.00", canPay: "0.00" },
  ...{ lockedIn: "0.00", lockedOut: "0.00", isHidden: false, isInReach: true, unconfirmed: 0 },
  ...{ trouble: null, troubleCode: null, hasProof: false, isElsewhere: false },
};

test("the list of lines says which are hidden", () => {
  expect(lineTable([line])).not.toContain("hidden");
  expect(lineTable([{ ...line, isHidden: true }])).toMatch(/ hidden$/);
});

test("what is to be typed has names of several words in quotes", () => {
  const offered = describeLine({ ...line, state: "offered", waitsFor: "you" });
  expect(offered).toContain("peernet line accept 'Cleo B' Hours --limit");
  expect(offered).toContain("peernet line close 'Cleo B' Hours");
});

test("whoever issued a group's currency is told of stewards, others of lines", () => {
  expect(nextWords(currency)).toContain("peernet line offer <who> Hours");
  expect(nextWords({ ...currency, group: "6db25958" })).toContain("peernet community found Hours");
  const alike = [{ id: "spg6kxre", name: "Hours", issuer: "Cleo B", person: "80e7" }];
  expect(nextWords({ ...currency, id: "r3y3xscwq4tj", alike })).toContain("<who> r3y3xscw --limit");
});
