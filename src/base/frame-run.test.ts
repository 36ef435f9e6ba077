import fc from "fast-check";
import { expect, test } from "vitest";
import { type FrameRun, isSoundRun, RUN_HEAD_BYTES, writeFrameOfRun } from "./frame-run.ts";

function runOf(roomBytes: number, leadBytes: number, bodyBytes: number): FrameRun {
  const count = Math.max(1, Math.ceil((leadBytes + bodyBytes) / roomBytes));
  const fill = (length: number, from: number): Uint8Array =>
    Uint8Array.from({ length }, (_, index) => (from + index) & 0xff);
  return {
    frameBytes: roomBytes + RUN_HEAD_BYTES,
    count,
    heads: fill(count * RUN_HEAD_BYTES, 100),
    lead: fill(leadBytes, 200),
    body: fill(bodyBytes, 1),
  };
}

test("frames of a run are its heads, each with its share of lead and body", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.nat({ max: 50 }),
      fc.nat({ max: 400 }),
      (roomBytes, leadBytes, bodyBytes) => {
        const run = runOf(roomBytes, Math.min(leadBytes, roomBytes), bodyBytes);
        expect(isSoundRun(run)).toBe(true);
        const heads: number[] = [];
        const bodies: number[] = [];
        for (let index = 0; index < run.count; index++) {
          const frame = new Uint8Array(run.frameBytes);
          const bytes = writeFrameOfRun(run, index, frame);
          if (index < run.count - 1) expect(bytes).toBe(run.frameBytes);
          heads.push(...frame.subarray(0, RUN_HEAD_BYTES));
          bodies.push(...frame.subarray(RUN_HEAD_BYTES, bytes));
        }
        expect(heads).toEqual([...run.heads]);
        expect(bodies).toEqual([...run.lead, ...run.body]);
      },
    ),
  );
});

test("a run whose numbers contradict each other is not sound", () => {
  const run = runOf(20, 5, 100);
  expect(isSoundRun({ ...run, count: run.count + 1 })).toBe(false);
  expect(isSoundRun({ ...run, count: run.count - 1 })).toBe(false);
  expect(isSoundRun({ ...run, frameBytes: RUN_HEAD_BYTES })).toBe(false);
  expect(isSoundRun({ ...run, heads: run.heads.subarray(1) })).toBe(false);
  expect(isSoundRun({ ...run, lead: new Uint8Array(21), body: new Uint8Array(84) })).toBe(false);
});
