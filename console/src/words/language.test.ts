import { describe, expect, test } from "vitest";
import { ENGLISH } from "./english.ts";
import { GERMAN } from "./german.ts";
import { wantedLanguage } from "./language.ts";

/** Every member of a tree of words, as a path and what it says with arguments that stand out. */
function linesOf(words: object, path = ""): [string, string][] {
  return Object.entries(words).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    const at = `${path}.${name}`;
    if (typeof value === "string") return [[at, value]];
    if (typeof value === "function") {
      const say = value as (...values: unknown[]) => string;
      return [[at, say("7", "8", "9", "10")]];
    }
    return linesOf(value as object, at);
  });
}

/** What one types is the same in every language. */
const COMMAND = "peernet console --lan";

/** Without what the peer itself says, in English. */
const { refusals: _none, told: _nothing, ...PAGE } = ENGLISH;
const { refusals, told, ...GERMAN_PAGE } = GERMAN;

describe("the words of the page", () => {
  const english = linesOf(PAGE);
  const german = new Map(linesOf(GERMAN_PAGE));

  test("what the peer refuses has words in every language but its own", () => {
    for (const [path, text] of linesOf(refusals)) expect(text, path).not.toBe("");
    expect(ENGLISH.refusals).toBeNull();
    expect(refusals.detail("7", "8")).toMatch(/7.*8/);
  });

  test("what the peer tells with a code has words in every language but its own", () => {
    expect(ENGLISH.told).toBeNull();
    for (const [code, words] of Object.entries(told.why)) {
      expect(
        words({}, () => "9"),
        code,
      ).toMatch(/\.|WHO$/);
    }
    for (const [code, words] of Object.entries(told.findings)) {
      expect(words({}).title, code).not.toBe("");
    }
  });

  test("are all there in both languages, and none is empty", () => {
    expect([...german.keys()]).toEqual(english.map(([path]) => path));
    for (const [path, text] of [...english, ...german]) expect(text, path).not.toBe("");
  });

  test("German is German: hardly a sentence is the same", () => {
    const same = english.filter(([path, text]) => text.includes(" ") && german.get(path) === text);
    expect(same.map(([, text]) => text)).toEqual(["7, 8", COMMAND, "7 GB"]);
  });

  test("what is put into a sentence stands in it, in both", () => {
    for (const [path, text] of english) {
      const put = ["7", "8", "9", "10"].filter((value) => text.includes(value));
      for (const value of put) expect(german.get(path), path).toContain(value);
    }
  });

  test("the browser's first language that there is, unless one was chosen here", () => {
    expect(wantedLanguage(undefined, ["fr-FR", "de-AT", "en"])).toBe("de");
    expect(wantedLanguage(undefined, ["fr-FR"])).toBe("en");
    expect(wantedLanguage("en", ["de"])).toBe("en");
    expect(wantedLanguage("constructor", ["de"])).toBe("de");
    expect(wantedLanguage(undefined, [])).toBe("en");
  });
});
