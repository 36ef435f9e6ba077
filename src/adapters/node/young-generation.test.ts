import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FreshThread, GROWN_BYTES } from "./young-generation.fixture.ts";
import { collectAlone, holdYoungGeneration } from "./young-generation.ts";

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"],
    }),
);
afterEach(() => void vi.useRealTimers());

test("what survives at first does not make the space for new objects grow, later it does", async () => {
  const letGrow = holdYoungGeneration();
  const thread = new FreshThread();
  await thread.started();
  for (let round = 0; round < 2; round++) {
    expect(await thread.newSpaceAfterMany()).toBeLessThan(GROWN_BYTES);
  }
  vi.advanceTimersByTime(10_000);
  await thread.newSpaceAfterMany();
  expect(await thread.newSpaceAfterMany()).toBeGreaterThan(GROWN_BYTES);
  await thread.end();
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
