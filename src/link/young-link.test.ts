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
function probesUntil(untilMs: number, isSlow = false): readonly number[] {
  const estimator = new LinkEstimator();
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
  test("is probed eight times in two seconds, then as any other", () => {
    const sentAtMs = probesUntil(60_000);
    const gaps = sentAtMs.slice(1).map((atMs, i) => atMs - (sentAtMs[i] ?? 0));
    const quick = gaps.filter((gapMs) => gapMs <= YOUNG_PROBE_MS + 1);
    expect(quick).toHaveLength(YOUNG_PROBES);
    expect(gaps.slice(0, YOUNG_PROBES)).toEqual(quick);
    expect(gaps.slice(YOUNG_PROBES).every((gapMs) => gapMs >= 1_500)).toBe(true);
  });

  test("is not, where the line is slow", () => {
    expect(probesUntil(2_000, true)).toHaveLength(2);
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
    a.manager.sendControl(b.id, Uint8Array.of(1));
    let waitedMs = 0;
    for (; cost() > 30 && waitedMs < 200_000; waitedMs += 100) on.run(100);
    expect(waitedMs).toBeGreaterThanOrEqual(COST_HOLD_MS);
  });

  test("that is under load from its start on does not cost more before a minute has passed", () => {
    const estimator = new LinkEstimator();
    estimator.guess(20, 0);
    const loadUntil = (fromMs: number, untilMs: number): void => {
      for (let ms = fromMs; ms < untilMs; ms += 250) {
        estimator.echoed(estimator.probeSent(ms), ms + 60);
      }
    };
    loadUntil(0, COST_ROUND_TRIP_MS);
    expect(estimator.cost).toBe(25);
    loadUntil(COST_ROUND_TRIP_MS, 3 * COST_ROUND_TRIP_MS);
    expect(estimator.cost).toBeGreaterThan(80);
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
});
