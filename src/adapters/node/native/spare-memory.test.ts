import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Ffi } from "./ffi.ts";
import { returnSpareMemory } from "./spare-memory.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function ffiWith(find: Ffi["find"]): Ffi {
  return {
    find,
    ...{ addressOf: () => 0, viewOf: () => new ArrayBuffer(0), errno: () => 0 },
    watch: () => ({ close: () => {} }),
  };
}

test.runIf(process.platform === "linux")("gives memory back until it is stopped", () => {
  const kept: unknown[] = [];
  const stop = returnSpareMemory(
    ffiWith(
      (name) =>
        (...values) =>
          kept.push([name, values]),
    ),
  );
  expect(kept).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(kept).toEqual([["malloc_trim", [0]]]);
  vi.advanceTimersByTime(9_000);
  expect(kept).toHaveLength(2);
  vi.advanceTimersByTime(20_000);
  expect(kept).toHaveLength(4);
  stop();
  vi.advanceTimersByTime(600_000);
  expect(kept).toHaveLength(4);
});

test("does nothing without native calls or without the function", () => {
  vi.stubEnv("PEERNET_FFI", "off");
  returnSpareMemory();
  vi.unstubAllEnvs();
  returnSpareMemory(
    ffiWith(() => {
      throw new RangeError("no such function");
    }),
  );
  expect(vi.getTimerCount()).toBe(0);
});
