import { expect, test } from "vitest";
import { explore } from "../../../test/support/line-explorer.ts";

test("everything that two sides can do in five steps, in every order, keeps the promises", () => {
  const { states, violations } = explore(5);
  expect(violations).toEqual([]);
  expect(states).toBeGreaterThan(3_000);
}, 120_000);
