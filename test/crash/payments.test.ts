import { afterAll, beforeAll, expect, test } from "vitest";
import { Dice, runSeed } from "./dice.ts";
import { storm } from "./storm.ts";
import { Street } from "./street.ts";
import { auditStreet } from "./street-books.ts";

/** A ring of five: two are killed at a time. */
const LINES = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 0],
] as const;
const street = new Street({ houses: 5, lines: LINES, limit: "1000" });

beforeAll(() => street.build(), 120_000);
afterAll(() => street.remove());

test("payments while a part of the street is killed: books balance, receipts verify", async () => {
  const dice = new Dice(runSeed());
  const plan = { payments: 40, hopsMax: 2, atOnce: 6, killed: 2, killsMin: 6 };
  const { begun, kills } = await storm(
    street,
    { ...plan, upMs: 1_500, awayMs: 500, mostMs: 120_000 },
    dice,
  );
  const unrest = await street.calm(240_000);
  const { faults, paid, receipts } = await auditStreet(street, begun);
  console.log(`${begun.length} begun, ${paid} paid, ${kills} kills, ${receipts} receipts`);
  expect(faults).toEqual([]);
  expect(unrest).toEqual([]);
  expect(paid).toBeGreaterThan(10);
  expect(receipts).toBe(2 * paid);
  expect(kills).toBeGreaterThanOrEqual(6);
});
