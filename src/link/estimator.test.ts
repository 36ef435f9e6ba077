import { describe, expect, test } from "vitest";
import { LinkEstimator } from "./estimator.ts";
import { COST_ROUND_TRIP_MS, COST_ROUND_TRIPS } from "./limits.ts";
import { Liveness } from "./liveness.ts";

function withRoundTrip(ms: number): LinkEstimator {
  const estimator = new LinkEstimator();
  for (let i = 0; i < 50; i++) estimator.echoed(estimator.probeSent(i * 1_000), i * 1_000 + ms);
  return estimator;
}

describe("cost", () => {
  test("a quiet LAN hop is about 24, and a millisecond never makes two hops better", () => {
    expect(withRoundTrip(0.3).cost).toBe(25);
    expect(withRoundTrip(2).cost).toBeLessThan(2 * withRoundTrip(0.3).cost);
    expect(withRoundTrip(12).cost).toBeLessThan(2 * withRoundTrip(0.3).cost);
    expect(withRoundTrip(50).cost).toBeGreaterThan(2 * withRoundTrip(0.3).cost);
  });

  test("grows with the round trip and never leaves its range", () => {
    const costs = [0, 1, 10, 100, 1_000, 4_000].map((ms) => withRoundTrip(ms).cost);
    expect([...costs].sort((a, b) => a - b)).toEqual(costs);
    expect(withRoundTrip(900_000).cost).toBe(4_095);
  });

  test("what a busy processor adds to some round trips does not count", () => {
    const estimator = new LinkEstimator();
    estimator.guess(19, 0);
    const costs = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const busyMs = i % 5 === 4 ? 1 : 5 + ((i * 37) % 90);
      estimator.echoed(estimator.probeSent(i * 1_000), i * 1_000 + busyMs);
      costs.add(estimator.cost);
    }
    // The first four have at least 5 ms, then the first without a wait comes.
    expect([...costs]).toEqual([29, 25]);
  });

  test("a queue that stands for half a minute does not count, a longer way does", () => {
    const estimator = withRoundTrip(1);
    const at = (fromMs: number, untilMs: number, everyMs: number, roundTripMs: number): void => {
      for (let ms = fromMs; ms < untilMs; ms += everyMs) {
        estimator.echoed(estimator.probeSent(ms), ms + roundTripMs);
      }
    };
    at(50_000, 50_000 + COST_ROUND_TRIP_MS / 2, 250, 40);
    expect(estimator.cost).toBe(25);
    at(80_000, 81_000, 250, 1);
    at(81_000, 81_000 + 2 * COST_ROUND_TRIP_MS, 250, 76);
    expect(estimator.cost).toBeGreaterThan(95);
  });

  test("all of the last eight have to be longer, however long those take", () => {
    const estimator = withRoundTrip(1);
    const long = (i: number): void => {
      const ms = i * 2 * COST_ROUND_TRIP_MS;
      estimator.echoed(estimator.probeSent(ms), ms + 76);
    };
    for (let i = 1; i < COST_ROUND_TRIPS; i++) long(i);
    expect(estimator.cost).toBe(25);
    long(COST_ROUND_TRIPS);
    expect(estimator.cost).toBeGreaterThan(95);
  });

  test("where the neighbour has moved, only the last eight count", () => {
    const estimator = withRoundTrip(1);
    estimator.moved();
    for (let i = 0; i < COST_ROUND_TRIPS; i++) {
      estimator.echoed(estimator.probeSent(50_000 + i), 50_000 + i + 76);
    }
    expect(estimator.cost).toBeGreaterThan(95);
  });

  test("half of the probes lost costs about twice as much", () => {
    const estimator = new LinkEstimator();
    for (let i = 0; i < 400; i++) {
      const id = estimator.probeSent(i * 2_000);
      if (i % 2 === 0) estimator.echoed(id, i * 2_000 + 1);
    }
    expect(estimator.deliveryRatio).toBeGreaterThan(0.4);
    expect(estimator.deliveryRatio).toBeLessThan(0.6);
    expect(estimator.cost).toBeGreaterThan(41);
    expect(estimator.cost).toBeLessThan(62);
  });
});

describe("round trip", () => {
  test("follows RFC 6298 and bounds the wait", () => {
    const estimator = new LinkEstimator();
    expect(estimator.retransmitMs).toBe(250);
    expect(estimator.knownRoundTripMs).toBe(0);
    estimator.sample(100, 0);
    expect(estimator.roundTripMs).toBe(100);
    expect(estimator.retransmitMs).toBe(300);
    estimator.sample(200, 0);
    expect(estimator.roundTripMs).toBeCloseTo(112.5);
    for (let i = 0; i < 100; i++) estimator.sample(0.1, 0);
    expect(estimator.retransmitMs).toBe(50);
    for (let i = 0; i < 100; i++) estimator.sample(1e6, 0);
    expect(estimator.retransmitMs).toBe(2_000);
  });

  test("what the handshake took is only believed until the first probe", () => {
    const estimator = new LinkEstimator();
    estimator.guess(80, 0);
    expect(estimator.roundTripMs).toBe(80);
    estimator.sample(2, 0);
    expect(estimator.roundTripMs).toBe(2);
    estimator.sample(10, 0);
    expect(estimator.roundTripMs).toBe(3);
  });

  test("an echo counts once and only for a probe that was sent", () => {
    const estimator = new LinkEstimator();
    estimator.echoed(0, 10);
    expect(estimator.roundTripMs).toBeNaN();
    const id = estimator.probeSent(100);
    estimator.echoed(id, 105);
    estimator.echoed(id, 900);
    expect(estimator.roundTripMs).toBe(5);
  });
});

/**
 * A link whose round trip is 1 ms falls silent for `silentMs`. Probes that leave meanwhile are
 * answered at its end, or never.
 */
function interrupted(
  silentMs: number,
  areKept: boolean,
): { estimator: LinkEstimator; nowMs: number } {
  const estimator = withRoundTrip(1);
  const startMs = 50_000;
  const liveness = new Liveness(estimator, () => 1, startMs);
  liveness.heard(startMs);
  liveness.traffic(startMs);
  const ids: number[] = [];
  for (;;) {
    const nowMs = liveness.deadlineMs();
    if (nowMs >= startMs + silentMs) break;
    if (liveness.tick(nowMs) !== "suspect") ids.push(estimator.probeSent(nowMs));
  }
  const endMs = startMs + silentMs;
  expect(liveness.suspect).toBe(true);
  liveness.heard(endMs);
  for (const id of ids) if (areKept) estimator.echoed(id, endMs);
  return { estimator, nowMs: endMs };
}

describe("a silence", () => {
  test("whose end brings late answers says nothing of the round trip, as the next one shows", () => {
    const { estimator, nowMs } = interrupted(2_000, true);
    expect(estimator.roundTripMs).toBeGreaterThan(100);
    estimator.echoed(estimator.probeSent(nowMs + 10), nowMs + 11);
    expect(estimator.roundTripMs).toBeCloseTo(1);
    expect(estimator.varianceMs).toBeLessThan(0.1);
    estimator.echoed(estimator.probeSent(nowMs + 20), nowMs + 29);
    expect(estimator.roundTripMs).toBeCloseTo(2);
  });

  test("after which answers stay late was a longer way, which counts from the first of them", () => {
    const { estimator, nowMs } = interrupted(300, true);
    const { roundTripMs } = estimator;
    expect(roundTripMs).toBeGreaterThan(50);
    estimator.echoed(estimator.probeSent(nowMs + 10), nowMs + 310);
    expect(estimator.roundTripMs).toBeGreaterThan(roundTripMs);
  });

  test("of a neighbour that was gone makes the link cost more, but no single probe less likely to arrive", () => {
    const { estimator, nowMs } = interrupted(5_000, false);
    expect(estimator.deliveryRatio).toBeLessThan(0.9);
    expect(estimator.livingRatio).toBe(1);
    for (let i = 1; i <= 8; i++) estimator.probeSent(nowMs + i * 2_000);
    expect(estimator.livingRatio).toBeLessThan(0.8);
  });

  test("that was a false alarm counts in full", () => {
    const { estimator, nowMs } = interrupted(1_400, false);
    estimator.probeSent(nowMs + 2_000);
    expect(estimator.livingRatio).toBe(estimator.deliveryRatio);
    expect(estimator.livingRatio).toBeLessThan(0.95);
  });
});
