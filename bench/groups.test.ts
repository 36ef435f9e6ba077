import { afterEach, expect, test, vi } from "vitest";
import { groupRows } from "./groups.ts";
import { benchRow } from "./row.ts";

const OPTIONS = { full: false };
const groups = {
  good: async () => [benchRow("test.good.rate", 7, "x")],
  broken: async () => {
    throw new RangeError("it broke");
  },
};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("only the groups that were asked for are measured", async () => {
  vi.stubEnv("PEERNET_BENCH_ROWS", "good");
  const rows = await groupRows("test", groups, OPTIONS);
  expect(rows.map(({ id, value }) => [id, value])).toEqual([["test.good.rate", 7]]);
});

test("a group that breaks, and one that does not exist, is a row without a value", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.stubEnv("PEERNET_BENCH_ROWS", "goood,broken,good");
  const rows = await groupRows("test", groups, OPTIONS);
  expect(rows.map(({ id, value }) => [id, value])).toEqual([
    ["test.goood", null],
    ["test.good.rate", 7],
    ["test.broken", null],
  ]);
});
