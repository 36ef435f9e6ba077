import fc from "fast-check";
import { expect, test } from "vitest";
import { REPLAY_WINDOW_FRAMES } from "./limits.ts";
import { ReplayWindow } from "./replay-window.ts";

test("a number is fresh once, and 2,047 back is still in the window but 2,048 is not", () => {
  const window = new ReplayWindow();
  expect(window.isFresh(0)).toBe(true);
  window.accept(REPLAY_WINDOW_FRAMES + 5);
  expect(window.isFresh(REPLAY_WINDOW_FRAMES + 5)).toBe(false);
  expect(window.isFresh(6)).toBe(true);
  expect(window.isFresh(5)).toBe(false);
  window.accept(6);
  expect(window.isFresh(6)).toBe(false);
});

test("behaves like a set of all numbers seen, cut off behind the highest", () => {
  const steps = fc.array(fc.integer({ min: -2_500, max: 2_500 }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.nat(2 ** 45), (jumps, start) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const jump of jumps) {
        const counter = Math.max(0, (highest < 0 ? start : highest) + jump);
        const expected = !seen.has(counter) && counter > highest - REPLAY_WINDOW_FRAMES;
        expect(window.isFresh(counter)).toBe(expected);
        if (!expected) continue;
        window.accept(counter);
        seen.add(counter);
        highest = Math.max(highest, counter);
        expect(window.highest).toBe(highest);
      }
    }),
    { seed: 3 },
  );
});
