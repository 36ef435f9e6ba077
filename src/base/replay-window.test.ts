import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplayWindow } from "./replay-window.ts";

const SIZE = 2_048;

test("a number is fresh once; one less than the size back is in the window, the size is not", () => {
  const window = new ReplayWindow(SIZE);
  expect(window.isFresh(0)).toBe(true);
  window.accept(SIZE + 5);
  expect(window.isFresh(SIZE + 5)).toBe(false);
  expect(window.isFresh(6)).toBe(true);
  expect(window.isFresh(5)).toBe(false);
  window.accept(6);
  expect(window.isFresh(6)).toBe(false);
});

test("behaves like a set of all numbers seen, cut off behind the highest", () => {
  const steps = fc.array(fc.integer({ min: -2_500, max: 2_500 }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.nat(2 ** 45), (jumps, start) => {
      const window = new ReplayWindow(SIZE);
      const seen = new Set<number>();
      let highest = -1;
      for (const jump of jumps) {
        const number = Math.max(0, (highest < 0 ? start : highest) + jump);
        const expected = !seen.has(number) && number > highest - SIZE;
        expect(window.isFresh(number)).toBe(expected);
        if (!expected) continue;
        window.accept(number);
        seen.add(number);
        highest = Math.max(highest, number);
        expect(window.highest).toBe(highest);
      }
    }),
    { seed: 3 },
  );
});

test("numbers near the end of a key's life work as small ones do", () => {
  const window = new ReplayWindow(4_096);
  const start = 2 ** 40 - 10;
  for (let number = start; number < start + 10; number++) {
    expect(window.isFresh(number)).toBe(true);
    window.accept(number);
    expect(window.isFresh(number)).toBe(false);
  }
});
