import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "./errors.ts";
import * as schema from "./schema.ts";

fc.configureGlobal({ seed: 1 });

function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof WireError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

const PERSON = schema.record({
  v: schema.literal(1),
  name: schema.text(8),
  key: schema.bytes(2, 4),
  age: schema.optional(schema.integer(0, 150)),
  tags: schema.list(schema.oneOf("red", "blue"), 2),
  here: schema.boolean,
});

const GOOD = { v: 1, name: "Anna", key: Uint8Array.of(1, 2), tags: ["red"], here: true };

describe("record", () => {
  test("gives back exactly its members", () => {
    expect(PERSON(GOOD, "p")).toEqual(GOOD);
    expect(PERSON({ ...GOOD, age: 30 }, "p")).toEqual({ ...GOOD, age: 30 });
  });

  test.each([
    ["nothing", undefined, "wrong-type: p should be a map."],
    ["null", null, "wrong-type: p should be a map."],
    ["a list", [], "wrong-type: p should be a map."],
    ["bytes", Uint8Array.of(1), "wrong-type: p should be a map."],
    ["a member too many", { ...GOOD, x: 1 }, "out-of-range: p.x should be absent."],
    ["another version", { ...GOOD, v: 2 }, "out-of-range: p.v should be '1'."],
    ["a number as a text", { ...GOOD, name: 1 }, "wrong-type: p.name should be a text."],
    [
      "a long text",
      { ...GOOD, name: "123456789" },
      "out-of-range: p.name should be at most 8 bytes of text.",
    ],
    [
      "wide letters",
      { ...GOOD, name: "\u00fc\u00fc\u00fc\u00fc\u00fc" },
      "out-of-range: p.name should be at most 8 bytes of text.",
    ],
    ["a text as bytes", { ...GOOD, key: "ab" }, "wrong-type: p.key should be bytes."],
    ["a list as bytes", { ...GOOD, key: [1, 2] }, "wrong-type: p.key should be bytes."],
    [
      "few bytes",
      { ...GOOD, key: Uint8Array.of(1) },
      "out-of-range: p.key should be 2 to 4 bytes.",
    ],
    [
      "many bytes",
      { ...GOOD, key: new Uint8Array(5) },
      "out-of-range: p.key should be 2 to 4 bytes.",
    ],
    ["a high number", { ...GOOD, age: 151 }, "out-of-range: p.age should be 0 to 150."],
    ["a negative number", { ...GOOD, age: -1 }, "out-of-range: p.age should be 0 to 150."],
    ["half a year", { ...GOOD, age: 1.5 }, "wrong-type: p.age should be an integer."],
    ["a list as a text", { ...GOOD, tags: "red" }, "wrong-type: p.tags should be a list."],
    [
      "an unknown item",
      { ...GOOD, tags: ["red", "green"] },
      "out-of-range: p.tags[1] should be red or blue.",
    ],
    [
      "a long list",
      { ...GOOD, tags: ["red", "red", "red"] },
      "out-of-range: p.tags should be at most 2 items.",
    ],
    ["1 for true", { ...GOOD, here: 1 }, "wrong-type: p.here should be true or false."],
  ])("refuses %s", (_, value, message) => {
    expect(refusal(() => PERSON(value, "p"))).toBe(message);
  });

  test("limits themselves are inside", () => {
    const full = {
      ...GOOD,
      name: "12345678",
      key: new Uint8Array(4),
      age: 150,
      tags: ["red", "blue"],
    };
    expect(PERSON(full, "p")).toEqual(full);
    const least = { ...GOOD, name: "", key: new Uint8Array(2), age: 0, tags: [] };
    expect(PERSON(least, "p")).toEqual(least);
  });

  test("does not find members on Object.prototype", () => {
    const odd = schema.record({ constructor: schema.optional(schema.boolean) });
    expect(odd({}, "o")).toEqual({});
    const inherits = Object.create({ v: 1, name: "Eve" });
    expect(refusal(() => PERSON(inherits, "p"))).toMatch(/^out-of-range: p\.v/);
  });

  test("anything at all gives a value or a WireError", () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true, withNullPrototype: true }), (value) => {
        refusal(() => PERSON(value, "p"));
      }),
      { numRuns: 500 },
    );
  });
});

test("one length only is said as one", () => {
  expect(refusal(() => schema.bytes(4)(new Uint8Array(3), "k"))).toBe(
    "out-of-range: k should be 4 bytes.",
  );
});

describe("union", () => {
  const shape = schema.union({
    dot: schema.record({ t: schema.literal("dot") }),
    line: schema.record({ t: schema.literal("line"), length: schema.integer(1, 9) }),
  });

  test("reads the shape that t names", () => {
    expect(shape({ t: "line", length: 3 }, "s")).toEqual({ t: "line", length: 3 });
    expect(shape({ t: "dot" }, "s")).toEqual({ t: "dot" });
  });

  test("says which shapes there are", () => {
    expect(refusal(() => shape({ t: "plane" }, "s"))).toBe(
      "out-of-range: s.t is none of dot, line.",
    );
  });

  test.each([
    undefined,
    null,
    "line",
    {},
    { t: "toString" },
    { t: "__proto__" },
    { t: 1 },
    { t: "dot", length: 1 },
    { t: "line" },
  ])("refuses %j", (value) => {
    expect(refusal(() => shape(value, "s"))).not.toBe("accepted");
  });
});
