import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { suite } from "../../test/support/village.ts";
import { utf8 } from "../base/bytes.ts";
import { testIdentity, testRandom } from "../testing/index.ts";
import { encodeCbor } from "../wire/index.ts";
import { MessagesError } from "./errors.ts";
import { decodeItem, type Item, itemWrite } from "./item.ts";
import { SEALED_BYTES_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { openLetter, type Place, sealLetter } from "./sealed.ts";
import { checkText } from "./text.ts";

const random = testRandom("letters");
const [anna, ben, cleo] = ["anna", "ben", "cleo"].map((name) => testIdentity(suite, name).person);
const place: Place = { feedId: "00".repeat(16), seq: 3 };
const letter = { text: "Grüße\n\tan alle", sentAtMs: 1_704_067_200_000 };

function keysOf(person: typeof anna): NonNullable<typeof anna> {
  if (person === undefined) throw new RangeError("three people are made above");
  return person;
}

function seal(text: string = letter.text, from = anna): Uint8Array {
  const keys = { suite, random, from: keysOf(from).dhKey };
  return sealLetter(keys, keysOf(ben).dhKey.publicKey, place, { ...letter, text });
}

function open(sealed: Uint8Array, at: Place = place, to = ben): unknown {
  const keys = { suite, random, to: keysOf(to).dhKey };
  return openLetter(keys, keysOf(anna).dhKey.publicKey, at, sealed);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof MessagesError) return error.code;
    throw error;
  }
  return "none";
}

describe("sealed letters", () => {
  test("open for their recipient, at their place", () => {
    expect(open(seal())).toEqual(letter);
    const longest = "ü".repeat(TEXT_BYTES_MAX / 2);
    expect(seal(longest).length).toBeLessThanOrEqual(SEALED_BYTES_MAX);
    expect(open(seal(longest))).toEqual({ ...letter, text: longest });
  });

  test("open nowhere else, for nobody else, and from nobody else", () => {
    const sealed = seal();
    expect(codeOf(() => open(sealed, { ...place, seq: 4 }))).toBe("unreadable");
    expect(codeOf(() => open(sealed, { ...place, feedId: "01".repeat(16) }))).toBe("unreadable");
    expect(codeOf(() => open(sealed, place, cleo))).toBe("unreadable");
    expect(codeOf(() => open(seal(letter.text, cleo)))).toBe("unreadable");
    expect(codeOf(() => open(seal("not\u0007allowed")))).toBe("unreadable");
    expect(codeOf(() => open(new Uint8Array(SEALED_BYTES_MAX + 1)))).toBe("unreadable");
  });

  test("that were changed or made up are refused with a typed error and nothing else", () => {
    const sealed = seal();
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const mutated = sealed.slice();
        mutated[at % sealed.length] = (mutated[at % sealed.length] ?? 0) ^ flip;
        expect(codeOf(() => open(mutated))).toBe("unreadable");
      }),
      { seed: 7, numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(codeOf(() => open(bytes))).toBe("unreadable");
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe("texts", () => {
  test.each([
    ["", "empty"],
    ["a".repeat(TEXT_BYTES_MAX), "none"],
    ["a".repeat(TEXT_BYTES_MAX + 1), "too-long"],
    ["é".repeat(TEXT_BYTES_MAX / 2), "none"],
    [`${"é".repeat(TEXT_BYTES_MAX / 2)}a`, "too-long"],
    ["line\nand\ttab", "none"],
    ["carriage\rreturn", "bad-characters"],
    ["escape \u001b[31m", "bad-characters"],
    ["next line \u0085", "bad-characters"],
    ["half a pair \ud83d", "bad-characters"],
    ["עברית 👩‍👩‍👧 नमस्ते", "none"],
  ])("case %# is %s", (text, code) => {
    expect(codeOf(() => checkText(text))).toBe(code);
  });
});

describe("stored items", () => {
  test("come back as they were", () => {
    const item: Item = {
      id: "00000000000f",
      personId: "ab".repeat(16),
      direction: "out",
      feedId: "cd".repeat(16),
      seq: 5,
      readable: true,
      sentAtMs: 1,
      state: "delivered",
      deliveredAtMs: 2,
    };
    for (const each of [item, { ...item, state: "waiting", deliveredAtMs: null } as const]) {
      const { key, value } = itemWrite(each);
      expect(key).toBe("messages/i/00000000000f");
      expect(decodeItem(each.id, value ?? utf8(""))).toEqual(each);
    }
    expect(() => decodeItem("0", encodeCbor({ v: 2 }))).toThrow("message");
  });
});
