import { expect, test } from "vitest";
import { Codel } from "./codel.ts";
import { CODEL_INTERVAL_MS, CODEL_TARGET_MS } from "./limits.ts";

/** Times of drops while one item a millisecond leaves after such a wait. */
function dropsOf(codel: Codel, fromMs: number, untilMs: number, waitedMs: number): number[] {
  const times: number[] = [];
  for (let nowMs = fromMs; nowMs < untilMs; nowMs++) {
    if (codel.drops(waitedMs, false, nowMs)) times.push(nowMs);
  }
  return times;
}

test("a wait at the target never costs anything below it, nor a burst that is over in time", () => {
  const codel = new Codel();
  expect(dropsOf(codel, 0, 1_000, CODEL_TARGET_MS - 0.1)).toEqual([]);
  expect(dropsOf(codel, 1_000, 1_000 + CODEL_INTERVAL_MS, CODEL_TARGET_MS)).toEqual([]);
  expect(dropsOf(codel, 1_100, 1_101, 0)).toEqual([]);
  expect(dropsOf(codel, 1_101, 1_101 + CODEL_INTERVAL_MS, 50)).toEqual([]);
});

test("a queue that stands loses one after an interval, then more and more often", () => {
  const times = dropsOf(new Codel(), 0, 600, 20);
  expect(times[0]).toBe(CODEL_INTERVAL_MS);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(gaps[0]).toBe(CODEL_INTERVAL_MS);
  expect(gaps.length).toBeGreaterThan(4);
  for (const [index, gap] of gaps.entries()) {
    expect(gap).toBeLessThanOrEqual((gaps[index - 1] ?? CODEL_INTERVAL_MS) + 1);
  }
});

test("the last one is never lost, and a queue that has emptied begins anew", () => {
  const codel = new Codel();
  expect(dropsOf(codel, 0, 300, 20).length).toBeGreaterThan(1);
  expect(codel.drops(20, true, 300)).toBe(false);
  expect(dropsOf(codel, 301, 300 + CODEL_INTERVAL_MS, 20)).toEqual([]);
});
