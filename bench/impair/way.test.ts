import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testRandom } from "../../src/testing/fixtures.ts";
import { type Impairment, WAY_FRAMES_MAX, Way } from "./way.ts";

const CLEAN: Impairment = {
  delayMs: 25,
  lossShare: 0,
  bitsPerSecond: Number.POSITIVE_INFINITY,
  queueBytes: 0,
};

function draws(seed: number): () => number {
  const random = testRandom(seed);
  return () => random.u32() / 2 ** 32;
}

describe("one direction of an impairing link", () => {
  test("a frame arrives after the delay, not before", () => {
    const way = new Way(CLEAN, () => 0);
    expect(way.nextDueUs()).toBe(Number.POSITIVE_INFINITY);
    expect(way.offer(7, 1_500, 1_000)).toBe(true);
    expect(way.nextDueUs()).toBe(26_000);
    expect(way.take(25_999)).toBe(-1);
    expect(way.take(26_000)).toBe(7);
    expect(way.take(26_000)).toBe(-1);
    expect(way.count).toBe(0);
  });

  test("at a rate, each waits for those before it", () => {
    // 12 Mbit/s: 1,500 bytes take one millisecond.
    const way = new Way({ ...CLEAN, bitsPerSecond: 12e6, queueBytes: 1e6, delayMs: 10 }, () => 0);
    for (const slot of [0, 1, 2]) way.offer(slot, 1_500, 0);
    expect([way.take(11_000), way.take(11_000)]).toEqual([0, -1]);
    expect([way.take(13_000), way.take(13_000)]).toEqual([1, 2]);
    // The line has been idle since: nothing to wait for.
    way.offer(3, 1_500, 20_000);
    expect(way.nextDueUs()).toBe(31_000);
  });

  test("the queue drops what is above its size, and nothing at it", () => {
    const way = new Way({ ...CLEAN, bitsPerSecond: 12e6, queueBytes: 3_000 }, () => 0);
    expect([0, 1, 2].map((slot) => way.offer(slot, 1_500, 0))).toEqual([true, true, false]);
    // Half of the first has left by now.
    expect(way.offer(3, 750, 500)).toBe(true);
    expect(way.offer(4, 1, 500)).toBe(false);
  });

  test("the same seed loses the same frames, about as many as asked", () => {
    const lost = (seed: number): readonly boolean[] => {
      const way = new Way({ ...CLEAN, lossShare: 0.05, delayMs: 0 }, draws(seed));
      return Array.from({ length: 20_000 }, (_, i) => {
        const isLost = !way.offer(i, 1_500, i);
        way.take(i);
        return isLost;
      });
    };
    expect(lost(1)).toEqual(lost(1));
    expect(lost(1)).not.toEqual(lost(2));
    const share = lost(1).filter((isLost) => isLost).length / 20_000;
    expect(share).toBeGreaterThan(0.045);
    expect(share).toBeLessThan(0.055);
  });

  test("a lost frame has taken its time on the line", () => {
    const always = new Way(
      { ...CLEAN, bitsPerSecond: 12e6, queueBytes: 2_000, lossShare: 1 },
      () => Number.EPSILON,
    );
    expect(always.offer(0, 1_500, 0)).toBe(false);
    expect(always.count).toBe(0);
    const way = new Way(
      { ...CLEAN, bitsPerSecond: 12e6, queueBytes: 9_000, lossShare: 0.5 },
      draws(3),
    );
    const kept = [0, 1, 2, 3, 4, 5].filter((slot) => way.offer(slot, 1_500, 0));
    expect(kept.length).toBeLessThan(6);
    for (const slot of kept) {
      expect(way.nextDueUs()).toBe(25_000 + (slot + 1) * 1_000);
      expect(way.take(1e9)).toBe(slot);
    }
  });

  test("it holds as many frames as the limit says and no more", () => {
    const way = new Way(CLEAN, () => 0);
    const slots = Array.from({ length: WAY_FRAMES_MAX }, (_, slot) => slot);
    expect(slots.every((slot) => way.offer(slot, 60, 0))).toBe(true);
    expect(way.offer(0, 60, 0)).toBe(false);
    expect(way.take(1e6)).toBe(0);
    expect(way.offer(0, 60, 0)).toBe(true);
  });

  test("whatever is kept comes out once, in order, never early", () => {
    const steps = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 60, max: 1_514 })),
    );
    const property = fc.property(steps, fc.integer(), (frames, seed) => {
      const shape = { delayMs: 3, lossShare: 0.2, bitsPerSecond: 20e6, queueBytes: 20_000 };
      const way = new Way(shape, draws(seed));
      let nowUs = 0;
      const kept: { slot: number; atUs: number }[] = [];
      const out: number[] = [];
      const drain = (): void => {
        for (let slot = way.take(nowUs); slot >= 0; slot = way.take(nowUs)) {
          const atUs = kept.find((one) => one.slot === slot)?.atUs ?? Number.NaN;
          expect(nowUs - atUs).toBeGreaterThanOrEqual(3_000);
          out.push(slot);
        }
      };
      for (const [slot, [gapUs, bytes]] of frames.entries()) {
        nowUs += gapUs;
        drain();
        if (way.offer(slot, bytes, nowUs)) kept.push({ slot, atUs: nowUs });
      }
      nowUs = 1e12;
      drain();
      expect(out).toEqual(kept.map(({ slot }) => slot));
    });
    fc.assert(property);
  });
});
