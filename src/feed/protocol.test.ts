import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../wire/index.ts";
import { FrameSplitter, frameOf } from "./frame-splitter.ts";
import { BODY_BYTES_MAX, ENTRY_BYTES_MAX, FEED_FRAME_BYTES_MAX } from "./limits.ts";
import { decodeFrame, encodeFrame, type FeedFrame } from "./protocol.ts";

const feedId = "00112233445566778899aabbccddeeff";
const hash = new Uint8Array(32).fill(5);
const frames: readonly FeedFrame[] = [
  { t: "offer", feeds: [{ feedId, seq: 3, hash }] },
  { t: "have", feeds: [] },
  { t: "entry", bytes: new Uint8Array(5_000).fill(1) },
  { t: "ack", feedId, seq: 2 ** 48 - 1 },
  { t: "stop", feedId, reason: "forked" },
];

describe("frames", () => {
  test("come back through a splitter, however the bytes are cut", () => {
    const all = frames.map(encodeFrame);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4_000 }), { maxLength: 12 }), (cuts) => {
        const stream = Uint8Array.from(all.flatMap((frame) => [...frame]));
        const splitter = new FrameSplitter(FEED_FRAME_BYTES_MAX);
        const found: FeedFrame[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          splitter.push(stream.subarray(at, at + cut), (frame) => found.push(decodeFrame(frame)));
          at = Math.min(stream.length, at + cut);
        }
        expect(found).toEqual(frames);
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  test("have room for the largest entry", () => {
    expect(ENTRY_BYTES_MAX).toBeGreaterThan(BODY_BYTES_MAX);
    const largest = encodeFrame({ t: "entry", bytes: new Uint8Array(ENTRY_BYTES_MAX) });
    expect(largest.length - 4).toBeLessThanOrEqual(FEED_FRAME_BYTES_MAX);
    const tooLarge = encodeFrame({ t: "entry", bytes: new Uint8Array(ENTRY_BYTES_MAX + 1) });
    expect(() => decodeFrame(tooLarge.subarray(4))).toThrow(WireError);
  });

  test("above the limit are refused from their length alone", () => {
    const taken: number[] = [];
    const atLimit = new FrameSplitter(10);
    atLimit.push(frameOf(new Uint8Array(10)), (frame) => taken.push(frame.length));
    expect(taken).toEqual([10]);
    for (const length of [0, 11, 2 ** 32 - 1]) {
      const head = new Uint8Array(4);
      new DataView(head.buffer).setUint32(0, length);
      expect(() => new FrameSplitter(10).push(Uint8Array.of(...head, 1), () => {})).toThrow(
        WireError,
      );
    }
  });

  test("made of random or mutated bytes are refused with a WireError and nothing else", () => {
    const samples = frames.filter((frame) => frame.t !== "entry").map(encodeFrame);
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([frame, at, flip]) => {
        const content = frame.slice(4);
        content[at % content.length] = (content[at % content.length] ?? 0) ^ flip;
        return content;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (content) => {
        try {
          decodeFrame(content);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { seed: 4, numRuns: 1_000 },
    );
  });
});
