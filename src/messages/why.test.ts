import { describe, expect, test } from "vitest";
import type { Item } from "./item.ts";
import { explainItem, type WayFacts } from "./why.ts";

const HOUR_MS = 3_600_000;
const sending = {
  ...{ device: "phone", number: 1, holders: [], deliveredAtMs: undefined, readAtMs: undefined },
};
const item: Item = {
  ...{ id: "1", personId: "p", direction: "out", kind: "text", sentAtMs: 0, state: "waiting" },
  ...{ mark: undefined, replyTo: undefined, file: undefined, from: undefined },
  ...{ sendings: [sending], deliveredAtMs: null, oldPlace: undefined },
};
const away: WayFacts = {
  ...{ isReachable: false, isFull: false, canSeal: true, anchors: [], heardAtMs: undefined },
};

function why(facts: Partial<WayFacts>, change: Partial<Item> = {}, isOut = false): string {
  const { words, advice } = explainItem(
    { ...item, ...change },
    {
      isOut,
      factsOf: () => ({ ...away, ...facts }),
      nameOf: (device) => device,
      timeOf: (wallMs) => `${wallMs / HOUR_MS} h`,
    },
  );
  return `${words} ${advice}`;
}

describe("why a message is not delivered", () => {
  const held = { sendings: [{ ...sending, holders: [{ holder: "cleo", sinceMs: HOUR_MS }] }] };

  test.each([
    ["in reach", { isReachable: true }, "it is going out now"],
    ["full", { isReachable: true, isFull: true }, "has no room"],
    ["an older Peernet", { isReachable: true, canSeal: false }, "ask them to update"],
    ["never met", { canSeal: false }, "must be in reach once"],
    ["nobody holds letters", {}, "peernet carry out"],
    ["anchors are away too", { anchors: ["cleo"] }, "those who hold letters for it: cleo"],
  ])("%s", (_what, facts, words) => {
    expect(why(facts)).toContain(words);
  });

  test("an anchor that hoards is named once the recipient was heard of for long", () => {
    const anchors = ["cleo", "dora"];
    expect(why({ anchors }, held)).toContain("with 1 of 2 of their anchors since 1 h");
    expect(why({ anchors, heardAtMs: 2 * HOUR_MS }, held)).toContain("1 of 2 of their anchors");
    const late = why({ anchors, heardAtMs: 2 * HOUR_MS + 1 }, held);
    expect(late).toContain("cleo has held it since 1 h, and they were heard of since");
  });

  test("from a device that was revoked nothing goes out any more; what arrived before has arrived", () => {
    expect(why({}, {}, true)).toContain("another device of yours");
    const there = { sendings: [{ ...sending, deliveredAtMs: 1 }] };
    expect(why({}, { ...there, state: "delivered" }, true)).toContain("It has arrived.");
  });

  test("couriers are told from anchors, and what has arrived is said to have", () => {
    expect(why({}, held)).toContain("1 of your contacts carry it");
    const there = { sendings: [{ ...sending, deliveredAtMs: 1 }] };
    expect(why({}, { ...there, state: "delivered" })).toContain("It has arrived.");
    expect(why({}, { sendings: [] })).toContain("No device of theirs");
    expect(why({}, { state: "sent", sendings: [] })).toContain("Another device of yours");
  });
});
