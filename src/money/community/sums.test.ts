import fc from "fast-check";
import { expect, test } from "vitest";
import { Town } from "../../../test/support/commons.ts";
import { nearestNumber } from "../amount.ts";
import { accountInfo, communityInfo } from "./describe.ts";
import { Ledger } from "./ledger.ts";
import type { Signed } from "./types.ts";

const MOST = BigInt(Number.MAX_SAFE_INTEGER);
const BEN = "b".repeat(32);

/** Acts that give ben these amounts, as stewards have signed them. */
function acts(ledger: Ledger, amounts: readonly number[]): Signed[] {
  const rules = ledger.current?.id ?? "";
  return amounts.map((amount, at) => {
    const id = at.toString(16).padStart(64, "0");
    const about = { id, rules, atS: 1, t: "spend", from: ledger.id, to: BEN } as const;
    const act = { ...about, amount, memo: "", content: new Uint8Array(0) };
    const words = [{ seat: 0, signature: new Uint8Array(64) }];
    return { matter: { t: "act", act }, words, consents: [] };
  });
}

test("sums of a community are exact at 2^53 and beyond, in whatever order they came, and zero together", () => {
  const town = new Town("sums");
  const anna = town.add("anna");
  town.found([anna]);
  const { commune } = anna;
  const first = [...commune.ledger.facts()];
  const small = Number(MOST - 9n * 10n ** 15n);
  const amounts = [...new Array<number>(9).fill(10 ** 15), small, 1, 1, 1];
  fc.assert(
    fc.property(fc.shuffledSubarray(amounts, { minLength: amounts.length }), (some) => {
      const ledger = new Ledger(town.suite, commune.id);
      for (const fact of first) ledger.add(fact);
      for (const fact of acts(ledger, some)) ledger.add(fact, true);
      expect(ledger.account(BEN).total).toBe(MOST + 3n);
      expect(ledger.account(commune.id).total).toBe(-MOST - 3n);
    }),
    { numRuns: 50 },
  );
  const totals: number[] = [];
  for (const fact of acts(commune.ledger, amounts)) {
    commune.ledger.add(fact, true);
    totals.push(accountInfo(commune, BEN).settled);
    expect(communityInfo(commune).sum).toBe(0);
  }
  // Exact up to the edge, and shown as the edge beyond it.
  expect(totals.slice(-5)).toEqual([9e15, ...new Array(4).fill(Number.MAX_SAFE_INTEGER)]);
});

test("a sum as people are told it: at the edge and one above, either way", () => {
  for (const sign of [1n, -1n]) {
    const edge = Number(sign) * Number.MAX_SAFE_INTEGER;
    expect(nearestNumber(sign * (MOST - 1n))).toBe(edge - Number(sign));
    expect(nearestNumber(sign * MOST)).toBe(edge);
    expect(nearestNumber(sign * (MOST + 1n))).toBe(edge);
  }
  expect(nearestNumber(0n)).toBe(0);
});
