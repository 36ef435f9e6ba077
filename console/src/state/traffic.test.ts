import { describe, expect, test } from "vitest";
import { TRAFFIC_GAP_MS, TRAFFIC_RATES_MAX } from "../limits.ts";
import { lineOf, type Traffic, withReading } from "./traffic.ts";

const NONE: Traffic = { last: undefined, rates: [] };
const reading = (atMs: number, receivedBytes: number, sentBytes = 0) => {
  return { atMs, receivedBytes, sentBytes };
};

describe("traffic", () => {
  test("rates are what passed between two readings, however long that was", () => {
    const first = withReading(NONE, reading(1_000, 500, 100));
    expect(first.rates).toEqual([]);
    const second = withReading(first, reading(3_000, 2_500, 300));
    expect(second.rates).toEqual([{ received: 1_000, sent: 100 }]);
    expect(withReading(second, reading(3_500, 2_500, 300)).rates.at(-1)).toEqual({
      received: 0,
      sent: 0,
    });
  });

  test("after a gap, a clock that jumps back or a new start they begin anew", () => {
    const two = withReading(withReading(NONE, reading(0, 0)), reading(1_000, 10));
    expect(two.rates).toHaveLength(1);
    expect(withReading(two, reading(1_000 + TRAFFIC_GAP_MS, 20)).rates).toHaveLength(2);
    expect(withReading(two, reading(1_001 + TRAFFIC_GAP_MS, 20)).rates).toEqual([]);
    expect(withReading(two, reading(900, 20)).rates).toEqual([]);
    expect(withReading(two, reading(2_000, 9)).rates).toEqual([]);
  });

  test("TRAFFIC_RATES_MAX rates are kept, the newest", () => {
    let all = withReading(NONE, reading(0, 0));
    for (let at = 1; at <= TRAFFIC_RATES_MAX + 1; at += 1) {
      all = withReading(all, reading(at * 1_000, at * at));
    }
    expect(all.rates).toHaveLength(TRAFFIC_RATES_MAX);
    expect(all.rates[0]?.received).toBe(3);
  });

  test("the line ends at the right edge; nothing moving lies at the bottom", () => {
    const box = { width: TRAFFIC_RATES_MAX - 1, height: 10 };
    const right = TRAFFIC_RATES_MAX - 1;
    expect(lineOf([0, 5, 10], 10, box)).toBe(
      `M${right - 2}.0 10.0L${right - 1}.0 5.0L${right}.0 0.0`,
    );
    expect(lineOf([0, 0], 0, box)).toBe(`M${right - 1}.0 10.0L${right}.0 10.0`);
    expect(lineOf([], 0, box)).toBe("");
  });
});
