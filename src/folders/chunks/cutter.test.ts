import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { CHUNK_BYTES, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN } from "../limits.ts";
import { ChunkCutter, gearOf } from "./cutter.ts";

const suite = createNodeSuite();
const gear = gearOf(suite, new Uint8Array(32).fill(7));

/** Lengths of the chunks of some bytes that come in pieces. */
function cut(bytes: Uint8Array, pieces: readonly number[] = [bytes.length]): readonly number[] {
  const lengths: number[] = [];
  const chunks: Uint8Array[] = [];
  const cutter = new ChunkCutter(gear, (chunk) => {
    lengths.push(chunk.length);
    chunks.push(chunk.slice());
  });
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = Math.max(1, pieces[turn % pieces.length] ?? 1);
    cutter.write(bytes.subarray(at, at + piece));
    at += piece;
  }
  cutter.end();
  expect(equalBytes(concatBytes(...chunks), bytes)).toBe(true);
  return lengths;
}

test("chunks have about their mean size, and keep their limits", () => {
  const lengths = cut(testRandom(1).bytes(16 << 20));
  const inner = lengths.slice(0, -1);
  expect(Math.min(...inner)).toBeGreaterThan(CHUNK_BYTES_MIN);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
  const mean = (16 << 20) / lengths.length;
  expect(mean).toBeGreaterThan(CHUNK_BYTES * 0.7);
  expect(mean).toBeLessThan(CHUNK_BYTES * 1.5);
});

test("bytes that say nothing are cut at the limit", () => {
  // A hash of equal bytes soon stays what it is.
  const lengths = cut(new Uint8Array(3 * CHUNK_BYTES_MAX + 5));
  expect(lengths).toEqual([CHUNK_BYTES_MAX, CHUNK_BYTES_MAX, CHUNK_BYTES_MAX, 5]);
  expect(cut(new Uint8Array(0))).toEqual([]);
  expect(cut(new Uint8Array(1))).toEqual([1]);
});

test("it does not matter in which pieces the bytes come", () => {
  const bytes = testRandom(2).bytes(400_000);
  const whole = cut(bytes);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 90_000 }), { minLength: 1, maxLength: 8 }), (pieces) => {
      expect(cut(bytes, [...pieces, 1_000])).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});

test("what is put in or taken out changes the chunks around it and no others", () => {
  const bytes = testRandom(3).bytes(8 << 20);
  const at = 3 << 20;
  const after = concatBytes(bytes.subarray(0, at), testRandom(4).bytes(333), bytes.subarray(at));
  const [before, behind] = [cut(bytes), cut(after)];
  let same = 0;
  while (before[same] === behind[same]) same++;
  let equal = 0;
  while (before.at(-1 - equal) === behind.at(-1 - equal)) equal++;
  expect(before.length - same - equal).toBeLessThan(6);
});

test("other folders cut elsewhere", () => {
  const bytes = testRandom(5).bytes(1 << 20);
  const lengths: number[] = [];
  const other = gearOf(suite, new Uint8Array(32));
  const cutter = new ChunkCutter(other, (chunk) => lengths.push(chunk.length));
  cutter.write(bytes);
  cutter.end();
  expect(lengths).not.toEqual(cut(bytes));
});
