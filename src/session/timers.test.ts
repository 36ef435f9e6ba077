import fc from "fast-check";
import { expect, test } from "vitest";
import { type Sleeper, Timers } from "./timers.ts";

class TestSleeper implements Sleeper {
  notedMs: number = Number.POSITIVE_INFINITY;
  dueMs: number = Number.POSITIVE_INFINITY;
  woken: number[] = [];

  deadlineMs(): number {
    return this.dueMs;
  }

  wake(nowMs: number): void {
    this.woken.push(nowMs);
    this.dueMs = Number.POSITIVE_INFINITY;
  }
}

test("the next deadline is always the true minimum, and exactly the due ones wake", () => {
  const step = fc.record({ who: fc.nat(9), dueMs: fc.nat(1_000), pass: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const timers = new Timers();
      const sleepers = Array.from({ length: 10 }, () => new TestSleeper());
      let nowMs = 0;
      for (const { who, dueMs, pass } of steps) {
        const sleeper = sleepers[who];
        if (sleeper === undefined) continue;
        sleeper.dueMs = nowMs + dueMs;
        timers.update(sleeper);
        expect(timers.nextMs()).toBe(Math.min(...sleepers.map((each) => each.dueMs)));
        nowMs += pass;
        const due = sleepers.filter((each) => each.dueMs <= nowMs);
        const counts = sleepers.map((each) => each.woken.length);
        timers.wakeDue(nowMs);
        for (const [index, each] of sleepers.entries()) {
          expect(each.woken.length - (counts[index] ?? 0)).toBe(due.includes(each) ? 1 : 0);
        }
      }
    }),
  );
});

test("a deadline that moves on whenever it is looked at does not hold the process", () => {
  const timers = new Timers();
  const runaway = new TestSleeper();
  let clockMs = 0;
  runaway.deadlineMs = () => ++clockMs;
  timers.update(runaway);
  expect(timers.nextMs()).toBeLessThan(1_000);
  timers.wakeDue(500);
});
