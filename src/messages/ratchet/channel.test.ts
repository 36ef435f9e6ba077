import { expect, test } from "vitest";
import { twoEnds } from "../../../test/support/ratchet/kit.ts";

test("speak", () => {
  const [a, b] = twoEnds();
  for (let i = 0; i < 200; i++) {
    expect(b.open(a.seal(`a ${i}`))).toBe(`a ${i}`);
    if (i % 3 === 0) expect(a.open(b.seal(`b ${i}`))).toBe(`b ${i}`);
  }
  expect(a.channel.acknowledgedCount).toBe(200);
});
