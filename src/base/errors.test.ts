import { describe, expect, test } from "vitest";
import { AssertionError, assert, must, TypedError } from "./errors.ts";

class PotError extends TypedError<"cracked" | "empty"> {
  override readonly name = "PotError";
}

test("a typed error tells its name, its code, its message and what led to it", () => {
  const cause = new RangeError("a stone");
  const error = new PotError("cracked", "The pot is cracked. Take another.", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "PotError", code: "cracked", cause });
  expect(String(error)).toBe("PotError: The pot is cracked. Take another.");
  expect("cause" in new PotError("empty", "The pot is empty.")).toBe(false);
});

describe("promises between pieces of our own code", () => {
  const broken = expect.objectContaining({
    name: "AssertionError",
    code: "assertion",
    message: "pots have lids",
  });

  test("a kept one passes, a broken one throws", () => {
    assert(true, "pots have lids");
    expect(() => assert(false, "pots have lids")).toThrow(broken);
    expect(() => assert(false, "pots have lids")).toThrow(AssertionError);
  });

  test.each([0, "", false, Number.NaN])("%j is there", (value) => {
    expect(must(value, "pots have lids")).toBe(value);
  });

  test.each([undefined, null])("%j is not there", (value) => {
    expect(() => must(value, "pots have lids")).toThrow(broken);
  });
});
