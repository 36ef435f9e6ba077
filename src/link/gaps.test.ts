import { beforeEach, describe, expect, test } from "vitest";
import { ReplayWindow } from "../base/replay-window.ts";
import { Gaps } from "./gaps.ts";
import { REPAIR_GAPS_MAX, REPEAT_ASKS_MAX } from "./limits.ts";
import { RepeatDraft } from "./repair-messages.ts";

const NEVER = Number.POSITIVE_INFINITY;
const TIMES = { toleranceMs: 20, retryMs: 50, lifeMs: 1_000 };

describe("frames that later ones have overtaken", () => {
  let replay: ReplayWindow;
  let gaps: Gaps;

  beforeEach(() => {
    replay = new ReplayWindow(4_096);
    gaps = new Gaps(replay);
  });

  /** The counters asked for at this time, and when it is time again. */
  function ask(nowMs: number, roomBytes = 500): [number[], number] {
    const draft = new RepeatDraft(roomBytes);
    const nextMs = gaps.ask(draft, { nowMs, ...TIMES });
    const { first, bitmap } = draft.done(1).counters;
    const asked: number[] = [];
    for (let i = 0; i < 8 * bitmap.length; i++) {
      if (((bitmap[i >> 3] ?? 0) & (1 << (i & 7))) !== 0) asked.push(first + i);
    }
    return [asked, nextMs];
  }

  test("are asked for once they are late, and again after a pause", () => {
    expect(ask(0)).toEqual([[], NEVER]);
    gaps.missed(5, 8, 100);
    gaps.missed(9, 10, 110);
    expect(ask(119)).toEqual([[], 120]);
    expect(ask(120)).toEqual([[5, 6, 7], 130]);
    expect(ask(130)).toEqual([[9], 170]);
    expect(ask(170)).toEqual([[5, 6, 7], 180]);
  });

  test("are asked for so often and not more", () => {
    gaps.missed(5, 6, 100);
    let nowMs = 120;
    for (let i = 0; i < REPEAT_ASKS_MAX; i++, nowMs += 50) {
      expect(ask(nowMs)).toEqual([[5], nowMs + 50]);
      expect(gaps.size).toBe(1);
    }
    expect(ask(nowMs)).toEqual([[], NEVER]);
    expect(gaps.size).toBe(0);
  });

  test("are not asked for where a later frame says that they are not kept", () => {
    gaps.missed(5, 9, 100);
    gaps.missed(10, 12, 100);
    gaps.dropFrom(7, 11);
    expect(ask(120)).toEqual([[5, 6, 11], 170]);
    gaps.dropFrom(0, 20);
    expect(ask(170)).toEqual([[], NEVER]);
    expect(gaps.size).toBe(0);
  });

  test("are forgotten when they have come, when it is too late, and when nobody has them", () => {
    gaps.missed(1, 4, 100);
    replay.accept(1);
    expect(ask(120)[0]).toEqual([2, 3]);
    expect(gaps.size).toBe(2);
    gaps.dropBelow(3);
    expect(gaps.size).toBe(1);
    gaps.dropBelow(3);
    expect(ask(1_099)[0]).toEqual([3]);
    expect(ask(1_100)).toEqual([[], NEVER]);
    expect(gaps.size).toBe(0);
    gaps.missed(5, 6, 2_000);
    gaps.clear();
    expect([gaps.size, ask(3_000)[0]]).toEqual([0, []]);
  });

  test("are not asked for again once somebody has said that they will not come", () => {
    gaps.missed(1, 8, 100);
    gaps.drop({ first: 0, bitmap: Uint8Array.of(0b0010_0111, 0b1) });
    expect([ask(120)[0], gaps.size]).toEqual([[3, 4, 6, 7], 5]);
    gaps.drop({ first: 3, bitmap: Uint8Array.of(0b1) });
    gaps.drop({ first: 100, bitmap: Uint8Array.of(0xff) });
    gaps.drop({ first: 4, bitmap: new Uint8Array(0) });
    gaps.drop({ first: 2 ** 48 - 1, bitmap: new Uint8Array(255).fill(0xff) });
    expect([ask(170)[0], gaps.size]).toEqual([[4, 6, 7], 4]);
    gaps.missed(8, 9, 171);
    expect([ask(191)[0], ask(220)[0]]).toEqual([[8], [4, 6, 7]]);
  });

  test("of which a later one is done with stay until those before are", () => {
    gaps.missed(1, 4, 100);
    replay.accept(2);
    expect([ask(120)[0], gaps.size]).toEqual([[1, 3], 3]);
    replay.accept(1);
    expect([ask(121)[0], gaps.size]).toEqual([[], 1]);
  });

  test("wait where a request has no room", () => {
    gaps.missed(1, 2, 100);
    gaps.missed(900, 901, 100);
    const [asked, nextMs] = ask(120, 40);
    expect([asked, nextMs]).toEqual([[1], 120]);
    expect(ask(121, 40)[0]).toEqual([900]);
  });

  test("are as many as allowed; of more the oldest are forgotten", () => {
    gaps.missed(0, REPAIR_GAPS_MAX, 100);
    expect([gaps.size, ask(120)[0][0]]).toEqual([REPAIR_GAPS_MAX, 0]);
    gaps.missed(REPAIR_GAPS_MAX, REPAIR_GAPS_MAX + 2, 130);
    expect(gaps.size).toBe(REPAIR_GAPS_MAX);
    const [asked] = ask(170);
    expect([asked[0], asked.at(-1)]).toEqual([2, REPAIR_GAPS_MAX + 1]);
    gaps.missed(10_000, 10_000 + REPAIR_GAPS_MAX + 5, 200);
    expect([gaps.size, ask(220)[0][0]]).toEqual([REPAIR_GAPS_MAX, 10_005]);
  });
});
