import { expect, test, vi } from "vitest";
import { dialPlace } from "./dial.ts";
import { LOOKUPS_MAX } from "./limits.ts";

/** Lookups that have been asked for and not answered. */
const waiting: ((error: Error | null, found: readonly object[]) => void)[] = [];

vi.mock("node:dns", () => ({
  lookup: (_name: string, _options: object, done: (typeof waiting)[number]) => waiting.push(done),
}));

test("names being looked up for others: at the limit and one above", () => {
  const told: (string | null)[] = [];
  const dial = (index: number): (() => void) =>
    dialPlace(
      { t: "internet", host: `host${index}.example`, port: 80, mayReach: () => true },
      (refusal) => told.push(refusal),
    );
  for (let index = 0; index < LOOKUPS_MAX; index++) dial(index);
  expect([waiting.length, told]).toEqual([LOOKUPS_MAX, []]);
  dial(LOOKUPS_MAX);
  expect([waiting.length, told]).toEqual([LOOKUPS_MAX, ["busy"]]);
  // What needs no lookup is not held up, and a name that fails makes room.
  dialPlace(
    { t: "internet", host: "10.0.0.1", port: 80, mayReach: () => false },
    () => undefined,
  )();
  waiting.shift()?.(new Error("no such name"), []);
  expect(told).toEqual(["busy", "unreachable"]);
  dial(LOOKUPS_MAX);
  expect([waiting.length, told.length]).toEqual([LOOKUPS_MAX, 2]);
});
