import { expect, test } from "vitest";
import {
  REPAIR_JUDGED_MS,
  REPAIR_RARE_FRAMES,
  REPAIR_RARE_SHARE,
  REPAIR_SHARE_MS,
} from "./limits.ts";
import { LossShare } from "./loss-share.ts";

/** A link on which so many frames came in each second, of which a share is missing. */
function linkWith(
  perSecond: number,
  shares: readonly number[],
): { share: LossShare; nowMs: number } {
  const share = new LossShare();
  for (const [second, missing] of shares.entries()) {
    const nowMs = second * REPAIR_SHARE_MS;
    share.came(perSecond, nowMs);
    share.missed(perSecond * missing, nowMs);
  }
  return { share, nowMs: shares.length * REPAIR_SHARE_MS - 1 };
}

const isRare = (perSecond: number, ...shares: number[]): boolean => {
  const { share, nowMs } = linkWith(perSecond, shares);
  return share.isRare(nowMs);
};

test("losses are rare below one in two hundred", () => {
  expect(isRare(10_000, REPAIR_RARE_SHARE, REPAIR_RARE_SHARE - 0.001)).toBe(true);
  expect(isRare(10_000, 0.006, 0.006)).toBe(false);
});

test("of few frames nobody can say", () => {
  expect(isRare(REPAIR_RARE_FRAMES, 0)).toBe(true);
  expect(isRare(REPAIR_RARE_FRAMES - 1, 0)).toBe(false);
});

test("what a flow loses when it begins is not what the line loses", () => {
  expect(isRare(10_000, 0.1)).toBe(true);
  expect(isRare(10_000, 0, 0.1)).toBe(true);
  expect(isRare(10_000, 0.1, 0.1)).toBe(false);
  expect(isRare(10_000, 0.1, 0.1, 0)).toBe(false);
  expect(isRare(10_000, 0.1, 0.1, 0, 0)).toBe(true);
});

test("a bad line is remembered through silence, for a minute", () => {
  const afterMs = (pauseMs: number): boolean => {
    const { share, nowMs } = linkWith(10_000, [0.1, 0.1]);
    share.came(0, nowMs + 1);
    const laterMs = nowMs + 1 + pauseMs;
    share.came(REPAIR_RARE_FRAMES, laterMs);
    share.missed(REPAIR_RARE_FRAMES / 10, laterMs);
    return share.isRare(laterMs);
  };
  expect(afterMs(2 * REPAIR_SHARE_MS)).toBe(false);
  expect(afterMs(REPAIR_JUDGED_MS - 1)).toBe(false);
  expect(afterMs(REPAIR_JUDGED_MS)).toBe(true);
});
