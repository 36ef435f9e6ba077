import { getHeapSpaceStatistics } from "node:v8";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectAlone, holdYoungGeneration } from "./young-generation.ts";

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"],
    }),
);
afterEach(() => void vi.useRealTimers());

/** Bytes of the space for new objects after many have survived in it, or as soon as it is so large. */
function spaceBytes(enough = Number.POSITIVE_INFINITY): number {
  const kept: unknown[] = [];
  for (let i = 0; i < 400_000; i++) {
    kept.push({ i, at: [i] });
    if (i % 1_000 === 0 && newSpaceBytes() >= enough) break;
  }
  expect(kept.length).toBeGreaterThan(0);
  return newSpaceBytes();
}

function newSpaceBytes(): number {
  const space = getHeapSpaceStatistics().find((one) => one.space_name === "new_space");
  return space?.space_size ?? Number.NaN;
}

// The first test: what has grown stays so for the others.
test("where it is large enough it grows no more once that was looked at", () => {
  const letGrow = holdYoungGeneration();
  vi.advanceTimersByTime(10_000);
  const grown = spaceBytes(4_000_000);
  expect(grown).toBeGreaterThanOrEqual(4_000_000);
  vi.advanceTimersByTime(1_000);
  expect(spaceBytes()).toBeLessThan(1.2 * grown);
  letGrow();
  expect(vi.getTimerCount()).toBe(0);
});

test("what survives at first does not make the space for new objects grow, later it does", () => {
  const letGrow = holdYoungGeneration();
  const held = spaceBytes();
  expect(spaceBytes()).toBeLessThan(1.2 * held);
  vi.advanceTimersByTime(10_000);
  expect(spaceBytes()).toBeGreaterThan(1.5 * held);
  letGrow();
  holdYoungGeneration()();
  expect(vi.getTimerCount()).toBe(0);
});

test("who holds it again begins the time anew", () => {
  holdYoungGeneration();
  vi.advanceTimersByTime(9_000);
  const letGrow = holdYoungGeneration();
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(9_000);
  expect(vi.getTimerCount()).toBe(1);
  letGrow();
  expect(vi.getTimerCount()).toBe(0);
});

test("threads collect alone where there are few processors", () => {
  expect(collectAlone(3)).toBe(false);
  expect(collectAlone(2)).toBe(true);
  expect(collectAlone(1)).toBe(true);
});
