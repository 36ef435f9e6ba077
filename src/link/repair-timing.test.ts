import { describe, expect, test } from "vitest";
import {
  REPAIR_LIFE_MAX_MS,
  REPAIR_LIFE_MIN_MS,
  REPAIR_LONG_MS,
  REPAIR_QUEUE_MS,
  REPAIR_TOLERANCE_MAX_MS,
  REPAIR_TOLERANCE_MIN_MS,
} from "./limits.ts";
import { RepairTiming } from "./repair-timing.ts";

function timed(...roundTripsMs: readonly number[]): RepairTiming {
  const timing = new RepairTiming();
  for (const [i, ms] of roundTripsMs.entries()) timing.sample(ms, 10 * i);
  return timing;
}

const QUIET = [2, 3, 2, 4, 2, 3];
const times = (count: number, ms: number): number[] => new Array(count).fill(ms);

describe("a queue", () => {
  test("stands where even the shortest round trips are long", () => {
    expect(timed(...QUIET).isQueued).toBe(false);
    const edgeMs = 2 + REPAIR_QUEUE_MS;
    expect(timed(...QUIET, ...times(6, edgeMs)).isQueued).toBe(false);
    expect(timed(...QUIET, ...times(6, edgeMs + 0.1)).isQueued).toBe(true);
  });

  test("is not made of single long round trips", () => {
    expect(timed(...QUIET, 90, 80, 95, 3, 90, 120).isQueued).toBe(false);
  });

  test("is filling where the two newest round trips are long, whatever came before", () => {
    const edgeMs = 2 + REPAIR_QUEUE_MS;
    expect(timed(...QUIET, edgeMs + 0.1, edgeMs).isFilling).toBe(false);
    expect(timed(...QUIET, edgeMs + 0.1, edgeMs + 0.1).isFilling).toBe(true);
    expect(timed(...QUIET, 90, 3).isFilling).toBe(false);
    expect(timed(...times(6, 102), 2, 40, 40).isFilling).toBe(true);
    expect([timed(2, 90).isFilling, timed(2, 90, 90).isFilling]).toEqual([false, true]);
    expect(timed(200, 249, 249).isFilling).toBe(false);
    expect(timed(200, 251, 251).isFilling).toBe(true);
  });

  test("is gone with the first short round trip", () => {
    expect(timed(...QUIET, ...times(6, 60), 3).isQueued).toBe(false);
  });

  test("that is far from its peak is not why something is lost", () => {
    expect(timed(...QUIET, ...times(6, 102), ...times(6, 51)).isQueued).toBe(false);
    expect(timed(...QUIET, ...times(6, 102), ...times(6, 53)).isQueued).toBe(true);
  });

  test("on a long way is long in proportion to it", () => {
    expect(timed(...times(6, 200), ...times(6, 249)).isQueued).toBe(false);
    expect(timed(...times(6, 200), ...times(6, 251)).isQueued).toBe(true);
  });
});

test("a way is long from a round trip of 10 ms on, the shortest lately", () => {
  expect([timed().isLong, timed(REPAIR_LONG_MS).isLong]).toEqual([false, true]);
  expect(timed(50, REPAIR_LONG_MS - 0.1, 50).isLong).toBe(false);
});

describe("waits", () => {
  test("follow the longest recent round trip but one, within bounds", () => {
    expect(timed(...QUIET, 500).retryMs).toBe(6);
    expect(timed(...QUIET, 500, 400).retryMs).toBe(402);
    expect(timed(2).lifeMs).toBe(REPAIR_LIFE_MIN_MS);
    expect(timed(300, 300).lifeMs).toBe(600);
    expect(timed(...times(6, 5_000)).lifeMs).toBe(REPAIR_LIFE_MAX_MS);
    expect(timed(...times(6, 5_000)).retryMs).toBe(REPAIR_LIFE_MAX_MS);
  });

  test("patience is a quarter of the shortest round trip, within bounds", () => {
    expect(timed(20, 40).toleranceMs).toBe(5);
    expect(timed(0.2).toleranceMs).toBe(REPAIR_TOLERANCE_MIN_MS);
    expect(timed(600).toleranceMs).toBe(REPAIR_TOLERANCE_MAX_MS);
  });

  test("where nothing was measured there are waits all the same", () => {
    const { retryMs, lifeMs, toleranceMs, isQueued } = new RepairTiming();
    expect([retryMs, lifeMs, toleranceMs, isQueued]).toEqual([50, REPAIR_LIFE_MIN_MS, 2, false]);
  });
});
