import fc from "fast-check";
import { expect, test } from "vitest";
import { WindowedLeast } from "./windowed-least.ts";

test("nothing measured is Infinity, also after a reset", () => {
  const lately = new WindowedLeast(10);
  expect(lately.least).toBe(Number.POSITIVE_INFINITY);
  lately.add(3, 0);
  expect(lately.least).toBe(3);
  lately.reset();
  expect(lately.least).toBe(Number.POSITIVE_INFINITY);
});

test("a value counts for one to two windows", () => {
  const value = fc.record({ pauseMs: fc.nat(40), value: fc.nat(1_000) });
  const run = fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (steps) => {
    const lately = new WindowedLeast(100);
    const seen: { readonly atMs: number; readonly value: number }[] = [];
    let nowMs = 0;
    for (const { pauseMs, value } of steps) {
      nowMs += pauseMs;
      lately.add(value, nowMs);
      seen.push({ atMs: nowMs, value });
      const leastOf = (ms: number): number =>
        Math.min(...seen.filter(({ atMs }) => nowMs - atMs < ms).map((each) => each.value));
      expect(lately.least).toBeLessThanOrEqual(leastOf(100));
      // A window begins with the first value after the one before is over, up to a pause later.
      expect(lately.least).toBeGreaterThanOrEqual(leastOf(240 + 1));
    }
  });
  fc.assert(run, { seed: 1 });
});
