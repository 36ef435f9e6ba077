import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test("the nearest is found over letters more, less, changed and in the other order", () => {
  const all = ["anna", "ben", "cleo", "status"];
  expect(nearest("ana", all, 1)).toBe("anna");
  expect(nearest("annna", all, 1)).toBe("anna");
  expect(nearest("bem", all, 1)).toBe("ben");
  expect(nearest("cloe", all, 1)).toBe("cleo");
  expect(nearest("sattus", all)).toBe("status");
});

test("what is too far away is no candidate", () => {
  expect(nearest("cat", ["dan"], 1)).toBeUndefined();
  expect(nearest("dan", ["dan"], 0)).toBe("dan");
  expect(nearest("x", ["status"])).toBeUndefined();
  expect(nearest("", [])).toBeUndefined();
});
