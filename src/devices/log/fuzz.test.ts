import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { testRandom } from "../../testing/index.ts";
import { fuzzRound } from "./fuzz.fixture.ts";

const ROUNDS = 60;

test("replicas under honest and hostile operations converge, and what is void stays void", () => {
  const suite = createNodeSuite();
  const random = testRandom("device log");
  const total = { ops: 0, revoked: 0, voided: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const { ops, revoked, voided } = fuzzRound(suite, random.fork("round"));
    total.ops += ops;
    total.revoked += revoked;
    total.voided += voided;
  }
  // The rounds are of use only where such things happen in them.
  expect(total.ops).toBeGreaterThan(ROUNDS * 15);
  expect(total.revoked).toBeGreaterThan(ROUNDS);
  expect(total.voided).toBeGreaterThan(ROUNDS / 20);
});
