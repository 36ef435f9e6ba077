import { describe, expect, test } from "vitest";
import { LinkEstimator } from "./estimator.ts";

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
    estimator.guess(19);
    const costs = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const busyMs = i % 5 === 4 ? 1 : 5 + ((i * 37) % 90);
      estimator.echoed(estimator.probeSent(i * 1_000), i * 1_000 + busyMs);
      costs.add(estimator.cost);
    }
    expect([...costs]).toEqual([25]);
    for (let i = 200; i < 208; i++) {
      estimator.echoed(estimator.probeSent(i * 1_000), i * 1_000 + 76);
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
    estimator.sample(100);
    expect(estimator.roundTripMs).toBe(100);
    expect(estimator.retransmitMs).toBe(300);
    estimator.sample(200);
    expect(estimator.roundTripMs).toBeCloseTo(112.5);
    for (let i = 0; i < 100; i++) estimator.sample(0.1);
    expect(estimator.retransmitMs).toBe(50);
    for (let i = 0; i < 100; i++) estimator.sample(1e6);
    expect(estimator.retransmitMs).toBe(2_000);
  });

  test("what the handshake took is only believed until the first probe", () => {
    const estimator = new LinkEstimator();
    estimator.guess(80);
    expect(estimator.roundTripMs).toBe(80);
    estimator.sample(2);
    expect(estimator.roundTripMs).toBe(2);
    estimator.sample(10);
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
