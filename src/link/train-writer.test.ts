import { expect, test } from "vitest";
import { isSoundRun } from "../base/frame-run.ts";
import { FRAME_PIECE, PIECE_HEAD_BYTES } from "./layout.ts";
import { FRAGMENTS_MAX } from "./limits.ts";
import { TrainWriter } from "./train-writer.ts";

const FRAME_BYTES = 100;
const ROOM_BYTES = FRAME_BYTES - PIECE_HEAD_BYTES;

function planOf(count: number, lead: Uint8Array) {
  const firstBytes = FRAME_BYTES - lead.length;
  const payload = new Uint8Array(firstBytes + (count - 2) * ROOM_BYTES + 1).fill(5);
  const token = 0xabcd_1234_5678;
  return { frameBytes: FRAME_BYTES, count, receiverIndex: 0x0102_0304, token, lead, payload };
}

test("every piece names its link, its train and its place; the payload is not moved", () => {
  const writer = new TrainWriter();
  const lead = new Uint8Array(60).fill(8);
  const plan = planOf(FRAGMENTS_MAX, lead);
  const run = writer.run(plan);
  expect(isSoundRun(run)).toBe(true);
  expect(run.body).toBe(plan.payload);
  const frames: Uint8Array[] = [];
  expect(writer.each(run, (frame) => frames.push(frame.slice()) > 0)).toBe(true);
  expect(frames).toHaveLength(FRAGMENTS_MAX);
  expect(frames[0]?.subarray(0, 60)).toEqual(lead);
  for (const [index, frame] of frames.entries()) {
    if (index === 0) continue;
    const view = new DataView(frame.buffer);
    expect(frame[0]).toBe(FRAME_PIECE);
    expect(view.getUint32(1)).toBe(0x0102_0304);
    expect(view.getUint16(5)).toBe(0xabcd);
    expect(view.getUint32(7)).toBe(0x1234_5678);
    expect(view.getUint16(11)).toBe(index);
  }
  expect(frames.at(-1)).toHaveLength(PIECE_HEAD_BYTES + 1);
});

test("a frame that is not taken ends it", () => {
  const writer = new TrainWriter();
  const run = writer.run(planOf(9, new Uint8Array(40)));
  let taken = 0;
  expect(writer.each(run, () => ++taken < 4)).toBe(false);
  expect(taken).toBe(4);
});
