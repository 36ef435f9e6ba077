import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { type FrameRun, RUN_HEAD_BYTES, writeFrameOfRun } from "../base/frame-run.ts";
import { testRandom } from "../testing/fixtures.ts";
import {
  KEPT_BYTES_FIRST,
  KEPT_BYTES_PER_LINK_MAX,
  KEPT_FRAMES_FIRST,
  KEPT_FRAMES_MAX,
} from "./limits.ts";
import { KEPT_TABLE_BYTES_FIRST, KEPT_TABLE_BYTES_MAX, SentFrames } from "./sent-frames.ts";
import { TrainWriter } from "./train-writer.ts";

const LINK = 0x0102_0304;
const LIFE_MS = 1_000;

function newFrames(maxBytes = 64 << 20) {
  const budget = { usedBytes: 0, maxBytes };
  return { frames: new SentFrames(budget), budget };
}

function trainOf(token: number, payload: Uint8Array, frameBytes = 1_200): FrameRun {
  const lead = testRandom(token).bytes(60);
  const room = frameBytes - RUN_HEAD_BYTES;
  const count = Math.ceil((lead.length - RUN_HEAD_BYTES + payload.length) / room);
  const plan = { frameBytes, count, receiverIndex: LINK, token, lead, payload };
  return new TrainWriter().run(plan);
}

function frameOf(run: FrameRun, index: number): Uint8Array {
  const into = new Uint8Array(run.frameBytes);
  return into.subarray(0, writeFrameOfRun(run, index, into));
}

interface Sent {
  readonly frame: Uint8Array;
  readonly run: FrameRun | undefined;
}

function ofTrain(run: FrameRun): Sent {
  return { frame: frameOf(run, 0), run };
}

function keep(frames: SentFrames, number: number, { frame, run }: Sent, nowMs: number): void {
  if (run === undefined) frames.keepFrame(2 * number, frame, nowMs, LIFE_MS);
  else frames.keepTrain(2 * number, number, run, nowMs, LIFE_MS);
}

/** Quicker than an expectation for each byte. */
function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

function expectKept(frames: SentFrames, number: number, { frame, run }: Sent, isKept: boolean) {
  const wanted = isKept ? frame : undefined;
  expect(isSame(frames.frame(2 * number), wanted)).toBe(true);
  if (run === undefined) return;
  const last = run.count - 1;
  expect(isSame(frames.head(number), wanted)).toBe(true);
  const piece = isKept ? frameOf(run, last) : undefined;
  expect(isSame(frames.piece(number, last, LINK), piece)).toBe(true);
  expect(frames.piece(number, last + 1, LINK)).toBeUndefined();
}

describe("sent frames", () => {
  test("come back as they were, or not at all, in bounded memory", () => {
    const kept = fc.record({
      bytes: fc.integer({ min: 1, max: 64_000 }),
      isTrain: fc.boolean(),
      waitMs: fc.nat(400),
    });
    const run = fc.property(fc.array(kept, { maxLength: 40 }), fc.nat(1_000), (all, seed) => {
      const random = testRandom(seed);
      const { frames, budget } = newFrames(600_000);
      const sent: Sent[] = [];
      let nowMs = 0;
      for (const [number, { bytes, isTrain, waitMs }] of all.entries()) {
        nowMs += waitMs;
        // Every second counter belongs to a frame that is not kept.
        const counter = 2 * number;
        const payload = random.bytes(isTrain ? bytes + 1_300 : Math.min(1_200, bytes));
        const one = isTrain
          ? ofTrain(trainOf(number, payload))
          : { frame: payload, run: undefined };
        keep(frames, number, one, nowMs);
        sent.push(one);
        expect(budget.usedBytes).toBeLessThanOrEqual(600_000);
        expect(frames.frame(counter + 1)).toBeUndefined();
        const oldest = frames.oldest(counter + 2) / 2;
        for (const [i, each] of sent.entries()) expectKept(frames, i, each, i >= oldest);
      }
      frames.clear();
      expect(budget.usedBytes).toBe(0);
    });
    fc.assert(run, { seed: 1, numRuns: 20 });
  });

  test("are the newest ones where there are too many", () => {
    const { frames, budget } = newFrames();
    const count = KEPT_FRAMES_MAX + 1;
    for (let i = 0; i < count; i++) frames.keepFrame(i, Uint8Array.of(i & 0xff), 0, LIFE_MS);
    expect([frames.size, frames.oldest(count)]).toEqual([KEPT_FRAMES_MAX, 1]);
    expect(frames.frame(0)).toBeUndefined();
    for (let i = 0; i < 200; i++) {
      frames.keepTrain(count + i, i, trainOf(i, new Uint8Array(60_000)), 0, LIFE_MS);
      expect(budget.usedBytes).toBeLessThanOrEqual(KEPT_BYTES_PER_LINK_MAX + KEPT_TABLE_BYTES_MAX);
    }
    expect(must(frames.piece(199, 5, LINK), "the newest").length).toBe(1_200);
    expect(frames.head(0)).toBeUndefined();
  });

  test("stay as they were while room for more of them is made", () => {
    const { frames, budget } = newFrames();
    const sent: Sent[] = [];
    for (let i = 0; i < 3 * KEPT_FRAMES_FIRST; i++) {
      const run = i % 7 === 0 ? trainOf(i, testRandom(i).bytes(3_000)) : undefined;
      const one = run === undefined ? { frame: testRandom(i).bytes(50), run } : ofTrain(run);
      // Old ones go now and then, so that the ring does not begin at its first place.
      keep(frames, i, one, i < 100 ? i * LIFE_MS : 100 * LIFE_MS);
      sent.push(one);
    }
    for (const [i, one] of sent.entries()) expectKept(frames, i, one, i >= 99);
    frames.clear();
    expect(budget.usedBytes).toBe(0);
  });

  test("are the newest ones where there is no memory for more", () => {
    const { frames } = newFrames(KEPT_TABLE_BYTES_FIRST + KEPT_BYTES_FIRST);
    for (let i = 0; i <= KEPT_FRAMES_FIRST; i++) frames.keepFrame(i, Uint8Array.of(1), 0, LIFE_MS);
    expect([frames.size, frames.oldest(0)]).toEqual([KEPT_FRAMES_FIRST, 1]);
  });

  test("are given up once they are old", () => {
    const { frames } = newFrames();
    frames.keepFrame(1, Uint8Array.of(1), 0, LIFE_MS);
    frames.keepFrame(2, Uint8Array.of(2), LIFE_MS + 1, LIFE_MS);
    expect([frames.frame(1), frames.frame(2)]).toEqual([undefined, Uint8Array.of(2)]);
  });
});
