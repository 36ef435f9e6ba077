import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { LinkEstimator } from "./estimator.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { COST_HOLD_MS, COST_ROUND_TRIP_MS, YOUNG_PROBE_MS, YOUNG_PROBES } from "./limits.ts";
import { Liveness } from "./liveness.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

/** Times of the probes of a link whose every probe is answered after a millisecond. */
function probesUntil(untilMs: number, handshakeMs?: number, isSlow = false): readonly number[] {
  const estimator = new LinkEstimator();
  if (handshakeMs !== undefined) estimator.guess(handshakeMs, 0);
  const liveness = new Liveness(estimator, () => 1, 0);
  liveness.slow = isSlow;
  const sentAtMs: number[] = [];
  while (liveness.deadlineMs() <= untilMs) {
    const nowMs = liveness.deadlineMs();
    if (liveness.tick(nowMs) !== "probe") continue;
    sentAtMs.push(nowMs);
    liveness.heard(nowMs + 1);
    estimator.echoed(estimator.probeSent(nowMs), nowMs + 1);
  }
  return sentAtMs;
}

describe("a young link", () => {
  test("is probed eight more times in two seconds, and seldom from then on", () => {
    const sentAtMs = probesUntil(60_000, 1);
    const gaps = sentAtMs.slice(1).map((atMs, i) => atMs - (sentAtMs[i] ?? 0));
    const quick = gaps.filter((gapMs) => gapMs <= YOUNG_PROBE_MS + 1);
    expect(quick).toHaveLength(YOUNG_PROBES);
    expect(gaps.slice(0, YOUNG_PROBES)).toEqual(quick);
    expect(gaps.slice(YOUNG_PROBES).every((gapMs) => gapMs >= 1_500)).toBe(true);
  });

  test("is not, where the line is slow", () => {
    expect(probesUntil(2_000, 1, true)).toHaveLength(2);
  });

  test("is not, before it is known how long an answer takes, nor quicker than answers come", () => {
    expect(probesUntil(1_499)).toHaveLength(1);
    const sentAtMs = probesUntil(60_000, 2_000);
    expect((sentAtMs[1] ?? 0) - (sentAtMs[0] ?? 0)).toBeGreaterThan(2_000);
  });

  test("is probed from both sides, since each keeps its own account", () => {
    const { on, a, b } = w.pair(31);
    on.weather.latencyMs = 40;
    on.run(300);
    on.weather.latencyMs = 1;
    on.run(3 * YOUNG_PROBE_MS);
    expect(a.manager.neighbour(b.id)?.roundTripMs).toBeLessThan(70);
    expect(b.manager.neighbour(a.id)?.roundTripMs).toBeLessThan(70);
  });

  test("costs less as soon as a shorter round trip is seen; an old one has to show that it lasts", () => {
    const { on, a, b } = w.pair(32);
    const cost = (): number => a.manager.neighbour(b.id)?.cost ?? Number.NaN;
    const until = (isSo: () => boolean): number => {
      let waitedMs = 0;
      for (; !isSo() && waitedMs < 10 * COST_ROUND_TRIP_MS; waitedMs += 10) on.run(10);
      return waitedMs;
    };
    on.weather.latencyMs = 40;
    on.run(500);
    expect(cost()).toBeGreaterThan(80);
    on.weather.latencyMs = 1;
    on.run(1_000);
    expect(cost()).toBeLessThan(30);

    on.weather.latencyMs = 40;
    on.run(10 * COST_ROUND_TRIP_MS);
    expect(cost()).toBeGreaterThan(80);
    on.weather.latencyMs = 1;
    const roundTripMs = (): number => a.manager.neighbour(b.id)?.roundTripMs ?? Number.NaN;
    const before = roundTripMs();
    until(() => roundTripMs() < before - 5);
    expect(cost()).toBeGreaterThan(80);
    expect(until(() => cost() < 30)).toBeGreaterThanOrEqual(COST_HOLD_MS - 10);
    expect(cost()).toBeLessThan(30);
  });

  test("that takes the place of an earlier one along the same way goes on with what that one knew", () => {
    const { on, a, b } = w.pair(33);
    on.weather.latencyMs = 150;
    on.run(60_000);
    const costs = new Set<number>();
    for (let i = 0; i < 3 * 3_600; i++) {
      on.run(1_000);
      costs.add(a.manager.neighbour(b.id)?.cost ?? Number.NaN);
    }
    expect(a.manager.stats().handshakesDone).toBeGreaterThan(2);
    expect([...costs]).toEqual([332]);
  });

  test("is not young where it goes on with what an earlier one knew, but for what is still awaited", () => {
    const earlier = new LinkEstimator();
    for (let i = 0; i < 20; i++) {
      const id = earlier.probeSent(i * 2_000);
      if (i % 4 !== 0) earlier.echoed(id, i * 2_000 + 70);
    }
    const awaited = earlier.probeSent(40_000);
    const renewed = new LinkEstimator();
    renewed.guess(5, 40_000);
    renewed.continueFrom(earlier);
    for (const key of ["cost", "roundTripMs", "varianceMs", "deliveryRatio"] as const) {
      expect(renewed[key]).toBe(earlier[key]);
    }
    expect(renewed.livingRatio).toBe(earlier.livingRatio);
    expect(renewed.isYoung).toBe(false);
    expect(renewed.echoed(awaited, 40_070)).toBeUndefined();
    renewed.continueFrom(new LinkEstimator());
    expect(renewed.cost).toBe(earlier.cost);
  });

  test("that is under load from its start on does not cost more than its handshake said, for a minute", () => {
    const estimator = new LinkEstimator();
    estimator.guess(3, 0);
    const loadUntil = (fromMs: number, untilMs: number): void => {
      for (let ms = fromMs; ms < untilMs; ms += 250) {
        estimator.echoed(estimator.probeSent(ms), ms + 60);
      }
    };
    loadUntil(0, COST_ROUND_TRIP_MS);
    expect(estimator.cost).toBe(27);
    loadUntil(COST_ROUND_TRIP_MS, 3 * COST_ROUND_TRIP_MS);
    expect(estimator.cost).toBeGreaterThan(80);
  });

  test("whose handshake was quick is not taken for shorter than what its probes say", () => {
    const estimator = new LinkEstimator();
    estimator.guess(31, 0);
    expect(estimator.cost).toBe(35);
    for (let i = 0; i < 3; i++) estimator.echoed(estimator.probeSent(i * 250), i * 250 + 30);
    expect(estimator.cost).toBe(54);
  });

  test("that loses much is known to after its quick probes, so that it outlives a few lost ones", () => {
    const estimator = new LinkEstimator();
    for (let i = 0; i < 12; i++) {
      const id = estimator.probeSent(i * YOUNG_PROBE_MS);
      if (i % 2 === 0) estimator.echoed(id, i * YOUNG_PROBE_MS + 1);
    }
    estimator.probeSent(60_000);
    expect(estimator.livingRatio).toBeLessThan(0.7);
  });

  test("that falls silent for a moment is not taken for one that loses much", () => {
    const estimator = new LinkEstimator();
    for (let i = 0; i < 4; i++) {
      estimator.echoed(estimator.probeSent(i * YOUNG_PROBE_MS), i * YOUNG_PROBE_MS + 1);
    }
    for (let i = 0; i < 6; i++) estimator.probeSent(2_000 + i * 40);
    estimator.probeSent(60_000);
    expect(estimator.livingRatio).toBeGreaterThan(0.8);
  });
});
