import { expect, test } from "vitest";
import {
  REPAIR_BUSY_FRAMES,
  REPAIR_BUSY_MS,
  REPAIR_JUDGED_FRAMES,
  REPAIR_JUDGED_MS,
  REPAIR_JUDGING_MS,
  REPAIR_RARE_SHARE,
  REPAIR_TRUSTED_LOSSES,
  REPAIR_TRUSTED_SHARE,
  REPAIR_YOUNG_FRAMES,
} from "./limits.ts";
import { LossShare } from "./loss-share.ts";

/** A link on which so many frames came in each second, of which a share is missing, and the next moment. */
function linkWith(perSecond: number, ...shares: number[]): { share: LossShare; nowMs: number } {
  const share = new LossShare();
  for (const [second, missing] of shares.entries()) {
    const nowMs = second * REPAIR_BUSY_MS;
    share.missed(perSecond * missing, nowMs);
    share.came(perSecond, nowMs);
  }
  return { share, nowMs: shares.length * REPAIR_BUSY_MS };
}

const isRare = (perSecond: number, ...shares: number[]): boolean => {
  const { share, nowMs } = linkWith(perSecond, ...shares);
  return share.isRare(nowMs);
};

test("losses are rare below three in a thousand", () => {
  expect(isRare(10_000, REPAIR_RARE_SHARE - 0.0001)).toBe(true);
  expect(isRare(10_000, REPAIR_RARE_SHARE)).toBe(false);
  expect(isRare(10_000, 0.1, 0)).toBe(true);
  expect(isRare(10_000, 0, 0.1)).toBe(false);
});

test("a judgement takes many frames, and some time, but not too much", () => {
  expect(isRare(JUST_BUSY, 0.1)).toBe(true);
  expect(isRare(JUST_BUSY, 0.1, 0.1)).toBe(false);
  const after = (gapMs: number): boolean => {
    const share = new LossShare();
    share.came(REPAIR_JUDGED_FRAMES - REPAIR_BUSY_FRAMES, 0);
    share.missed(100, 0);
    share.came(REPAIR_BUSY_FRAMES, gapMs);
    return share.isRare(gapMs);
  };
  expect(after(REPAIR_JUDGING_MS - 1)).toBe(false);
  expect(after(REPAIR_JUDGING_MS)).toBe(true);
});

/** Half as many as a judgement takes. */
const JUST_BUSY: number = REPAIR_BUSY_FRAMES;

test("the first judgement is made as soon as there are frames enough, later ones once a second", () => {
  const share = new LossShare();
  for (let i = 0; i < 20; i++) {
    share.missed(5, i);
    share.came(REPAIR_JUDGED_FRAMES / 20, i);
    // Of less than half as many nothing is ever left.
    expect(share.isRare(i)).toBe(i >= 9 && i < 19);
  }
  share.came(10 * REPAIR_JUDGED_FRAMES, 20);
  expect(share.isRare(REPAIR_BUSY_MS - 1)).toBe(false);
  expect(share.isRare(REPAIR_BUSY_MS)).toBe(true);
});

test("what a flow loses when it begins is not what the line loses", () => {
  const beginning = (frames: number): boolean => {
    const share = new LossShare();
    share.came(frames, 0);
    share.missed(frames / 10, 0);
    return share.isRare(REPAIR_BUSY_MS - 1);
  };
  expect(beginning(REPAIR_BUSY_FRAMES)).toBe(true);
  expect(beginning(REPAIR_BUSY_FRAMES - 1)).toBe(false);
});

test("losses now and then are a bad line's from the first one on, many at once a full queue's", () => {
  const share = new LossShare();
  share.came(REPAIR_BUSY_FRAMES, 0);
  share.missed(REPAIR_TRUSTED_LOSSES - 1, 0);
  expect(share.isRare(0)).toBe(false);
  share.missed(1, 0);
  expect(share.isRare(0)).toBe(true);
  // What came without any loss allows no more than that.
  const later = new LossShare();
  later.came(REPAIR_JUDGED_FRAMES - 1, 0);
  later.missed(REPAIR_TRUSTED_LOSSES, 0);
  expect(later.isRare(0)).toBe(true);
  share.came(1 / REPAIR_TRUSTED_SHARE, 0);
  expect(share.isRare(0)).toBe(false);
});

test("of a thin flow nothing is ever left", () => {
  const share = new LossShare();
  for (let ms = 0; ms < 100_000; ms += 2.1) {
    share.came(1, ms);
    expect(share.isRare(ms)).toBe(false);
  }
});

test("a judgement stands for a minute where none follows", () => {
  const afterMs = (pauseMs: number): boolean => {
    const { share, nowMs } = linkWith(10_000, 0);
    share.came(0, nowMs);
    const laterMs = nowMs + pauseMs;
    share.came(REPAIR_BUSY_FRAMES, laterMs);
    return share.isRare(laterMs);
  };
  expect(afterMs(REPAIR_JUDGED_MS - 1)).toBe(true);
  expect(afterMs(REPAIR_JUDGED_MS)).toBe(false);
});

test("however much a judged line lost, the first losses after a pause are asked for", () => {
  const { share, nowMs } = linkWith(10_000, 0.1, 0.1, 0.1);
  const laterMs = nowMs + 2 * REPAIR_JUDGED_MS;
  share.came(REPAIR_BUSY_FRAMES, laterMs);
  share.missed(1, laterMs);
  expect(share.isRare(laterMs)).toBe(false);
});

test("what came long ago is not judged with what comes now", () => {
  const share = new LossShare();
  share.came(REPAIR_JUDGED_FRAMES - 1, 0);
  share.came(REPAIR_BUSY_FRAMES, REPAIR_JUDGING_MS);
  share.missed(1, REPAIR_JUDGING_MS);
  expect(share.isRare(REPAIR_JUDGING_MS)).toBe(false);
});

test("what comes while a queue stands does not make a line look better", () => {
  const share = new LossShare();
  for (const isQueued of [false, true]) share.came(REPAIR_JUDGED_FRAMES / 2, 0, isQueued);
  share.missed(REPAIR_JUDGED_FRAMES * REPAIR_RARE_SHARE, 0);
  share.came(REPAIR_JUDGED_FRAMES / 2, 1);
  expect(share.isRare(2)).toBe(false);
});

test("a flow is young from its first hundred frames in a second to the first judgement", () => {
  const share = new LossShare();
  share.came(REPAIR_YOUNG_FRAMES - 1, 0);
  expect(share.isYoung(0)).toBe(false);
  share.came(1, 0);
  expect(share.isYoung(0)).toBe(true);
  share.came(REPAIR_JUDGED_FRAMES, 1);
  expect(share.isYoung(1)).toBe(false);
});
