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

// Small windows are crowded: each bit of theirs is used again and again.
test.each([
  [32, 40],
  [64, 70],
  [64, 300],
  [SIZE, 2_500],
])("%d behaves like a set of all numbers seen, cut off behind the highest", (size, longest) => {
  const steps = fc.array(fc.integer({ min: -longest, max: longest }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.nat(2 ** 45), (jumps, start) => {
      const window = new ReplayWindow(size);
      const seen = new Set<number>();
      let highest = -1;
      for (const jump of jumps) {
        const number = Math.max(0, (highest < 0 ? start : highest) + jump);
        const expected = !seen.has(number) && number > highest - size;
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

test.each([1, 31, 32, 64, 95, 96, 97, 1_000])(
  "%d numbers left out in a full window are fresh",
  (gap) => {
    const size = 64;
    const window = new ReplayWindow(size);
    for (let number = 0; number < 200; number++) window.accept(number);
    const highest = 199 + gap + 1;
    expect(window.isFresh(highest)).toBe(true);
    window.accept(highest);
    for (let number = highest - size + 1; number <= highest; number++) {
      expect(window.isFresh(number)).toBe(number > 199 && number < highest);
    }
  },
);

test("numbers near the end of a key's life work as small ones do", () => {
  const window = new ReplayWindow(4_096);
  const start = 2 ** 40 - 10;
  for (let number = start; number < start + 10; number++) {
    expect(window.isFresh(number)).toBe(true);
    window.accept(number);
    expect(window.isFresh(number)).toBe(false);
  }
});
