import { expect, test } from "vitest";
import { PAIR_NAMES_MAX } from "./limits.ts";
import { pairName } from "./pair-name.ts";

test("names are the same before and after they were forgotten", () => {
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at <= PAIR_NAMES_MAX; at++) {
      expect(pairName(`${at % 70}`, `${at}`)).toBe(`${at % 70}>${at}`);
    }
  }
});
