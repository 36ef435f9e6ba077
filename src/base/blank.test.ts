import { expect, test } from "vitest";
import { isBlank } from "./blank.ts";

test.each([
  ["", true],
  [" \n\t\u00a0\u3000", true],
  ["\u200b\u200d\ufeff\u2060\u00ad\u3164\u2800", true],
  ["\u{e0001}", true],
  [".", false],
  [" a ", false],
  ["🙂", false],
  ["\u200bа", false],
])("%j is blank: %s", (text, blank) => {
  expect(isBlank(text)).toBe(blank);
});
