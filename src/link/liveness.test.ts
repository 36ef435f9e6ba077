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

function make(knownRoundTripMs = 1, livingRatio = 1, probesSettled = 8): Liveness {
  const told = { suspected: () => {}, resumed: () => {} };
  const view = { knownRoundTripMs, varianceMs: 0, livingRatio, probesSettled, ...told };
  const liveness = new Liveness(view, () => 1, 0);
  expect(liveness.tick(0)).toBe("probe");
  liveness.heard(1);
  return liveness;
}

describe("quiet", () => {
  test("probes grow rarer, up to 90 s, while all is well", () => {
    const liveness = make();
    const at: number[] = [];
    for (let i = 0; i < 8; i++) {
      const nowMs = liveness.deadlineMs();
      expect(liveness.tick(nowMs)).toBe("probe");
      at.push(nowMs);
      liveness.heard(nowMs);
    }
    const gaps = at.slice(1).map((each, i) => each - (at[i] ?? 0));
    expect(gaps).toEqual([4_500, 13_500, 40_500, 90_000, 90_000, 90_000, 90_000]);
  });

  test("on a slow line neither much traffic nor three minutes of silence cost a probe", () => {
    for (const [slow, afterMs] of [
      [false, 30],
      [true, 180_000],
    ] as const) {
      const liveness = make();
      liveness.slow = slow;
      for (let i = 0; i < 6; i++) {
        const nowMs = liveness.deadlineMs();
        liveness.tick(nowMs);
        liveness.heard(nowMs);
      }
      const startMs = liveness.heardAtMs;
      for (let i = 0; i < 40; i++) liveness.heard(startMs + i);
      liveness.traffic(startMs + 40);
      const silentMs = liveness.deadlineMs() - (startMs + 40);
      expect(silentMs).toBeLessThanOrEqual(afterMs);
      expect(silentMs).toBeGreaterThan(afterMs - 2);
    }
  });

  test("a spare link is probed half as often", () => {
    const liveness = make();
    liveness.spare = true;
    const first = liveness.deadlineMs();
    liveness.tick(first);
    liveness.heard(first);
    expect(liveness.deadlineMs() - first).toBe(2 * 4_500);
  });

  test("where a NAT forgets after 30 s, the wait stays below, also for spare links", () => {
    const liveness = make();
    liveness.quietMaxMs = 25_000;
    liveness.spare = true;
    for (let i = 0; i < 6; i++) {
      const nowMs = liveness.deadlineMs();
      liveness.tick(nowMs);
      liveness.heard(nowMs);
      expect(liveness.deadlineMs() - nowMs).toBeLessThanOrEqual(25_000);
    }
  });

  test("the neighbour's probe serves both: the own one waits, and the wait grows", () => {
    const liveness = make();
    const nowMs = liveness.deadlineMs() - 1;
    liveness.heard(nowMs);
    liveness.served(nowMs);
    expect(liveness.deadlineMs() - nowMs).toBe(4_500);
    liveness.served(nowMs + 4_400);
    expect(liveness.deadlineMs() - nowMs - 4_400).toBe(13_500);
  });

  test("where both probe at the same time, the wait grows once", () => {
    const liveness = make();
    const nowMs = liveness.deadlineMs();
    expect(liveness.tick(nowMs)).toBe("probe");
    liveness.heard(nowMs + 1);
    const nextMs = liveness.deadlineMs();
    liveness.served(nowMs + 2);
    expect(liveness.deadlineMs()).toBe(nextMs);
  });

  test("a busy link is probed every 2 s, since its round trip follows the load", () => {
    const liveness = make();
    for (let i = 0; i < 200; i++) liveness.heard(100);
    expect(liveness.deadlineMs()).toBeLessThanOrEqual(100 + 2_000);
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
  test("suspect 150 ms after silence began, gone after 6 s", () => {
    const liveness = make();
    liveness.traffic(1_000);
    liveness.traffic(1_050);
    const entries = diary(liveness, 60_000);
    expect(entries.slice(0, 4)).toEqual([
      [1_030, "chase"],
      [1_070, "probe"],
      [1_110, "probe"],
      [1_150, "suspect"],
    ]);
    expect(entries.slice(4).map(([atMs]) => atMs)).toEqual([
      1_200, 1_300, 1_500, 1_900, 2_700, 4_300, 6_300, 7_000,
    ]);
    expect(entries.at(-1)).toEqual([7_000, "gone"]);
  });

  test("long round trips stretch the waits", () => {
    const liveness = make(300);
    liveness.served(999);
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
    expect([1, 0.9, 0.8, 0.6, 0.2].map(suspectAfter)).toEqual([150, 150, 230, 350, 350]);
  });

  test("an answer in time leaves nothing to chase", () => {
    const liveness = make();
    expect(liveness.traffic(1_000)).toBe(true);
    expect(liveness.traffic(1_010)).toBe(false);
    expect(liveness.deadlineMs()).toBe(1_030);
    expect(liveness.heard(1_020)).toBe(false);
    expect(liveness.deadlineMs()).toBeGreaterThan(1_500);
    expect(liveness.tick(1_030)).toBe("none");
    expect(liveness.traffic(1_200)).toBe(true);
    expect(liveness.deadlineMs()).toBe(1_230);
  });

  test("doubt begins with the second probe of a chase, not with one of a quiet link", () => {
    const liveness = make();
    for (let i = 0; i < 3; i++) liveness.tick(liveness.deadlineMs());
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
    liveness.tick(1_030);
    expect(liveness.heard(1_031)).toBe(false);
    expect(liveness.doubtful).toBe(false);
    liveness.traffic(1_200);
    diary(liveness, 1_500);
    expect(liveness.suspect).toBe(true);
    expect(liveness.heard(1_600)).toBe(true);
    expect(liveness.suspect).toBe(false);
    expect(liveness.deadlineMs()).toBeGreaterThan(2_000);
  });
});

/** A link over which the neighbour's frames come steadily until `endMs`, each with another one that shows its end. */
function listening(endMs: number, gapMs = 50, hasTails = false): Liveness {
  const liveness = make();
  for (let nowMs = endMs - 40 * gapMs; nowMs <= endMs; nowMs += gapMs) {
    for (let i = 0; i < 9 && liveness.deadlineMs() <= nowMs; i++)
      liveness.tick(liveness.deadlineMs());
    liveness.heard(nowMs);
    if (hasTails) liveness.heard(nowMs + 2, false);
  }
  liveness.served(endMs);
  return liveness;
}

describe("a steady stream that breaks off", () => {
  test("is looked into after one and a half gaps, and suspect 120 ms later", () => {
    expect(diary(listening(10_000), 10_300).slice(0, 4)).toEqual([
      [10_075, "chase"],
      [10_115, "probe"],
      [10_155, "probe"],
      [10_195, "suspect"],
    ]);
  });

  test("is looked into as soon where each frame has a tail that shows its end", () => {
    expect(diary(listening(10_000, 50, true), 10_300)[0]).toEqual([10_075, "chase"]);
  });

  test("its normal end costs one probe, and the next one must be steady for longer", () => {
    const liveness = listening(10_000);
    expect(liveness.tick(10_075)).toBe("chase");
    liveness.heard(10_076);
    expect(liveness.deadlineMs()).toBeGreaterThan(10_500);
    for (let i = 0; i < 9; i++) liveness.heard(20_000 + 50 * i);
    expect(liveness.deadlineMs()).not.toBe(20_000 + 50 * 8 + 75);
    for (let i = 9; i < 40; i++) liveness.heard(20_000 + 50 * i);
    const endMs = 20_000 + 50 * 39;
    liveness.probed(endMs);
    liveness.heard(endMs);
    expect(liveness.deadlineMs() - endMs).toBeLessThan(200);
  });

  test("frames now and then are no stream", () => {
    const liveness = listening(10_000, 300);
    expect(liveness.deadlineMs()).toBeGreaterThan(10_500);
  });
});

describe("the system's word", () => {
  test("makes a link suspect at once; only the answer to a later probe ends that", () => {
    const liveness = make();
    expect(liveness.doubt(1_000, false)).toBe(true);
    expect(liveness.suspect).toBe(true);
    expect(liveness.heard(1_040)).toBe(false);
    expect(liveness.answered(999, 1_041)).toBe(false);
    expect(liveness.suspect).toBe(true);
    expect(liveness.doubt(1_042, false)).toBe(false);
    expect(liveness.answered(1_000, 1_050)).toBe(true);
    expect(liveness.suspect).toBe(false);
    expect(liveness.answered(1_000, 1_051)).toBe(false);
  });

  test("after a hint that proved false, hints are passed over, each time for longer", () => {
    const liveness = make();
    liveness.doubt(1_000, false);
    liveness.answered(1_000, 1_050);
    expect(liveness.doubt(15_000, false)).toBe(false);
    expect(liveness.doubt(15_000, true)).toBe(true);
    liveness.answered(15_000, 15_050);
    expect(liveness.doubt(60_000, false)).toBe(true);
    liveness.answered(60_000, 60_050);
    expect(liveness.doubt(90_000, false)).toBe(false);
  });

  test("a way that was gone and came back makes nobody more patient, a hint that proved false does", () => {
    const liveness = make();
    liveness.doubt(1_000, true);
    liveness.answered(1_000, 1_050);
    expect(liveness.patience(1_050)).toBe(1);
    liveness.doubt(2_000, false);
    liveness.answered(2_000, 2_050);
    expect(liveness.patience(2_050)).toBeGreaterThan(2);
  });

  test("a link whose neighbour is really gone ends after 6 s", () => {
    const liveness = make();
    liveness.doubt(1_000, false);
    expect(diary(liveness, 60_000).at(-1)).toEqual([7_000, "gone"]);
  });
});

describe("patience", () => {
  const silence = (liveness: Liveness, fromMs: number): number => {
    liveness.heard(fromMs - 1);
    liveness.served(fromMs - 1);
    liveness.traffic(fromMs);
    for (let steps = 0; steps < 10; steps++) {
      const nowMs = liveness.deadlineMs();
      if (liveness.tick(nowMs) === "suspect") return nowMs - fromMs;
    }
    return Number.NaN;
  };

  test("triples with each false alarm up to eight times, and comes back over minutes", () => {
    const liveness = make();
    const silences: number[] = [];
    for (let i = 0; i < 5; i++) {
      const fromMs = 10_000 + 5_000 * i;
      silences.push(Math.round(silence(liveness, fromMs)));
      liveness.heard(fromMs + (silences[i] ?? 0) + 1);
    }
    expect(silences[0]).toBe(150);
    expect(silences[1]).toBeGreaterThan(370);
    expect(silences[4]).toBeGreaterThan(900);
    expect(silences[4]).toBeLessThan(30 + 3 * 8 * 40 + 1);
    expect(silence(liveness, 10_000 + 60 * 60_000)).toBeLessThan(160);
  });

  test("an outage is no false alarm", () => {
    const liveness = make();
    expect(silence(liveness, 10_000)).toBe(150);
    liveness.heard(14_100);
    expect(silence(liveness, 20_000)).toBe(150);
  });

  test("a tick that came late gives no verdict before answers could be read", () => {
    const liveness = make();
    liveness.traffic(1_000);
    expect(liveness.tick(1_300)).toBe("none");
    expect(liveness.deadlineMs()).toBe(1_305);
    liveness.heard(1_301);
    expect(liveness.tick(1_305)).toBe("none");
    liveness.traffic(2_000);
    expect(liveness.tick(2_300)).toBe("none");
    expect(liveness.tick(2_305)).toBe("chase");
    expect(liveness.tick(2_600)).toBe("none");
    expect(liveness.tick(2_605)).toBe("probe");
  });
});
