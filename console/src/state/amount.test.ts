import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  currencyLimits,
  formatAmount,
  AMOUNT_MAX as PEER_MAX,
  parseAmount,
} from "../../../src/money/index.ts";
import { AMOUNT_CHARS_MAX } from "../limits.ts";
import { AMOUNT_MAX, type Point, shownAmount, textOf, typedAmount, unitsOf } from "./amount.ts";

const decimals = fc.nat(currencyLimits.DECIMALS_MAX);
const units = fc.integer({ min: -PEER_MAX, max: PEER_MAX });
const points = fc.constantFrom<Point>(".", ",");

/** What the peer makes of a text; undefined where it refuses. */
function peerReads(text: string, places: number): number | undefined {
  try {
    return parseAmount(text, places);
  } catch {
    return undefined;
  }
}

describe("amounts", () => {
  test("are what the peer says they are, to the last digit", () => {
    expect(AMOUNT_MAX).toBe(BigInt(PEER_MAX));
    expect(AMOUNT_CHARS_MAX).toBe(currencyLimits.AMOUNT_CHARS_MAX);
    fc.assert(
      fc.property(units, decimals, (value, places) => {
        const text = formatAmount(value, places);
        expect(textOf(BigInt(value), places)).toBe(text);
        expect(unitsOf(text, places)).toBe(BigInt(value));
      }),
      { seed: 1 },
    );
    for (const bad of ["", "x", "1e3", "1,5", "1.234", "--1", "+1", "1."]) {
      expect(() => unitsOf(bad, 2)).toThrow("amount");
    }
  });

  test("stay exact where sums are more than a number holds", () => {
    const most = unitsOf(formatAmount(PEER_MAX, 0), 0) * 512n;
    expect(textOf(most + 1n, 6)).toBe("512000000000.000001");
  });

  test("what is shown can be typed again, and means the same", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: PEER_MAX }),
        decimals,
        points,
        (value, places, point) => {
          const shown = shownAmount(textOf(BigInt(value), places), point);
          expect(typedAmount(shown, places, point)).toEqual({ units: BigInt(value) });
        },
      ),
      { seed: 2 },
    );
    expect(shownAmount("1234567.50", ",")).toBe("1\u202f234\u202f567,50");
    expect(shownAmount("-1234.5", ".")).toBe("−1234.5");
    expect(shownAmount("0", ".")).toBe("0");
  });

  test("whatever is typed with the point of the peer is read as the peer reads it", () => {
    const typed = fc.stringMatching(/^[ 0-9.,+\-ex]{0,12}$/);
    fc.assert(
      fc.property(typed, decimals, (text, places) => {
        const read = typedAmount(text, places, ".");
        const peer = peerReads(text, places);
        if (peer !== undefined) expect(read).toEqual({ units: BigInt(peer) });
        else if (!text.includes(",")) expect(read).toHaveProperty("fault");
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  test("what could mean two amounts is refused, the other point is understood otherwise", () => {
    const cases: readonly (readonly [string, Point, number, unknown])[] = [
      ["12,50", ",", 2, { units: 1_250n }],
      ["12.50", ",", 2, { units: 1_250n }],
      ["12,5", ".", 2, { units: 1_250n }],
      ["1.250", ",", 3, { fault: "doubtful" }],
      ["1,250", ".", 2, { fault: "doubtful" }],
      ["1,250", ",", 3, { units: 1_250n }],
      ["1.250", ".", 2, { fault: "precise" }],
      ["1.250,50", ",", 2, { fault: "none" }],
      ["1 250", ".", 2, { fault: "none" }],
      ["0", ".", 2, { fault: "zero" }],
      ["−1", ".", 2, { fault: "minus" }],
      ["10000000000000.00", ".", 2, { units: AMOUNT_MAX }],
      ["10000000000000.01", ".", 2, { fault: "much" }],
      [`${"0".repeat(AMOUNT_CHARS_MAX - 1)}1`, ".", 2, { units: 100n }],
      [`${"0".repeat(AMOUNT_CHARS_MAX)}1`, ".", 2, { fault: "none" }],
      ["١", ".", 2, { fault: "none" }],
    ];
    for (const [text, point, places, result] of cases) {
      expect([text, typedAmount(text, places, point)]).toEqual([text, result]);
    }
    expect(typedAmount("0", 2, ".", true)).toEqual({ units: 0n });
  });
});
