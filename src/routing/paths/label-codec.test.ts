import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countLabels,
  labelBytes,
  lastLabelAt,
  NO_LABEL,
  readLabel,
  reverseLabels,
  writeLabel,
} from "./label-codec.ts";
import { LABEL_MAX, LABEL_SHORT_MAX } from "./limits.ts";

fc.configureGlobal({ seed: 1 });

const anyLabels = fc.array(fc.integer({ min: 1, max: LABEL_MAX }), { maxLength: 60 });

function stackOf(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * labels.length);
  let at = 0;
  for (const label of labels) at = writeLabel(bytes, at, label);
  return bytes.slice(0, at);
}

function labelsOf(stack: Uint8Array): number[] {
  const labels: number[] = [];
  for (let at = 0; at < stack.length; ) {
    const label = readLabel(stack, at, stack.length);
    labels.push(label);
    at += labelBytes(label);
  }
  return labels;
}

test("one byte up to 127, two up to 16,383", () => {
  expect([...stackOf([1, LABEL_SHORT_MAX, LABEL_SHORT_MAX + 1, LABEL_MAX])]).toEqual([
    1, 127, 0x80, 128, 0xbf, 0xff,
  ]);
});

test("stacks read as they were written, backwards as well", () => {
  fc.assert(
    fc.property(anyLabels, (labels) => {
      const stack = stackOf(labels);
      expect(labelsOf(stack)).toEqual(labels);
      expect(countLabels(stack)).toBe(labels.length);
      const reversed = new Uint8Array(stack.length);
      expect(reverseLabels(reversed, stack, 0, stack.length)).toBe(true);
      expect(labelsOf(reversed)).toEqual(labels.toReversed());
      const last = lastLabelAt(stack, 0, stack.length);
      const expected = stack.length - labelBytes(labels.at(-1) ?? 1);
      expect(last).toBe(labels.length === 0 ? -1 : expected);
    }),
  );
});

describe("what is no label", () => {
  test.each([
    ["nothing", []],
    ["zero", [0]],
    ["half a long label", [0x81]],
    ["a long form of a short label", [0x80, 127]],
    ["a number above the largest", [0xc0, 0]],
  ])("%s", (_, bytes) => {
    const stack = Uint8Array.from(bytes);
    expect(readLabel(stack, 0, stack.length)).toBe(NO_LABEL);
    if (stack.length > 0) expect(countLabels(stack)).toBe(-1);
    expect(lastLabelAt(stack, 0, stack.length)).toBe(-1);
  });

  test("any bytes are a stack of valid labels or refused by all readers alike", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (stack) => {
        const count = countLabels(stack);
        const reversed = new Uint8Array(stack.length);
        expect(reverseLabels(reversed, stack, 0, stack.length)).toBe(count >= 0);
        if (count >= 0) expect(stackOf(labelsOf(stack))).toEqual(stack);
      }),
      { numRuns: 500 },
    );
  });
});
