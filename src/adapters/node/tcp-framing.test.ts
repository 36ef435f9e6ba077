import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { FrameSplitter, framePrefix } from "./tcp-framing.ts";

function prefixed(frame: Uint8Array): Uint8Array {
  return concatBytes(framePrefix(frame.length), frame);
}

function split(
  stream: Uint8Array,
  cuts: readonly number[],
): { frames: Uint8Array[]; ok: boolean; pending: boolean } {
  const frames: Uint8Array[] = [];
  const splitter = new FrameSplitter((frame) => frames.push(Uint8Array.from(frame)));
  const borders = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
  borders.sort((a, b) => a - b);
  let ok = true;
  for (let i = 1; i < borders.length && ok; i++) {
    ok = splitter.push(stream.subarray(borders[i - 1], borders[i]));
  }
  return { frames, ok, pending: splitter.pending };
}

describe("frame splitter", () => {
  test("gives back every frame however the stream is cut", () => {
    const frame = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.nat()), (frames, cuts) => {
        const stream = concatBytes(...frames.map((one) => prefixed(one)));
        expect(split(stream, cuts)).toEqual({ frames, ok: true, pending: false });
      }),
      { seed: 4711 },
    );
  });

  test("takes the largest frame, also byte by byte", () => {
    const frame = new Uint8Array(65_535).map((_, i) => i % 251);
    const stream = prefixed(frame);
    const everywhere = Array.from({ length: stream.length }, (_, i) => i);
    expect(split(stream, everywhere).frames).toEqual([frame]);
  });

  test("an empty frame is garbage, wherever it is cut", () => {
    const stream = concatBytes(
      prefixed(Uint8Array.of(1)),
      Uint8Array.of(0, 0),
      prefixed(Uint8Array.of(2)),
    );
    for (let cut = 0; cut <= stream.length; cut++) {
      const { frames, ok } = split(stream, [cut]);
      expect(ok).toBe(false);
      expect(frames).toEqual([Uint8Array.of(1)]);
    }
  });

  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.nat()), (stream, cuts) => void split(stream, cuts)),
      { seed: 4711 },
    );
  });
});
