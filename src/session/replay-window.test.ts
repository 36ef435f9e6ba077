import fc from "fast-check";
import { expect, test } from "vitest";
import { REPLAY_WINDOW_PACKETS } from "./limits.ts";
import { ReplayWindow } from "./replay-window.ts";

test("each number is fresh once, and never once it is far behind", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { maxLength: 300 }), (numbers) => {
      const window = new ReplayWindow();
      const taken = new Set<number>();
      let highest = -1;
      for (const number of numbers) {
        const fresh = window.isFresh(number);
        if (taken.has(number)) expect(fresh).toBe(false);
        else if (number > highest - REPLAY_WINDOW_PACKETS + 64) expect(fresh).toBe(true);
        if (number <= highest - REPLAY_WINDOW_PACKETS) expect(fresh).toBe(false);
        if (!fresh) continue;
        window.take(number);
        taken.add(number);
        highest = Math.max(highest, number);
      }
    }),
  );
});

test("numbers near the end of a key's life work as small ones do", () => {
  const window = new ReplayWindow();
  const start = 2 ** 40 - 10;
  for (let n = start; n < start + 10; n++) {
    expect(window.isFresh(n)).toBe(true);
    window.take(n);
    expect(window.isFresh(n)).toBe(false);
  }
});
