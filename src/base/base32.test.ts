import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase32, toBase32 } from "./base32.ts";
import { utf8 } from "./bytes.ts";

fc.configureGlobal({ seed: 1 });

describe("base32", () => {
  test.each([
    ["", ""],
    ["f", "my"],
    ["fo", "mzxq"],
    ["foo", "mzxw6"],
    ["foob", "mzxw6yq"],
    ["fooba", "mzxw6ytb"],
    ["foobar", "mzxw6ytboi"],
  ])("RFC 4648 section 10: %j", (plain, text) => {
    expect(toBase32(utf8(plain))).toBe(text);
    expect(fromBase32(text)).toEqual(utf8(plain));
    expect(fromBase32(text.toUpperCase())).toEqual(utf8(plain));
  });

  test("texts come back whole where the room for them is used again, and beyond", () => {
    for (const length of [0, 1, 32, 479, 480, 481, 2_560, 2_561]) {
      const texts = [1, 2].map((fill) => toBase32(new Uint8Array(length).fill(fill)));
      expect(texts.map((text) => fromBase32(text))).toEqual(
        [1, 2].map((fill) => new Uint8Array(length).fill(fill)),
      );
    }
  });

  test("any bytes come back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(fromBase32(toBase32(bytes))).toEqual(bytes);
      }),
    );
  });

  test("what is read at all has exactly one lower-case spelling", () => {
    const letters = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567ABZ018=-\u212a\u0130");
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 20 }), (text) => {
        const bytes = fromBase32(text);
        if (bytes !== undefined) expect(toBase32(bytes)).toBe(text.toLowerCase());
      }),
    );
  });

  test.each([
    ["a length that no bytes have", "a"],
    ["another such length", "mzx"],
    ["a third such length", "mzxw6y"],
    ["bits behind the last byte", "mz"],
    ["a digit outside the alphabet", "m0"],
    ["padding", "my======"],
    ["the Kelvin sign, whose small letter is k", "\u212ay"],
    ["a space", "my "],
  ])("%s is refused", (_, text) => {
    expect(fromBase32(text)).toBeUndefined();
  });
});
