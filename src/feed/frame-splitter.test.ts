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
