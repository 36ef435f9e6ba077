import { expect, test } from "vitest";
import type { Timed } from "../ports/index.ts";
import { earliestMs, tickDue } from "./deadlines.ts";

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
