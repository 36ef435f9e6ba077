import { expect, test } from "vitest";
import { describe } from "./requests.ts";

test("introductions that one began are told in words, not in codes", () => {
  const sent = [{ id: "1", to: "ben", about: "Dora", state: "not-unwanted" as const, atMs: 0 }];
  const settings = { perDay: 3, relay: false, findable: false };
  const text = describe({ requests: [], sent, settings });
  expect(text).toContain("welcome, or not answered");
  expect(text).not.toContain("not-unwanted");
});
