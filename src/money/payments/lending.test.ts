import fc from "fast-check";
import { expect, test } from "vitest";
import { Lending, lentOf } from "./lending.ts";
import { ASKED_LIFE_MS, ASKED_MAX, KEPT_LEAST_PART, KEPT_MOST_PART } from "./limits.ts";

test("an eighth is kept for others at least, what they asked for, and half at most", () => {
  expect([0, 100, 125, 126, 400, 500, 501, 5_000].map((asked) => lentOf(1_000, asked))).toEqual([
    ...[875, 875, 875, 874, 600, 500, 500, 500],
  ]);
  expect([0, 1, 2, 3, 8, 9].map((total) => lentOf(total, 0))).toEqual([0, 0, 1, 2, 7, 7]);
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(20_000), (total, asked) => {
      const kept = total - lentOf(total, asked);
      expect(kept).toBeGreaterThanOrEqual(total / KEPT_LEAST_PART);
      expect(kept).toBeGreaterThanOrEqual(Math.min(asked, total / KEPT_MOST_PART));
      expect(kept).toBeLessThanOrEqual(Math.ceil(total / KEPT_MOST_PART));
    }),
  );
});

test("what others asked for counts for a while, the most of it, and never against themselves", () => {
  const lending = new Lending();
  lending.note("a", "out", 40, 0);
  lending.note("b", "out", 70, 1_000);
  lending.note("b", "out", 5, 2_000);
  lending.note("c", "elsewhere", 900, 2_000);
  const by = (lineIn: string, nowMs: number) => lending.byOthers(lineIn, "out", nowMs);
  expect([by("a", 3_000), by("b", 3_000), by("c", 3_000)]).toEqual([70, 40, 70]);
  expect([by("c", ASKED_LIFE_MS - 1), by("b", ASKED_LIFE_MS)]).toEqual([70, 0]);
  expect(by("c", 1_000 + ASKED_LIFE_MS)).toBe(0);
  // What comes after the most is over counts anew.
  lending.note("b", "out", 6, 2_000 + ASKED_LIFE_MS);
  expect(by("c", 3_000 + ASKED_LIFE_MS)).toBe(6);
});

test("as many pairs are remembered as there may be, the oldest are forgotten", () => {
  const lending = new Lending();
  for (let at = 0; at < ASKED_MAX; at++) lending.note(`in ${at}`, "out", at === 0 ? 9 : 1, 0);
  expect([lending.size, lending.byOthers("x", "out", 1)]).toEqual([ASKED_MAX, 9]);
  lending.note("one more", "out", 1, 0);
  expect([lending.size, lending.byOthers("x", "out", 1)]).toEqual([ASKED_MAX, 1]);
});
