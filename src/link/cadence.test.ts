import { describe, expect, test } from "vitest";
import { Cadence } from "./cadence.ts";
import {
  CADENCE_FRAMES_MAX,
  CADENCE_FRAMES_MIN,
  CADENCE_GAP_MAX_MS,
  CADENCE_PATIENCE_MIN_MS,
} from "./limits.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Frames of a steady stream until there is a patience, at most so many; how many that took. */
function steady(cadence: Cadence, gapMs: number, most = 10_000): number {
  for (let count = 1; count <= most; count++) {
    cadence.heard(gapMs);
    if (cadence.patienceMs !== NEVER) return count;
  }
  return NEVER;
}

describe("the pace of a stream", () => {
  test("is known after so many frames, and patience is at least its time", () => {
    const cadence = new Cadence();
    expect(cadence.patienceMs).toBe(NEVER);
    expect(steady(cadence, 2)).toBe(CADENCE_FRAMES_MIN);
    for (let i = 0; i < 20; i++) cadence.heard(2);
    expect(cadence.patienceMs).toBe(CADENCE_PATIENCE_MIN_MS);
  });

  test("allows half a gap more where it is steady, and three deviations where it is not", () => {
    const cadence = new Cadence();
    for (let i = 0; i < 60; i++) cadence.heard(100);
    expect(cadence.patienceMs).toBeCloseTo(150, 0);
    for (let i = 0; i < 200; i++) cadence.heard(i % 2 === 0 ? 50 : 150);
    expect(cadence.patienceMs).toBeGreaterThan(100 + 3 * 45);
    expect(cadence.patienceMs).toBeLessThan(100 + 3 * 60);
  });

  test("is learnt anew after a pause that is too long, and not after one just as long", () => {
    const cadence = new Cadence();
    steady(cadence, 20);
    cadence.heard(CADENCE_GAP_MAX_MS);
    expect(cadence.patienceMs).not.toBe(NEVER);
    cadence.heard(CADENCE_GAP_MAX_MS + 1);
    expect(cadence.patienceMs).toBe(NEVER);
    expect(steady(cadence, 20)).toBe(CADENCE_FRAMES_MIN);
    expect(cadence.patienceMs).toBeLessThan(60);
  });

  test("has to be steady for twice as long after each mistake, up to a limit", () => {
    const cadence = new Cadence();
    for (let needed = 2 * CADENCE_FRAMES_MIN; needed <= CADENCE_FRAMES_MAX; needed *= 2) {
      cadence.broken();
      expect(steady(cadence, 20)).toBe(needed);
    }
    cadence.broken();
    expect(steady(cadence, 20)).toBe(CADENCE_FRAMES_MAX);
  });

  test("is believed sooner again where looking was right, or where it went on for long", () => {
    const cadence = new Cadence();
    for (let i = 0; i < 3; i++) cadence.broken();
    cadence.confirmed();
    expect(cadence.patienceMs).toBe(NEVER);
    expect(steady(cadence, 20)).toBe(4 * CADENCE_FRAMES_MIN);
    // Four times as long as was needed, of which a quarter is behind us.
    for (let i = 0; i < 12 * CADENCE_FRAMES_MIN; i++) cadence.heard(20);
    cadence.heard(CADENCE_GAP_MAX_MS + 1);
    expect(steady(cadence, 20)).toBe(2 * CADENCE_FRAMES_MIN);
    for (let i = 0; i < 5; i++) cadence.confirmed();
    expect(steady(cadence, 20)).toBe(CADENCE_FRAMES_MIN);
  });
});
