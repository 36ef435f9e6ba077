import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { LentViews } from "../base/lent-views.ts";
import { noiseNonce } from "../crypto/index.ts";
import { FrameCodec } from "./frame-codec.ts";
import { FRAME_COUNTER_MAX } from "./limits.ts";

const suite = createNodeSuite();
const key = suite.aead("chacha20-poly1305", new Uint8Array(32).fill(7));

describe("frames", () => {
  test("what is sealed is opened again, for every index and counter", () => {
    const codec = new FrameCodec(65_535);
    const u32 = fc.nat(0xffff_ffff);
    const counters = fc.integer({ min: 0, max: FRAME_COUNTER_MAX });
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(u32, counters, bytes, bytes, (index, counter, sealed, payload) => {
        const frame = codec.seal(key, index, counter, sealed, payload).slice();
        expect(frame.length).toBe(29 + sealed.length + payload.length);
        expect(codec.parse(frame)).toBe(true);
        expect([codec.index, codec.counter]).toEqual([index, counter]);
        expect(codec.open(key, frame)).toEqual(sealed);
        expect(codec.payload(frame)).toEqual(payload);
      }),
      { seed: 9 },
    );
  });

  test("in memory that is written again and again are opened as those in memory of their own", () => {
    const [codec, sender] = [new FrameCodec(65_535), new FrameCodec(65_535)];
    const slots = [new Uint8Array(2_000), new Uint8Array(2_000)];
    const views = new LentViews();
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 900 });
    fc.assert(
      fc.property(fc.nat(1), fc.nat(99), bytes, bytes, (which, counter, sealed, payload) => {
        const slot = slots[which] as Uint8Array;
        const made = sender.seal(key, 7, counter, sealed, payload);
        slot.set(made);
        const frame = views.of(slot, 0, made.length);
        expect(codec.parse(frame)).toBe(true);
        const opened = codec.open(key, frame, true) as Uint8Array;
        expect(opened).toEqual(sealed);
        expect(codec.afterKind(opened)).toEqual(sealed.subarray(1));
        expect(codec.payload(frame, true)).toEqual(payload);
        slot[20] = (slot[20] ?? 0) ^ 1;
        expect(codec.parse(frame) && codec.open(key, frame, true)).toBeUndefined();
      }),
      { seed: 11 },
    );
  });

  test("byte by byte as docs/PROTOCOL.md says", () => {
    const codec = new FrameCodec(1_200);
    const sealed = Uint8Array.of(0, 0xaa);
    const frame = codec.seal(key, 0x01020304, 0x0506_0000_0007, sealed, Uint8Array.of(0xbb));
    const head = Uint8Array.of(5, 1, 2, 3, 4, 5, 6, 0, 0, 0, 7, 0, 2);
    expect(frame.subarray(0, 13)).toEqual(head);
    const associated = Uint8Array.of(...head, 0, 0, 0, 1);
    const expected = key.seal(noiseNonce(0x0506_0000_0007), associated, sealed);
    expect(frame.subarray(13, 31)).toEqual(expected);
    expect(frame.subarray(31)).toEqual(Uint8Array.of(0xbb));
  });

  test("a changed head, seal or length is refused; the open payload is not looked at", () => {
    const codec = new FrameCodec(1_200);
    const frame = codec.seal(key, 1, 2, Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)).slice();
    for (let at = 0; at < frame.length; at++) {
      const mutant = frame.slice();
      mutant[at] = (mutant[at] ?? 0) ^ 0x40;
      const opened = codec.parse(mutant) ? codec.open(key, mutant) : undefined;
      expect(opened !== undefined).toBe(at >= frame.length - 2);
    }
    const longer = Uint8Array.of(...frame, 0);
    expect(codec.parse(longer) && codec.open(key, longer)).toBeUndefined();
    for (let length = 0; length < frame.length; length++) {
      const shorter = frame.subarray(0, length);
      const opened = codec.parse(shorter) ? codec.open(key, shorter) : undefined;
      expect(opened).toBeUndefined();
    }
  });
});
