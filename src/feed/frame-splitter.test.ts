import { expect, test } from "vitest";
import { WireError } from "../wire/index.ts";
import { FrameSplitter, frameOf } from "./frame-splitter.ts";

test("frames above the limit are refused from their length alone", () => {
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

test("frames are the same wherever the bytes are cut, and share no memory with what came", () => {
  const contents = [1, 2, 300, 5].map((size, at) => new Uint8Array(size).fill(at + 1));
  const whole = Uint8Array.from(contents.flatMap((content) => [...frameOf(content)]));
  for (let cut = 0; cut <= whole.length; cut++) {
    const splitter = new FrameSplitter(300);
    const frames: Uint8Array[] = [];
    // Lies somewhere in a larger piece of memory, as what comes from a socket may.
    const bytes = Buffer.concat([Uint8Array.of(9, 9, 9), whole]).subarray(3);
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      splitter.push(part, (frame) => frames.push(frame));
    }
    bytes.fill(0);
    expect(frames).toEqual(contents);
  }
});
