import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newSpaceAfterMany } from "./young-generation.fixture.ts";
import { holdYoungGeneration } from "./young-generation.ts";

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"],
    }),
);
afterEach(() => void vi.useRealTimers());

// Alone in its process, as what has grown stays so.
test("where it is large enough it grows no more once that was looked at", () => {
  const letGrow = holdYoungGeneration();
  vi.advanceTimersByTime(10_000);
  const grown = newSpaceAfterMany(4_000_000);
  expect(grown).toBeGreaterThanOrEqual(4_000_000);
  vi.advanceTimersByTime(1_000);
  expect(newSpaceAfterMany()).toBeLessThan(1.2 * grown);
  letGrow();
  expect(vi.getTimerCount()).toBe(0);
});
