import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes } from "../base/bytes.ts";
import { BlockBuffer } from "./block-buffer.ts";

const BLOCK_BYTES = 16_384;

/** The bytes between two offsets, read view by view. */
function read(buffer: BlockBuffer, start: number, end: number): Uint8Array {
  const found = new Uint8Array(end - start);
  for (let at = start; at < end; ) {
    const view = buffer.view(at, end - at);
    if (view.length === 0) throw new RangeError("A view is empty.");
    found.set(view, at - start);
    at += view.length;
  }
  return found;
}

const pattern = (offset: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((offset + i) * 31) % 251);

describe.each([false, true])("a buffer of blocks, recycled: %s", (isRecycled) => {
  test("gives back what was written, across blocks and after dropping", () => {
    const step = fc.record({ gap: fc.nat(9_000), length: fc.nat(20_000), dropped: fc.nat(30_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const buffer = new BlockBuffer(isRecycled);
        let [base, end] = [0, 0];
        const written: [number, number][] = [];
        for (const { gap, length, dropped } of steps) {
          const offset = end + gap;
          const before = buffer.memoryBytes;
          const taken = buffer.memoryFor(offset, length);
          buffer.write(offset, pattern(offset, length));
          expect(buffer.memoryBytes).toBe(before + taken);
          if (length > 0) written.push([offset, offset + length]);
          end = offset + length;
          base = Math.min(end, base + dropped);
          buffer.dropBelow(base);
          for (const [from, to] of written) {
            if (to <= base) continue;
            const start = Math.max(from, base);
            expect(equalBytes(read(buffer, start, to), pattern(start, to - start))).toBe(true);
          }
        }
        buffer.clear(end);
        expect(buffer.memoryBytes).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  test("takes memory by blocks, and gives it back as soon as a block is done with", () => {
    const buffer = new BlockBuffer(isRecycled);
    expect(buffer.memoryFor(0, 0)).toBe(0);
    expect(buffer.memoryFor(0, BLOCK_BYTES)).toBe(BLOCK_BYTES);
    expect(buffer.memoryFor(1, BLOCK_BYTES)).toBe(2 * BLOCK_BYTES);
    buffer.write(0, new Uint8Array(BLOCK_BYTES));
    expect([buffer.memoryBytes, buffer.memoryFor(1, BLOCK_BYTES)]).toEqual([
      BLOCK_BYTES,
      BLOCK_BYTES,
    ]);
    buffer.write(3 * BLOCK_BYTES, Uint8Array.of(1));
    expect(buffer.memoryBytes).toBe(2 * BLOCK_BYTES);
    buffer.dropBelow(BLOCK_BYTES - 1);
    expect(buffer.memoryBytes).toBe(2 * BLOCK_BYTES);
    buffer.dropBelow(BLOCK_BYTES);
    expect(buffer.memoryBytes).toBe(BLOCK_BYTES);
    buffer.dropBelow(0);
    expect([...buffer.view(3 * BLOCK_BYTES, 1)]).toEqual([1]);
    buffer.clear(5 * BLOCK_BYTES + 7);
    buffer.write(5 * BLOCK_BYTES + 7, Uint8Array.of(9));
    expect([buffer.memoryBytes, ...buffer.view(5 * BLOCK_BYTES + 7, 1)]).toEqual([BLOCK_BYTES, 9]);
  });
});

test("memory that is used again belongs to one at a time", () => {
  const first = new BlockBuffer(true);
  first.write(0, Uint8Array.of(1));
  const lent = first.view(0, 1);
  first.clear(0);
  const second = new BlockBuffer(true);
  second.write(0, Uint8Array.of(2));
  expect(second.view(0, 1).buffer).toBe(lent.buffer);
  const third = new BlockBuffer(true);
  third.write(0, Uint8Array.of(3));
  expect([...second.view(0, 1), ...third.view(0, 1)]).toEqual([2, 3]);
});

test("memory of which somebody may keep a view is nobody else's", () => {
  const kept = new BlockBuffer();
  kept.write(0, Uint8Array.of(1));
  const view = kept.view(0, 1);
  kept.dropBelow(BLOCK_BYTES);
  for (const isRecycled of [false, true]) {
    const other = new BlockBuffer(isRecycled);
    other.write(0, Uint8Array.of(2));
    expect(other.view(0, 1).buffer).not.toBe(view.buffer);
  }
  expect([...view]).toEqual([1]);
});
