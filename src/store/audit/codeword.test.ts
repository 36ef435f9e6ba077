import { describe, expect, test } from "vitest";
import { testRandom } from "../../testing/index.ts";
import { ErasureCodec } from "../erasure/index.ts";
import { checkCodeword, type FragmentReply, mixBytes } from "./codeword.ts";

const random = testRandom("codewords");
const CODES = [
  [1, 4],
  [2, 5],
  [3, 40],
  [10, 30],
  [16, 24],
  [20, 40],
  [32, 96],
] as const;

function codeword(k: number, n: number, width: number): FragmentReply[] {
  const codec = new ErasureCodec({ k, n, shardBytesMax: 64, kernel: "reference" });
  for (const shard of codec.dataShards(width)) shard.set(random.bytes(width));
  return codec.encode(width).map((shard, index) => ({ index, bytes: shard.slice() }));
}

function check(k: number, replies: readonly FragmentReply[]): ReturnType<typeof checkCodeword> {
  return checkCodeword(k, replies, random.bytes(mixBytes(replies[0]?.bytes.length ?? 0)));
}

/** So many indices, in ascending order. */
function choose(n: number, count: number): number[] {
  const left = Array.from({ length: n }, (_, index) => index);
  while (left.length > count) left.splice(random.u32() % left.length, 1);
  return left;
}

/** Replies in which these indices have every byte changed, or only one. */
function spoil(
  replies: readonly FragmentReply[],
  wrong: readonly number[],
  isWhole: boolean,
): FragmentReply[] {
  return replies.map(({ index, bytes }) => {
    if (!wrong.includes(index)) return { index, bytes };
    const spoiled = bytes.slice();
    const at = random.u32() % bytes.length;
    for (let i = 0; i < bytes.length; i++) {
      if (isWhole || i === at) spoiled[i] = (spoiled[i] ?? 0) ^ (1 + (random.u32() % 255));
    }
    return { index, bytes: spoiled };
  });
}

describe.each(CODES)("replies of a code %i of %i", (k, n) => {
  test.each([1, 4, 64])("of %i bytes that are right pass, any of them", (width) => {
    const replies = codeword(k, n, width);
    for (let round = 0; round < 20; round++) {
      const count = k + 1 + (random.u32() % (n - k));
      const some = choose(n, count).flatMap((index) => replies[index] ?? []);
      expect(check(k, some)).toEqual({ isChecked: true, wrong: [] });
    }
  });

  test("k of them check nothing", () => {
    const replies = codeword(k, n, 64).slice(0, k);
    expect(check(k, spoil(replies, [0], true))).toEqual({ isChecked: false, wrong: [] });
  });

  test("one beyond k shows that one is wrong, but not which", () => {
    const replies = codeword(k, n, 64).slice(0, k + 1);
    expect(check(k, spoil(replies, [k], false))).toEqual({ isChecked: true, wrong: undefined });
  });

  test.each([1, 64])(
    "wrong ones up to half of those beyond k are found, %i bytes wide",
    (width) => {
      const replies = codeword(k, n, width);
      for (let round = 0; round < 12; round++) {
        const wrong = choose(n, 1 + (round % Math.floor((n - k) / 2)));
        expect(check(k, spoil(replies, wrong, round % 2 === 0)).wrong).toEqual(wrong);
      }
    },
  );
});

test("more than half are found where the liars did not agree on what to say", () => {
  const replies = codeword(20, 40, 64);
  for (const count of [11, 14, 17]) {
    const wrong = choose(40, count);
    expect(check(20, spoil(replies, wrong, true)).wrong).toEqual(wrong);
  }
});

test("nineteen of forty liars are too many to be named, and nobody is accused", () => {
  const wrong = choose(40, 19);
  expect(check(20, spoil(codeword(20, 40, 4), wrong, true)).wrong).toBeUndefined();
});

test("liars who agree on another codeword are found up to half of those beyond k", () => {
  const truth = codeword(20, 40, 64);
  const lie = codeword(20, 40, 64);
  const mixed = truth.map((reply, index) => (index < 10 ? (lie[index] ?? reply) : reply));
  expect(check(20, mixed).wrong).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("liars who are more than k and agree are believed: only the honest ones stand out", () => {
  const truth = codeword(20, 40, 64);
  const lie = codeword(20, 40, 64);
  const mixed = truth.map((reply, index) => (index < 32 ? (lie[index] ?? reply) : reply));
  expect(check(20, mixed).wrong).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
});
