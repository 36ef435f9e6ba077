import fc from "fast-check";
import { expect, test } from "vitest";
import { writeFrameOfRun } from "../../../base/frame-run.ts";
import { UDP_SEGMENTS_MAX } from "../limits.ts";
import type { Ffi } from "./ffi.ts";
import { PART, Pinned } from "./pinned.ts";
import { ScatterSlots, scatterBytes } from "./udp-scatter.ts";

const SLOTS = 3;
const FFI: Pick<Ffi, "addressOf"> = { addressOf: () => 0 };

function setUp(frameBytes: number) {
  const memory = new Pinned(FFI as Ffi, scatterBytes(SLOTS));
  return { memory, slots: new ScatterSlots(memory, 0, SLOTS, frameBytes) };
}

/** What the system does: fills one part after the other. */
function receive(memory: Pinned, slots: ScatterSlots, slot: number, bytes: Uint8Array): void {
  let at = 0;
  for (let i = 0; i < slots.partCount && at < bytes.length; i++) {
    const part = slots.partsAt(slot) + i * PART.size;
    const room = Math.min(memory.get32(part + PART.bytes), bytes.length - at);
    memory.bytes.set(bytes.subarray(at, at + room), memory.get32(part + PART.base));
    at += room;
  }
  expect(at).toBe(bytes.length);
}

/** The frames that a message was read as. */
function framesOf(slots: ScatterSlots, slot: number, bytes: number, frameBytes: number) {
  const frame = slots.frame(slot, bytes, frameBytes);
  if (frame !== undefined) return { kind: "frame", frames: [frame.slice()] };
  const came = slots.read(slot, bytes, frameBytes);
  const frames: Uint8Array[] = [];
  if (came.kind === "frames") {
    for (let at = 0; at < bytes; at += frameBytes) {
      frames.push(came.bytes.slice(at, at + frameBytes));
    }
    return { kind: came.kind, frames };
  }
  for (let index = 0; index < came.run.count; index++) {
    const frame = new Uint8Array(frameBytes);
    frames.push(frame.slice(0, writeFrameOfRun(came.run, index, frame)));
  }
  return { kind: came.kind, frames };
}

test("a message of any size, cut in any way, comes out as it went in", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 64, max: 9_000 }), fc.integer({ min: 64, max: 65_535 })),
      fc.oneof(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 65_535 })),
      fc.nat({ max: 65_535 }),
      fc.boolean(),
      (laidOutFor, other, bytes, isExpected) => {
        const { memory, slots } = setUp(laidOutFor);
        const frameBytes = isExpected ? laidOutFor : other;
        const whole = Uint8Array.from({ length: bytes }, (_, i) => (i * 31) & 0xff);
        receive(memory, slots, 1, whole);
        const { frames } = framesOf(slots, 1, bytes, Math.max(1, frameBytes));
        expect(Buffer.concat(frames).equals(Buffer.from(whole))).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

test("frames of the size that was expected come as a run, others one by one; then it follows", () => {
  const { memory, slots } = setUp(1_200);
  const whole = new Uint8Array(20 * 1_400 + 100).fill(3);
  receive(memory, slots, 0, whole);
  expect(framesOf(slots, 0, whole.length, 1_400).kind).toBe("frames");
  const before = slots.partCount;
  expect(slots.follow()).toBe(true);
  expect(slots.follow()).toBe(false);
  expect(slots.partCount).not.toBe(before);
  receive(memory, slots, 0, whole);
  expect(framesOf(slots, 0, whole.length, 1_400).kind).toBe("run");
});

test.each([
  [1_200, 55],
  [1_372, 48],
  [1_452, 46],
  [8_952, 8],
])(
  "a full message of frames of %i bytes, the last one shorter, is one run",
  (frameBytes, count) => {
    const { memory, slots } = setUp(frameBytes);
    const whole = Uint8Array.from({ length: 65_487 }, (_, i) => (i * 31) & 0xff);
    receive(memory, slots, 2, whole);
    const { kind, frames } = framesOf(slots, 2, whole.length, frameBytes);
    expect([kind, frames.length]).toEqual(["run", count]);
    expect(Buffer.concat(frames).equals(Buffer.from(whole))).toBe(true);
  },
);

test("large frames are followed although no message holds many of them, single ones only to more", () => {
  const { memory, slots } = setUp(1_200);
  const came = (bytes: number, frameBytes: number): string => {
    const whole = new Uint8Array(bytes).fill(5);
    receive(memory, slots, 0, whole);
    const { kind } = framesOf(slots, 0, bytes, frameBytes);
    slots.follow();
    return kind;
  };
  expect([came(60_000, 8_952), came(60_000, 8_952)]).toEqual(["frames", "run"]);
  expect([came(65_487, 65_487), came(65_487, 65_487)]).toEqual(["frames", "frame"]);
  expect([came(40_000, 40_000), came(65_487, 65_487)]).toEqual(["frame", "frame"]);
  expect([came(2_400, 1_200), came(65_487, 65_487)]).toEqual(["frames", "frame"]);
  expect([came(12_000, 1_200), came(12_000, 1_200)]).toEqual(["frames", "run"]);
});

test("a single frame comes in one piece, up to the size that was expected", () => {
  const { memory, slots } = setUp(1_200);
  for (const bytes of [0, 1, 13, 14, 1_199, 1_200]) {
    const frame = Uint8Array.from({ length: bytes }, (_, i) => i & 0xff);
    receive(memory, slots, 2, frame);
    const came = framesOf(slots, 2, bytes, Math.max(1, bytes));
    expect(came).toEqual({ kind: "frame", frames: [frame] });
  }
  const longer = new Uint8Array(1_201).fill(9);
  receive(memory, slots, 2, longer);
  expect(framesOf(slots, 2, 1_201, 1_201)).toEqual({ kind: "frames", frames: [longer] });
});

test("more frames than there are places for heads are read all the same", () => {
  const { memory, slots } = setUp(100);
  const most = new Uint8Array(UDP_SEGMENTS_MAX * 100).fill(1);
  receive(memory, slots, 0, most);
  expect(framesOf(slots, 0, most.length, 100).kind).toBe("run");
  const more = new Uint8Array((UDP_SEGMENTS_MAX + 1) * 100).fill(2);
  receive(memory, slots, 0, more);
  const { kind, frames } = framesOf(slots, 0, more.length, 100);
  expect(kind).toBe("frames");
  expect(Buffer.concat(frames).equals(Buffer.from(more))).toBe(true);
});
