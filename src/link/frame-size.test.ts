import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameSize } from "./frame-size.ts";
import {
  FRAME_SIZE_ASKS_MAX,
  FRAME_SIZE_CHECK_MS,
  FRAME_SIZE_RAISE_MS,
  FRAME_SIZE_WAIT_MIN_MS,
} from "./limits.ts";

const LEAST = 1_200;

/** A way whose narrowest place carries `fitsBytes`, which the system may know of or not. */
class Path {
  nowMs = 0;
  toldBytes: number;
  fitsBytes: number;
  readonly probes: { readonly id: number; readonly bytes: number }[] = [];
  readonly size: FrameSize;

  constructor(toldBytes: number, fitsBytes: number = toldBytes) {
    this.toldBytes = toldBytes;
    this.fitsBytes = fitsBytes;
    this.size = new FrameSize({
      leastBytes: LEAST,
      mostBytes: () => this.toldBytes,
      probe: (id, bytes) => void this.probes.push({ id, bytes }),
    });
  }

  get asked(): readonly number[] {
    return [...new Set(this.probes.map(({ bytes }) => bytes))];
  }

  /** Large packets are sent for so long, each probe that fits answered after `roundTripMs`. */
  send(forMs: number, roundTripMs = 10): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += roundTripMs) {
      const before = this.probes.length;
      this.size.used(this.nowMs, roundTripMs);
      for (const { id, bytes } of this.probes.slice(before)) {
        if (bytes <= this.fitsBytes) this.size.echoed(id, this.nowMs + roundTripMs);
      }
    }
  }
}

describe("frames", () => {
  test("are as large as every way carries until larger ones have proven to arrive", () => {
    const path = new Path(1_452);
    expect(path.size.bytes).toBe(LEAST);
    path.size.used(0, 10);
    expect(path.size.bytes).toBe(LEAST);
    expect(path.probes).toHaveLength(1);
    path.size.echoed(path.probes[0]?.id ?? 0, 10);
    expect(path.size.bytes).toBe(1_452);
  });

  test("are never searched for where the system knows of nothing larger", () => {
    const path = new Path(LEAST);
    path.send(60_000);
    expect(path.probes).toEqual([]);
  });

  test("are looked after every few seconds, and not more often, while large packets are sent", () => {
    const path = new Path(1_452);
    path.send(10 * FRAME_SIZE_CHECK_MS);
    expect(path.probes.length).toBeGreaterThanOrEqual(9);
    expect(path.probes.length).toBeLessThanOrEqual(11);
    expect(path.asked).toEqual([1_452]);
  });

  test("stay small where larger ones are swallowed; what is usual below is tried, then for minutes nothing", () => {
    const path = new Path(8_952, 1_000);
    path.send(60_000);
    expect(path.size.bytes).toBe(LEAST);
    expect(path.asked).toEqual([8_952, 1_452, 1_444, 1_372, 1_332]);
    expect(path.probes).toHaveLength(5 * FRAME_SIZE_ASKS_MAX);
    path.send(FRAME_SIZE_RAISE_MS);
    expect(path.probes.length).toBeGreaterThan(5 * FRAME_SIZE_ASKS_MAX);
  });

  test("become as large as what lies on the way lets through", () => {
    const path = new Path(8_952, 1_400);
    path.send(20_000);
    expect(path.size.bytes).toBe(1_372);
    expect(path.asked.slice(-1)).toEqual([1_372]);
    // The way carries more now: that is noticed, later.
    path.fitsBytes = 9_000;
    path.send(FRAME_SIZE_RAISE_MS / 2);
    expect(path.size.bytes).toBe(1_372);
    path.send(FRAME_SIZE_RAISE_MS);
    expect(path.size.bytes).toBe(8_952);
  });

  test("shrink at the next look where the system has been told of something narrow", () => {
    const path = new Path(8_952);
    path.send(1_000);
    expect(path.size.bytes).toBe(8_952);
    path.toldBytes = 1_300;
    path.fitsBytes = 1_300;
    path.send(FRAME_SIZE_CHECK_MS);
    expect(path.size.bytes).toBe(1_300);
    path.toldBytes = 900;
    path.fitsBytes = 900;
    path.send(FRAME_SIZE_CHECK_MS + 100);
    expect(path.size.bytes).toBe(LEAST);
  });

  test.each([1_410, 5_000])(
    "take the system's new word in the middle of a search, also between the usual sizes: %i",
    (toldBytes) => {
      const path = new Path(8_952, toldBytes);
      path.size.used(0, 10);
      path.toldBytes = toldBytes;
      path.send(FRAME_SIZE_WAIT_MIN_MS + 20);
      expect(path.size.bytes).toBe(toldBytes);
      expect(path.probes.map(({ bytes }) => bytes)).toEqual([8_952, toldBytes]);
    },
  );

  test("shrink within seconds where they are swallowed without a word", () => {
    const path = new Path(1_452);
    path.send(1_000);
    path.fitsBytes = 1_300;
    const waitMs = FRAME_SIZE_ASKS_MAX * FRAME_SIZE_WAIT_MIN_MS;
    path.send(FRAME_SIZE_CHECK_MS + waitMs + 100);
    expect(path.size.bytes).toBe(LEAST);
  });

  test("do not shrink because some probes were lost", () => {
    const path = new Path(1_452);
    path.send(FRAME_SIZE_CHECK_MS);
    path.fitsBytes = 1_300;
    const waitMs = (FRAME_SIZE_ASKS_MAX - 1) * FRAME_SIZE_WAIT_MIN_MS;
    path.send(waitMs);
    path.fitsBytes = 1_452;
    path.send(2 * FRAME_SIZE_CHECK_MS);
    expect(path.size.bytes).toBe(1_452);
    expect(path.asked).toEqual([1_452]);
  });

  test("are small again at another endpoint, and searched for at once", () => {
    const path = new Path(1_452);
    path.send(1_000);
    const late = path.probes.at(-1)?.id ?? 0;
    path.size.reset();
    expect(path.size.bytes).toBe(LEAST);
    path.size.echoed(late, path.nowMs);
    expect(path.size.bytes).toBe(LEAST);
    path.send(20);
    expect(path.size.bytes).toBe(1_452);
  });

  test("are not proven by echoes of other probes", () => {
    const path = new Path(8_952, 0);
    path.size.used(0, 10);
    const { id = 0 } = path.probes[0] ?? {};
    for (const other of [0, 1, id & 0x7fff_ffff, id + 1, id - 1]) path.size.echoed(other, 1);
    expect(path.size.bytes).toBe(LEAST);
    // A probe of a size that was given up comes back late.
    path.nowMs = 1;
    path.send(FRAME_SIZE_ASKS_MAX * FRAME_SIZE_WAIT_MIN_MS + 100);
    expect(path.asked).toEqual([8_952, 1_452]);
    path.size.echoed(id, path.nowMs);
    expect(path.size.bytes).toBe(LEAST);
  });

  test("wait for echoes longer where the way is long", () => {
    const path = new Path(1_452, 0);
    path.send(1_400, 600);
    expect(path.probes).toHaveLength(1);
  });

  test("are never larger than what was last told and proven, whatever happens", () => {
    const step = fc.record({
      told: fc.integer({ min: 500, max: 65_487 }),
      fits: fc.integer({ min: 500, max: 65_487 }),
      forMs: fc.integer({ min: 1, max: 30_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const path = new Path(LEAST);
        let most = LEAST;
        for (const { told, fits, forMs } of steps) {
          path.toldBytes = told;
          path.fitsBytes = fits;
          most = Math.max(most, Math.min(told, fits));
          path.send(forMs, 100);
          expect(path.size.bytes).toBeGreaterThanOrEqual(LEAST);
          expect(path.size.bytes).toBeLessThanOrEqual(most);
        }
        // Whatever was before: once the way stays as it is, no larger frames are used than it carries.
        path.send(FRAME_SIZE_CHECK_MS + 8_000, 100);
        expect(path.size.bytes).toBeLessThanOrEqual(Math.max(LEAST, path.fitsBytes));
      }),
      { numRuns: 200 },
    );
  });
});
