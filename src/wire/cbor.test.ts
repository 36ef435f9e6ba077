import { encode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../base/bytes.ts";
import { AssertionError, must } from "../base/errors.ts";
import { decodeCbor } from "./cbor.ts";
import { type CborValue, encodeCbor } from "./cbor-encode.ts";
import { WireError } from "./errors.ts";
import { CBOR_BYTES_MAX, CBOR_DEPTH_MAX, CBOR_ITEMS_MAX } from "./limits.ts";

fc.configureGlobal({ seed: 1 });

/** Everything that Peernet may put into CBOR. */
const { value: anyValue } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((number) => number + 0),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ maxLength: 8 }).filter((name) => name !== "__proto__"),
      tie("value"),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}));

/** The code of the WireError, or "read" where there was none. Any other exception gets out. */
function outcome(bytes: Uint8Array): string {
  try {
    decodeCbor(bytes);
    return "read";
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

/** A text of whole characters: half of a pair cannot be UTF-8. */
function whole(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

function hex(text: string): Uint8Array {
  return must(fromHex(text), "no hexadecimal text");
}

describe("encoding", () => {
  test("any value comes back, in one spelling only", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(decodeCbor(bytes)).toEqual(value);
      }),
    );
  });

  test("is what cborg makes of it, with keys and texts of any length and letters", () => {
    const keyed = fc.dictionary(
      fc.string({ unit: "grapheme", maxLength: 60 }).filter((name) => name !== "__proto__"),
      fc.oneof(anyValue, fc.string({ unit: "binary", maxLength: 300 }).map(whole)),
      { maxKeys: 40, noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.oneof(anyValue, keyed), (value) => {
        expect(toHex(encodeCbor(value))).toBe(toHex(encode(value)));
      }),
    );
  });

  test("numbers at the edges of each size are what cborg makes of them", () => {
    const edges = [24, 2 ** 8, 2 ** 16, 2 ** 32, Number.MAX_SAFE_INTEGER];
    const near = edges.flatMap((edge) => [edge - 2, edge - 1, edge, -edge - 1, -edge, 1 - edge]);
    for (const number of near.filter(Number.isSafeInteger)) {
      expect(toHex(encodeCbor(number))).toBe(toHex(encode(number)));
    }
  });

  test("one document does not change another, and large ones come out whole", () => {
    const [first, large] = [encodeCbor("first"), encodeCbor(new Uint8Array(200_000).fill(7))];
    encodeCbor("third");
    expect(toHex(first)).toBe(toHex(encode("first")));
    expect(large).toEqual(Uint8Array.from(encode(new Uint8Array(200_000).fill(7))));
  });

  test.each([
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [-1, "20"],
    [65_536, "1a00010000"],
    [Number.MAX_SAFE_INTEGER, "1b001fffffffffffff"],
    [Number.MIN_SAFE_INTEGER, "3b001ffffffffffffe"],
    ["\u00fc", "62c3bc"],
    [Uint8Array.of(1, 2), "420102"],
    [[1, [2, 3]], "8201820203"],
    [{ b: 1, a: true, aa: null }, "a36161f5616201626161f6"],
  ])("RFC 8949: %j", (value, text) => {
    expect(toHex(encodeCbor(value))).toBe(text);
  });

  test("bytes are plain arrays, and copies of what was read, also behind Node's Buffer", () => {
    const long = { body: new Uint8Array(3000).fill(1), name: "\u00fc".repeat(50) };
    const frame = Buffer.from(encodeCbor(long));
    const read = decodeCbor(frame) as typeof long;
    frame.fill(0);
    expect(read).toEqual(long);
    expect(Object.getPrototypeOf(read.body)).toBe(Uint8Array.prototype);
    expect(Object.getPrototypeOf(encodeCbor(long))).toBe(Uint8Array.prototype);
  });

  test("a byte order mark stays where it was, in short and long texts and in names", () => {
    const value = { "\ufeffa": ["\ufeff", "\ufeffb", `\ufeff${"c".repeat(100)}`] };
    expect(decodeCbor(encodeCbor(value))).toEqual(value);
  });

  test("the order in which members were set does not matter; undefined ones are left out", () => {
    const one = encodeCbor({ a: 1, b: 2, long: 3 });
    expect(encodeCbor({ long: 3, gone: undefined, b: 2, a: 1 })).toEqual(one);
  });

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "%d is our own mistake",
    (bad) => {
      expect(() => encodeCbor({ a: [bad] })).toThrow(AssertionError);
    },
  );
});

describe("refusals", () => {
  test.each([
    ["nothing at all", "", "malformed"],
    ["a second document", "0000", "malformed"],
    ["a number in too many bytes", "1800", "malformed"],
    ["a number above 2^53-1", "1b0020000000000000", "malformed"],
    ["an indefinite array", "9fff", "malformed"],
    ["a reserved head", "1c", "malformed"],
    ["a float of two bytes", "f93800", "malformed"],
    ["a float of eight bytes", "fb3ff199999999999a", "malformed"],
    ["infinity", "f97c00", "malformed"],
    ["undefined", "f7", "malformed"],
    ["an unknown simple value", "e0", "malformed"],
    ["a tag", "c000", "malformed"],
    ["text that is no UTF-8", "61ff", "malformed"],
    ["members in the wrong order", "a2616201616101", "not-canonical"],
    ["a member twice", "a2616101616102", "malformed"],
    ["a key that is no text", "a10101", "malformed"],
    ["a text cut short", "6261", "malformed"],
    ["an array cut short", "8201", "truncated"],
    ["a map cut short", "a26161", "truncated"],
  ])("%s", (_, text, code) => {
    expect(outcome(hex(text))).toBe(code);
  });

  test("random bytes give a value or a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        outcome(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test("a document with bytes changed, cut or added is another document or a WireError", () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.nat(2) });
    fc.assert(
      fc.property(
        anyValue,
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (value, changes) => {
          let bytes = encodeCbor(value);
          for (const { at, byte, kind } of changes) {
            const place = at % (bytes.length + 1);
            const added = kind === 1 ? [] : [byte];
            const rest = bytes.subarray(place + (kind === 2 ? 0 : 1));
            bytes = concatBytes(bytes.subarray(0, place), Uint8Array.from(added), rest);
          }
          if (outcome(bytes) === "read") {
            expect(encodeCbor(decodeCbor(bytes) as CborValue)).toEqual(bytes);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ["c000", "CBOR tags are not used here."],
  ["d9d9f700", "CBOR tags are not used here."],
  ["f93800", "Floats and undefined are not used here."],
  ["f7", "Floats and undefined are not used here."],
  ["9fff", "Indefinite lengths are not used here."],
  ["1c", "Indefinite lengths are not used here."],
])("%s is refused by its head, before any library reads it", (text, message) => {
  expect(() => decodeCbor(hex(text))).toThrow(
    expect.objectContaining({ name: "WireError", code: "malformed", message }),
  );
});

test("a member called __proto__ is a member like any other and no prototype", () => {
  const read = decodeCbor(hex("a1695f5f70726f746f5f5fa1617801")) as object;
  expect(Object.keys(read)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect("x" in read).toBe(false);
});

describe("limits", () => {
  test("depth at the limit is read, one more is refused", () => {
    const nested = (depth: number) => hex(`${"81".repeat(depth)}00`);
    expect(outcome(nested(CBOR_DEPTH_MAX))).toBe("read");
    expect(outcome(nested(CBOR_DEPTH_MAX + 1))).toBe("too-deep");
  });

  test("the depth of one branch does not count for the next", () => {
    const deep = "81".repeat(CBOR_DEPTH_MAX - 1);
    expect(outcome(hex(`82${deep}00${deep}a0`))).toBe("too-deep");
    expect(outcome(hex(`82${deep}00${deep}01`))).toBe("read");
  });

  test.each([
    ["empty lists", []],
    ["lists that end with an empty one", [1, []]],
    ["lists of several", [1, 2, 3]],
    ["maps of several", { a: 1, b: [2], c: {} }],
  ])("any number of %s side by side is no depth", (_, item) => {
    const items = new Array<CborValue>(4 * CBOR_DEPTH_MAX).fill(item);
    expect(decodeCbor(encodeCbor(items))).toEqual(items);
  });

  test.each([0, 23, 24, 255, 256, 65_535, 65_536])(
    "depth counts behind %d bytes and as many letters too",
    (length) => {
      const behind = (depth: number): Uint8Array => {
        const long = [encodeCbor(new Uint8Array(length)), encodeCbor("x".repeat(length))];
        return concatBytes(hex("83"), ...long, hex(`${"81".repeat(depth - 1)}00`));
      };
      expect(outcome(behind(CBOR_DEPTH_MAX))).toBe("read");
      expect(outcome(behind(CBOR_DEPTH_MAX + 1))).toBe("too-deep");
    },
  );

  test.each(["81", "a161", "a1", "c1", "9f", "bf"])("a bomb of %s is refused", (bracket) => {
    expect(outcome(hex(bracket.repeat(CBOR_BYTES_MAX / 4)))).not.toBe("read");
  });

  test.each(["1b", "5b", "7b", "9b", "bb"])(
    "the head %s with a huge length costs nothing",
    (head) => {
      const before = process.memoryUsage().arrayBuffers;
      for (const length of ["ffffffffffffffff", "0000000100000000", "000000007fffffff"]) {
        expect(["malformed", "truncated", "read"]).toContain(outcome(hex(head + length)));
      }
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
    },
  );

  test("items at the limit are read, one more is refused", () => {
    const list = (items: number) => encodeCbor(new Array<number>(items).fill(0));
    expect(outcome(list(CBOR_ITEMS_MAX - 1))).toBe("read");
    expect(outcome(list(CBOR_ITEMS_MAX))).toBe("too-large");
  });

  test("size at the limit is read, one more is refused", () => {
    const document = (size: number) => encodeCbor(new Uint8Array(size - 5));
    expect(document(CBOR_BYTES_MAX).length).toBe(CBOR_BYTES_MAX);
    expect(outcome(document(CBOR_BYTES_MAX))).toBe("read");
    expect(outcome(document(CBOR_BYTES_MAX + 1))).toBe("too-large");
  });
});
