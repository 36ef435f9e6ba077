import { expect, test } from "vitest";
import { MoneyError } from "./errors.ts";
import { LineRefusal } from "./line-refusal.ts";

test.each([
  ["forked", "stopped"],
  ["declined", "stopped"],
  ["elsewhere", "stopped"],
  ["written-here", "exists"],
  ["unsure", "stale"],
  ["unconfirmed", "stale"],
  ["reloading", "disk"],
] as const)("a line that is %s refuses as '%s', with words", (trouble, code) => {
  const refusal = new LineRefusal(trouble);
  expect(refusal).toBeInstanceOf(MoneyError);
  expect([refusal.trouble, refusal.code]).toEqual([trouble, code]);
  expect(refusal.message).toMatch(/^[A-Z].{20,}\.$/);
});
