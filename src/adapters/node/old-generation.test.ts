import { spawnSync } from "node:child_process";
import { setFlagsFromString } from "node:v8";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectEarlier, earlierFlag } from "./old-generation.ts";

vi.mock("node:v8", async (original) => {
  const v8 = await original<typeof import("node:v8")>();
  return { ...v8, setFlagsFromString: vi.fn(v8.setFlagsFromString) };
});

const KNOWN = "11.3.244.8-node.38";
const flag = earlierFlag();
if (flag === undefined) console.log(`SKIPPED: nothing is known of V8 ${process.versions.v8}`);

const told = (): unknown[] => vi.mocked(setFlagsFromString).mock.calls.map(([text]) => text);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.mocked(setFlagsFromString).mockClear();
});
afterEach(() => void vi.useRealTimers());

test.skipIf(flag === undefined)("the V8 of this Node takes its flag without a word", () => {
  expect(flag).toMatch(/^--[a-z-]+=\d+$/);
  const { status, stderr } = spawnSync(process.execPath, [flag ?? "", "-e", ""], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
});

test.skipIf(flag === undefined)("the bound is close for the start, then V8 chooses", () => {
  collectEarlier(KNOWN);
  vi.advanceTimersByTime(9_999);
  expect(told()).toEqual(["--heap-growing-percent=20"]);
  vi.advanceTimersByTime(1);
  expect(told().slice(1)).toEqual(["--heap-growing-percent=0"]);
  expect(vi.getTimerCount()).toBe(0);
});

test.skipIf(flag === undefined)("who calls again begins anew, and may end it", () => {
  collectEarlier(KNOWN);
  vi.advanceTimersByTime(9_000);
  const letChoose = collectEarlier(KNOWN);
  vi.advanceTimersByTime(9_000);
  expect(told().at(-1)).toBe("--heap-growing-percent=20");
  letChoose();
  expect(told().at(-1)).toBe("--heap-growing-percent=0");
  expect(vi.getTimerCount()).toBe(0);
});

test("other versions are left alone", () => {
  for (const v8 of ["10.2.154.26-node.36", "14.0.1", ""]) {
    expect(earlierFlag(v8)).toBeUndefined();
    collectEarlier(v8)();
  }
  expect(told()).toEqual([]);
});
