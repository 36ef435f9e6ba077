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

test("where nothing is said, two edits or a third of the word are near", () => {
  expect(nearest("ab", ["abcd"])).toBe("abcd");
  expect(nearest("ab", ["abcde"])).toBeUndefined();
  expect(nearest("communities", ["commun"])).toBeUndefined();
  expect(nearest("communitiesss", ["communities"])).toBe("communities");
  expect(nearest("abcdefghijkl", ["abcdefgh"])).toBe("abcdefgh");
  expect(nearest("abcdefghijkl", ["abcdefg"])).toBeUndefined();
});

test("letters that change places are one edit, also behind others", () => {
  expect(nearest("pya", ["pay"], 1)).toBe("pay");
  expect(nearest("xpya", ["pay"], 2)).toBe("pay");
  expect(nearest("xpya", ["pay"], 1)).toBeUndefined();
  expect(nearest("status", ["tsatsu"], 2)).toBe("tsatsu");
  expect(nearest("status", ["tsatsu"], 1)).toBeUndefined();
});
