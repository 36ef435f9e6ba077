import { expect, test } from "vitest";
import { skeleton } from "./confusables.ts";

test.each([
  ["anna", "аnnа"],
  ["Paul", "РauI"],
  ["bill", "biII"],
  ["bank", "ｂａｎｋ"],
  ["modern", "modem"],
  ["vvilly", "willy"],
  ["no-one", "no—one"],
  ["b0b", "bob"],
  ["Ben  Ali", "ben ali"],
  ["an\u200cna", "anna"],
  ["anna\u200d", "anna"],
  ["an\u034fna", "anna"],
  ["anna\u3164", "anna"],
  ["anna\u2800", "anna"],
  ["a\ufe0fnna", "anna"],
])("%s and %s look alike", (one, other) => {
  expect(skeleton(one)).toBe(skeleton(other));
});

test.each([
  ["anna", "anne"],
  ["Zoë", "Zoe"],
  ["мама", "папа"],
  ["guest 1", "guest 2"],
])("%s and %s do not", (one, other) => {
  expect(skeleton(one)).not.toBe(skeleton(other));
});
