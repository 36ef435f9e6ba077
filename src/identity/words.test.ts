import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdentityError } from "./errors.ts";
import { entropyToWords, wordsToEntropy } from "./words.ts";

fc.configureGlobal({ seed: 1 });

function refusal(words: readonly string[]): { code: string; message: string } | undefined {
  try {
    wordsToEntropy(words);
    return undefined;
  } catch (error) {
    if (error instanceof IdentityError) return { code: error.code, message: error.message };
    throw error;
  }
}

describe("recovery words", () => {
  test.each([
    [0x00, `${"abandon ".repeat(23)}art`],
    [0x7f, `${"legal winner thank year wave sausage worth useful ".repeat(3).slice(0, -7)}title`],
    [
      0x80,
      `${"letter advice cage absurd amount doctor acoustic avoid ".repeat(3).slice(0, -6)}bless`,
    ],
    [0xff, `${"zoo ".repeat(23)}vote`],
  ])("BIP 39, 32 bytes of %d", (byte, sentence) => {
    const entropy = new Uint8Array(32).fill(byte);
    expect(entropyToWords(entropy).join(" ")).toBe(sentence);
    expect(wordsToEntropy(sentence.split(" "))).toEqual(entropy);
  });

  test("any entropy comes back, however it is typed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (entropy) => {
        const words = entropyToWords(entropy);
        expect(words.length).toBe(24);
        const typed = ["", ...words.map((word) => ` ${word.toUpperCase()}\t`)];
        expect(wordsToEntropy(typed)).toEqual(entropy);
      }),
    );
  });

  test("too few or too many are counted", () => {
    const words = entropyToWords(new Uint8Array(32));
    expect(refusal(words.slice(1))).toMatchObject({ code: "word-count" });
    expect(refusal([...words, "art"])?.message).toContain("There are 25 words");
  });

  test("the wrong word is named with its place", () => {
    const words = entropyToWords(new Uint8Array(32)).with(4, "abandom");
    expect(refusal(words)).toMatchObject({ code: "unknown-word" });
    expect(refusal(words)?.message).toContain('Word 5, "abandom"');
  });

  test("known words that do not belong together are refused", () => {
    const words = entropyToWords(Uint8Array.from({ length: 32 }, (_, i) => 7 * i));
    expect(refusal(words.with(0, "zoo"))).toMatchObject({ code: "words-checksum" });
    expect(refusal(words.with(0, words[1] ?? "").with(1, words[0] ?? ""))?.code).toBe(
      "words-checksum",
    );
  });

  test.each([0, 16, 31, 33])("entropy of %d bytes is refused", (length) => {
    const refused = expect.objectContaining({ name: "IdentityError", code: "bad-seed" });
    expect(() => entropyToWords(new Uint8Array(length))).toThrow(refused);
  });
});
