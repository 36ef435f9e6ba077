import { expect, test } from "vitest";
import { statusText } from "./recovery.ts";

test("a restored device says that friends of before are not known on it, and still count", () => {
  const found = {
    ...{ holdsWords: true, isConfirmed: true, asks: [1, 2, 3], need: 0, friends: [], keptFor: [] },
    approval: { state: "none", reason: "", reasonCode: null, have: 0, need: 0 },
  } as const;
  const said = "friends whom you chose before are not known here";
  expect(statusText({ ...found, isRestored: true })).toContain(said);
  expect(statusText({ ...found, isRestored: false })).not.toContain(said);
});
