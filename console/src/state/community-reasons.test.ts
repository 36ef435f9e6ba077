import { afterEach, describe, expect, test } from "vitest";
import {
  type ApiReasonBody,
  ClientError,
  type CommunityBody,
  type CommunityOrderBody,
} from "../../../src/api/client/index.ts";
import { ENGLISH } from "../words/english.ts";
import { GERMAN } from "../words/german.ts";
import { chooseLanguage } from "../words/language.ts";
import { matterIn, stopIn, troubleIn, waitIn } from "./community-reasons.ts";
import { wordsOf } from "./errors.ts";

const ANNA = { name: "Anna", person: "0a".repeat(16) };
const body = {
  ...{ id: "c".repeat(52), troubleCode: null, you: null, order: null },
  currency: {
    ...{ id: "h".repeat(52), name: "Coop hours", unit: "hour", decimals: 2, issuer: "you" },
    ...{ person: ANNA.person, group: null, title: "", lookalikes: [], alike: [] },
  },
} as unknown as CommunityBody;

/** The words in German; a document is what the language is noted in. */
async function inGerman<T>(work: () => T): Promise<T> {
  const page = globalThis as { document?: unknown };
  page.document = { documentElement: {} };
  await chooseLanguage("de");
  return work();
}

afterEach(async () => {
  const page = globalThis as { document?: unknown };
  page.document ??= { documentElement: {} };
  await chooseLanguage("en");
  delete page.document;
});

function order(reasons: CommunityOrderBody["reasons"]): CommunityOrderBody {
  return {
    ...{ id: "1", what: "as the peer says it", state: "waiting", signed: 0, needed: 2, why: "x" },
    ...{ matter: { t: "pay", to: ANNA, amount: "1.50", memo: "bread" }, reasons },
  };
}

const refused = (reason: unknown): ClientError =>
  new ClientError("conflict", "as the peer says it", { reason: reason as ApiReasonBody });

describe("reasons of communities in the words of the page", () => {
  test("why something waits, and what it does", async () => {
    const waiting = order([
      { code: "few-stewards", inReach: 1, needed: 2 },
      { code: "steward", who: ANNA, says: "gap", word: "gap" },
      { code: "steward", who: ANNA, says: "other", word: "tired\n" },
    ]);
    expect(waitIn(waiting, body)).toBe(
      "1 of 2 stewards that are needed are in reach; Anna lacks something that comes before, and looks for it; Anna says no (tired)",
    );
    expect(waitIn(order([]), body)).toBe("");
    expect(matterIn(waiting.matter, body)).toBe("1.50 hours to Anna, bread");
    const spend = { t: "spend", from: { ...ANNA, person: body.id }, to: ANNA } as const;
    expect(matterIn({ ...spend, amount: "2.00", memo: "" }, body)).toBe(
      "the community gives 2.00 hours to Anna",
    );
    await inGerman(() => {
      expect(waitIn(order([{ code: "few-stewards", inReach: 1, needed: 2 }]), body)).toBe(
        "1 von 2 nötigen Verwaltern sind erreichbar",
      );
      expect(matterIn({ t: "open" }, body)).toBe("Ein Konto beginnt");
    });
  });

  test("what stands in the way", () => {
    const account = { stoppedBy: null } as unknown as NonNullable<CommunityBody["you"]>;
    expect(stopIn(account, body)).toBeNull();
    expect(stopIn({ ...account, stoppedBy: [ANNA] }, body)).toMatch(/Signed twice by Anna\.$/);
    expect(troubleIn(body)).toBeNull();
    expect(troubleIn({ ...body, troubleCode: "resting" })).toMatch(/may be an old copy/);
  });

  test("why a call was refused, with what the rules allow", async () => {
    const limit = refused({ code: "limit", facts: { most: "5.00", levy: "0.10", unit: "hour" } });
    expect(wordsOf(limit)).toMatch(
      /^You can pay 5\.00 hours at most now\. .* this takes 0\.10 hours/,
    );
    await inGerman(() => {
      expect(wordsOf(limit)).toMatch(/^Du kannst jetzt höchstens 5,00 hour zahlen/);
      expect(wordsOf(refused({ code: "no-steward" }))).toMatch(/^Das tun nur Verwalter/);
      expect(wordsOf(refused({ code: "of-a-newer-peer" }))).toMatch(/„as the peer says it“$/);
    });
  });

  test("every reason has words in both languages, and they differ", () => {
    const english = ENGLISH.community.refusals;
    const german: Readonly<Record<string, string>> = GERMAN.community.refusals;
    for (const [code, words] of Object.entries(english)) {
      expect([code, german[code]]).not.toEqual([code, words]);
    }
  });
});
