import { expect, test } from "vitest";
import type { CommunityProposalBody } from "../../api/client/index.ts";
import { nextStep, proposalTable } from "./community-words.ts";

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
