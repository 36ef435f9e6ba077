import fc from "fast-check";
import { expect, test } from "vitest";
import { TypedError } from "../../base/errors.ts";
import { FrameSplitter } from "../../feed/index.ts";
import { WireError } from "../../wire/index.ts";
import { HYBRID_BUNDLE_BYTES_MAX, HYBRID_FRAME_BYTES_MAX } from "./limits.ts";
import { decodeHybridFrame, encodeHybridFrame, type HybridFrame } from "./protocol.ts";

const LENGTH_BYTES = 4;
const frames: fc.Arbitrary<HybridFrame> = fc.oneof(
  fc.constant<HybridFrame>({ t: "ask" }),
  fc
    .record({
      wallMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      dhKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      bundle: fc.uint8Array({ maxLength: HYBRID_BUNDLE_BYTES_MAX, size: "max" }),
    })
    .map((note): HybridFrame => ({ t: "key", note })),
);

test("frames come back through a splitter as they were, however the bytes are cut", () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 2_000 }), (frame, pieceBytes) => {
      const bytes = encodeHybridFrame(frame);
      const splitter = new FrameSplitter(HYBRID_FRAME_BYTES_MAX);
      const found: HybridFrame[] = [];
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        splitter.push(bytes.subarray(at, at + pieceBytes), (content) =>
          found.push(decodeHybridFrame(content)),
        );
      }
      expect(found).toEqual([frame]);
    }),
    { seed: 1, numRuns: 100 },
  );
});

test("what is cut, too long, altered or made up is refused with a typed error or is another frame", () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, at, flip) => {
      const content = encodeHybridFrame(frame).subarray(LENGTH_BYTES);
      const place = at % content.length;
      expect(() => decodeHybridFrame(content.subarray(0, place))).toThrow(WireError);
      expect(() => decodeHybridFrame(Uint8Array.of(...content, 0))).toThrow(WireError);
      const altered = content.slice();
      altered[place] = (altered[place] ?? 0) ^ flip;
      try {
        expect(decodeHybridFrame(altered)).not.toEqual(frame);
      } catch (error) {
        if (!(error instanceof TypedError)) throw error;
      }
    }),
    { seed: 2, numRuns: 200 },
  );
});

test("a prekey has a largest size, which no frame of the service exceeds", () => {
  const keyOf = (sizeBytes: number): Uint8Array => {
    const note = { wallMs: 1, dhKey: new Uint8Array(32), bundle: new Uint8Array(sizeBytes) };
    return encodeHybridFrame({ t: "key", note }).subarray(LENGTH_BYTES);
  };
  const largest = keyOf(HYBRID_BUNDLE_BYTES_MAX);
  expect(largest.length).toBeLessThanOrEqual(HYBRID_FRAME_BYTES_MAX);
  expect(decodeHybridFrame(largest).t).toBe("key");
  expect(() => decodeHybridFrame(keyOf(HYBRID_BUNDLE_BYTES_MAX + 1))).toThrow(WireError);
});
