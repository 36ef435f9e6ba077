import { describe, expect, test } from "vitest";
import { Liveness, type LivenessAction } from "./liveness.ts";

/** Runs until `endMs` and notes every action with its time. */
function diary(liveness: Liveness, endMs: number): [number, LivenessAction][] {
  const entries: [number, LivenessAction][] = [];
  while (liveness.deadlineMs() <= endMs && entries.length < 200) {
    const nowMs = liveness.deadlineMs();
    const action = liveness.tick(nowMs);
    entries.push([nowMs, action]);
    if (action === "gone") break;
  }
  return entries;
}

function make(knownRoundTripMs = 1, deliveryRatio = 1, probesSettled = 8): Liveness {
  const view = { knownRoundTripMs, varianceMs: 0, deliveryRatio, probesSettled };
  const liveness = new Liveness(view, () => 1, 0);
  expect(liveness.tick(0)).toBe("probe");
  liveness.heard(1);
  return liveness;
}

describe("quiet", () => {
  test("probes grow from 2.5 to 5 s while all is well", () => {
    const liveness = make();
    const at: number[] = [];
    for (let i = 0; i < 8; i++) {
      const nowMs = liveness.deadlineMs();
      expect(liveness.tick(nowMs)).toBe("probe");
      at.push(nowMs);
      liveness.heard(nowMs);
    }
    const gaps = at.slice(1).map((each, i) => each - (at[i] ?? 0));
    expect(gaps).toEqual([3_000, 3_500, 4_000, 4_500, 5_000, 5_000, 5_000]);
  });

  test("a spare link is probed half as often", () => {
    const liveness = make();
    liveness.spare = true;
    const first = liveness.deadlineMs();
    liveness.tick(first);
    liveness.heard(first);
    expect(liveness.deadlineMs() - first).toBe(2 * 3_000);
  });

  test("four unanswered probes, a second apart, end the link; twelve on a lossy or young one", () => {
    expect(diary(make(), 60_000).map(([, action]) => action)).toEqual([
      ...Array<LivenessAction>(4).fill("probe"),
      "gone",
    ]);
    expect(diary(make(1, 0.8), 60_000)).toHaveLength(6 + 1);
    expect(diary(make(1, 0.3), 60_000)).toHaveLength(12 + 1);
    expect(diary(make(1, 1, 0), 60_000)).toHaveLength(12 + 1);
  });
});

describe("under traffic", () => {
  test("suspect 250 ms after silence began, gone after 6 s", () => {
    const liveness = make();
    liveness.traffic(1_000);
    liveness.traffic(1_050);
    const entries = diary(liveness, 60_000);
    expect(entries.slice(0, 4)).toEqual([
      [1_100, "chase"],
      [1_150, "probe"],
      [1_200, "probe"],
      [1_250, "suspect"],
    ]);
    expect(entries.slice(4).map(([atMs]) => atMs)).toEqual([
      1_450, 1_850, 2_650, 4_250, 6_250, 7_000,
    ]);
    expect(entries.at(-1)).toEqual([7_000, "gone"]);
  });

  test("long round trips stretch the waits", () => {
    const liveness = make(300);
    liveness.traffic(1_000);
    expect(diary(liveness, 10_000).slice(0, 4)).toEqual([
      [1_600, "chase"],
      [2_200, "probe"],
      [2_800, "probe"],
      [3_400, "suspect"],
    ]);
  });

  test("where much is lost, more silence is needed: up to eight probes", () => {
    const suspectAfter = (ratio: number): number => {
      const liveness = make(1, ratio);
      liveness.traffic(1_000);
      const suspicion = diary(liveness, 60_000).find(([, action]) => action === "suspect");
      return (suspicion?.[0] ?? 0) - 1_000;
    };
    expect([1, 0.9, 0.8, 0.6, 0.2].map(suspectAfter)).toEqual([250, 250, 350, 500, 500]);
  });

  test("an answer in time leaves nothing to chase", () => {
    const liveness = make();
    expect(liveness.traffic(1_000)).toBe(true);
    expect(liveness.traffic(1_010)).toBe(false);
    expect(liveness.deadlineMs()).toBe(1_100);
    expect(liveness.heard(1_050)).toBe(false);
    expect(liveness.deadlineMs()).toBeGreaterThan(2_000);
    expect(liveness.tick(1_100)).toBe("none");
    expect(liveness.traffic(1_200)).toBe(true);
    expect(liveness.deadlineMs()).toBe(1_300);
  });

  test("doubt begins with the second probe of a chase, not with one of a quiet link", () => {
    const liveness = make();
    for (const nowMs of [3_000, 4_000, 5_000]) liveness.tick(nowMs);
    expect(liveness.doubtful).toBe(false);
    const chased = make();
    expect(chased.chase(1_000)).toBe(true);
    expect(chased.chase(1_001)).toBe(false);
    expect(chased.doubtful).toBe(false);
    expect(chased.tick(1_050)).toBe("probe");
    expect(chased.doubtful).toBe(true);
    expect(chased.traffic(1_051)).toBe(false);
  });

  test("anything heard ends doubt and suspicion", () => {
    const liveness = make();
    liveness.traffic(1_000);
    liveness.tick(1_100);
    expect(liveness.heard(1_101)).toBe(false);
    expect(liveness.doubtful).toBe(false);
    liveness.traffic(1_200);
    diary(liveness, 1_500);
    expect(liveness.suspect).toBe(true);
    expect(liveness.heard(1_600)).toBe(true);
    expect(liveness.suspect).toBe(false);
    expect(liveness.deadlineMs()).toBeGreaterThan(3_000);
  });
});
