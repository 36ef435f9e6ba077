import { expect, test } from "vitest";
import type { Timed } from "../ports/index.ts";
import { earliestMs, tickDue, tickDueMs } from "./deadlines.ts";

function room(dueMs: number, log: number[] = []): Timed {
  return { nextDeadlineMs: () => dueMs, tick: () => void log.push(dueMs) };
}

test("the earliest deadline of all counts, and none is never", () => {
  expect(earliestMs([room(7), room(3), room(Number.POSITIVE_INFINITY)])).toBe(3);
  expect(earliestMs([])).toBe(Number.POSITIVE_INFINITY);
});

test("only those that are due do something, in their order", () => {
  const log: number[] = [];
  const rooms = [room(10, log), room(11, log), room(4, log)];
  tickDue(rooms, { monotonicMs: () => 10, wallMs: () => 0 });
  expect(log).toEqual([10, 4]);
});

test("a deadline that is whenever it is asked for has come by then", () => {
  let nowMs = 0;
  let ticks = 0;
  const clock = { monotonicMs: () => ++nowMs, wallMs: () => 0 };
  const eager = { nextDeadlineMs: () => ++nowMs, tick: () => void ticks++ };
  tickDue([eager], clock);
  expect(ticks).toBe(1);
});

test("so has one behind a room that takes long to answer", () => {
  let nowMs = 0;
  let ticks = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => 0 };
  const nextDeadlineMs = () => {
    nowMs += 5;
    return Number.POSITIVE_INFINITY;
  };
  const slow = { nextDeadlineMs, tick: () => void expect.fail() };
  const eager = { nextDeadlineMs: () => nowMs, tick: () => void ticks++ };
  tickDue([slow, eager], clock);
  expect(ticks).toBe(1);
});

test("what is due is done, and the next deadline told: each is asked once where nothing was", () => {
  const clock = { monotonicMs: () => 10, wallMs: () => 0 };
  let asked = 0;
  const nextDeadlineMs = () => {
    asked += 1;
    return 12;
  };
  const later = { nextDeadlineMs, tick: () => void expect.fail() };
  expect(tickDueMs([later, room(11)], clock)).toBe(11);
  expect(asked).toBe(1);
  // What one does makes something due in one that was asked before it.
  let firstMs = 30;
  const first = { nextDeadlineMs: () => firstMs, tick: () => undefined };
  let secondMs = 9;
  const tick = () => {
    [firstMs, secondMs] = [11, 40];
  };
  const second = { nextDeadlineMs: () => secondMs, tick };
  expect(tickDueMs([first, second], clock)).toBe(11);
});
