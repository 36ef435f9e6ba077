import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  byteName,
  compareBytes,
  concatBytes,
  cutParts,
  equalAt,
  equalBytes,
  equalSecretAt,
  fromHex,
  fromUtf8,
  NO_BYTES,
  spreadBytes,
  toHex,
  toHexOf,
  utf8,
} from "./bytes.ts";

fc.configureGlobal({ seed: 1 });

const someBytes = fc.uint8Array({ maxLength: 64 });

describe("hexadecimal", () => {
  test("agrees with an independent encoder and comes back", () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        const text = toHex(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(text)).toEqual(bytes);
      }),
    );
  });

  test.each(["0", "0g", "AB", "0x", " 1", "1\u0661"])("%j is refused", (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  test("any text is bytes of exactly that spelling, or refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdefABG") }), (text) => {
        const bytes = fromHex(text);
        if (bytes === undefined) expect(text).not.toMatch(/^([0-9a-f]{2})*$/);
        else expect(toHex(bytes)).toBe(text);
      }),
    );
  });
});

describe("UTF-8", () => {
  test("any well-formed text comes back, also with a byte order mark", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
    expect(fromUtf8(utf8("\ufeffa"))).toBe("\ufeffa");
  });

  test.each([
    ["a lone continuation", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a cut sequence", [0xe2, 0x82]],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("%s is refused", (_, bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe("concatenation and order", () => {
  test("parts follow one another", () => {
    fc.assert(
      fc.property(fc.array(someBytes, { maxLength: 6 }), (parts) => {
        expect(concatBytes(...parts)).toEqual(Uint8Array.from(parts.flatMap((part) => [...part])));
      }),
    );
    expect(concatBytes()).toEqual(NO_BYTES);
  });

  test("bytes are spread over parts, and what is left over becomes zero", () => {
    const parts = [3, 0, 4, 2].map((length) => new Uint8Array(length).fill(9));
    spreadBytes(Uint8Array.of(1, 2, 3, 4, 5), parts);
    expect(parts.map((part) => [...part])).toEqual([[1, 2, 3], [], [4, 5, 0, 0], [0, 0]]);
  });

  test("parts are cut as the one array that they are taken for", () => {
    fc.assert(
      fc.property(
        fc.array(someBytes, { maxLength: 6 }),
        fc.nat(60),
        fc.nat(60),
        (parts, from, length) => {
          const wanted = concatBytes(...parts).subarray(from, from + length);
          const cut = cutParts(parts, from, from + length);
          expect(concatBytes(...cut)).toEqual(wanted);
        },
      ),
    );
  });

  test("equal and compare agree with an independent order", () => {
    fc.assert(
      fc.property(someBytes, someBytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  test("a prefix is smaller and not equal", () => {
    const long = Uint8Array.of(1, 2, 3);
    expect(compareBytes(long.subarray(0, 2), long)).toBeLessThan(0);
    expect(compareBytes(long, long.subarray(0, 2))).toBeGreaterThan(0);
    expect(equalBytes(long.subarray(0, 2), long)).toBe(false);
  });
});

test("a piece of one array is compared with a piece of another where each stands", () => {
  fc.assert(
    fc.property(
      someBytes,
      someBytes,
      fc.nat(70),
      fc.nat(70),
      fc.nat(70),
      (a, b, atA, atB, length) => {
        const [from, to] = [a.subarray(atA, atA + length), b.subarray(atB, atB + length)];
        // Beyond the end of both there is nothing to differ.
        const isWithin = atA + length <= a.length && atB + length <= b.length;
        if (isWithin) expect(equalAt(a, atA, b, atB, length)).toBe(equalBytes(from, to));
        expect(equalAt(a, atA, a.slice(), atA, length)).toBe(true);
      },
    ),
  );
  expect(equalAt(utf8("xxabcx"), 2, utf8("abc"), 0, 3)).toBe(true);
  expect(equalAt(utf8("xxabdx"), 2, utf8("abc"), 0, 3)).toBe(false);
  expect(equalAt(utf8("ab"), 0, utf8("abc"), 0, 3)).toBe(false);
});

test("guesses are compared whole, and never beyond an end", () => {
  const secret = Uint8Array.of(9, 1, 2, 3);
  expect(equalSecretAt(secret, 1, Uint8Array.of(1, 2, 3), 0, 3)).toBe(true);
  for (let at = 0; at < 3; at++) {
    const guess = Uint8Array.of(1, 2, 3);
    guess[at] = 7;
    expect(equalSecretAt(secret, 1, guess, 0, 3)).toBe(false);
  }
  const zeros = new Uint8Array(3);
  expect(equalSecretAt(zeros, 1, zeros, 0, 3)).toBe(false);
  expect(equalSecretAt(zeros, 0, zeros, 1, 3)).toBe(false);
});

test("long bytes become hexadecimal in pieces, and a part of them as if it were cut out", () => {
  for (const length of [31, 32, 33, 63, 64, 65, 200]) {
    const bytes = Uint8Array.from({ length }, (_, at) => 7 * at);
    expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
    expect(toHexOf(bytes, 3, length - 2)).toBe(toHex(bytes.subarray(3, length - 2)));
  }
});

test("different short bytes have different names, of as many characters", () => {
  const names = new Set<string>();
  for (let length = 0; length <= 33; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => 255 - at);
    const name = byteName(bytes);
    expect([...name].map((character) => character.charCodeAt(0))).toEqual([...bytes]);
    names.add(name);
  }
  expect(names.size).toBe(34);
  expect(byteName(Uint8Array.of(0))).not.toBe(byteName(Uint8Array.of(1)));
});

test("parts that hold nothing of what is cut leave no view", () => {
  const parts = [Uint8Array.of(1, 2), NO_BYTES, Uint8Array.of(3, 4), Uint8Array.of(5)];
  expect(cutParts(parts, 2, 4).map((part) => [...part])).toEqual([[3, 4]]);
  expect(cutParts(parts, 1, 2).map((part) => [...part])).toEqual([[2]]);
});
