import { afterEach, describe, expect, test } from "vitest";
import { type ApiReasonBody, ClientError } from "../../../src/api/client/index.ts";
import { chooseLanguage } from "../words/language.ts";
import { wordsOf } from "./errors.ts";
import { type Refused, refusalWords } from "./refusal.ts";

const MESSAGE = "Another contact is called 'Anna'. Choose another name.";

const refused = (code?: string): Refused => ({
  code: "conflict",
  message: MESSAGE,
  ...(code === undefined ? {} : { reason: { code } as ApiReasonBody }),
});

/** The page in German; a document is what the language is noted in. */
async function inGerman(): Promise<void> {
  (globalThis as { document?: unknown }).document = { documentElement: {} };
  await chooseLanguage("de");
}

afterEach(async () => {
  const page = globalThis as { document?: unknown };
  page.document ??= { documentElement: {} };
  await chooseLanguage("en");
  delete page.document;
});

describe("what the peer refuses", () => {
  test("stands in English as the peer says it, with names and numbers", () => {
    expect(refusalWords(refused("name-taken"))).toBe(MESSAGE);
    expect(refusalWords(refused())).toBe(MESSAGE);
  });

  test("stands in another language in its own words, by the reason", async () => {
    await inGerman();
    expect(refusalWords(refused("name-taken"))).toBe(
      "Ein anderer Kontakt heißt so oder sieht so aus. Nimm einen anderen Namen.",
    );
    const silent = new ClientError("unavailable", "No peer answers at …", {
      reason: { code: "no-answer" },
    });
    expect(wordsOf(silent)).toBe("Der Peer antwortet nicht. Läuft er?");
  });

  test.each([undefined, "of-a-newer-peer", "toString", "__proto__"])(
    "without a reason that is known (%s) begins in the page's words and goes on in the peer's",
    async (code) => {
      await inGerman();
      expect(refusalWords(refused(code))).toBe(
        `Das verträgt sich nicht mit dem, was schon da ist. Der Peer sagt: „${MESSAGE}“`,
      );
    },
  );

  test("of a kind that is not known stands as the peer says it", async () => {
    await inGerman();
    expect(refusalWords({ ...refused(), code: "toString" as Refused["code"] })).toBe(MESSAGE);
  });
});
