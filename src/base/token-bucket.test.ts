import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("gives the burst at once, then the rate, and never saves up more than the burst", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  const takeAll = (nowMs: number): number => {
    let count = 0;
    while (bucket.take(nowMs)) count += 1;
    return count;
  };
  expect(takeAll(0)).toBe(5);
  expect(takeAll(99)).toBe(0);
  expect(takeAll(300)).toBe(3);
  expect(takeAll(1_000_000)).toBe(5);
});

test("takes several at once or none", () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 4 }, 0);
  expect(bucket.take(0, 5)).toBe(false);
  expect(bucket.take(0, 3)).toBe(true);
  expect(bucket.take(0, 2)).toBe(false);
  expect(bucket.take(0)).toBe(true);
});

test("says when the next token comes", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  expect(bucket.nextMs(0)).toBe(0);
  bucket.take(0, 3);
  expect(bucket.nextMs(0)).toBe(100);
  expect(bucket.nextMs(40)).toBe(100);
  expect(bucket.take(99)).toBe(false);
  expect(bucket.take(100)).toBe(true);
  expect(bucket.nextMs(100)).toBe(200);
  expect(bucket.nextMs(260)).toBe(260);
});

test("a token that comes within a millisecond is waited for in full", () => {
  const bucket = new TokenBucket({ perSecond: 3, burst: 1 }, 0);
  bucket.take(0);
  const nextMs = bucket.nextMs(0);
  expect(nextMs).toBe(334);
  expect(bucket.take(nextMs - 1)).toBe(false);
  expect(bucket.take(nextMs)).toBe(true);
});

test("says when several tokens will be there, even more than are left", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 8 }, 0);
  expect(bucket.nextMs(0, 8)).toBe(0);
  bucket.take(0, 6);
  expect(bucket.nextMs(0, 2)).toBe(0);
  expect(bucket.nextMs(0, 5)).toBe(300);
  expect(bucket.take(299, 5)).toBe(false);
  expect(bucket.take(300, 5)).toBe(true);
});

test("what is forced has to be made up for, but never more than one burst", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  bucket.force(0, 7);
  expect(bucket.take(0)).toBe(false);
  expect(bucket.nextMs(0)).toBe(300);
  expect(bucket.take(300)).toBe(true);
  bucket.force(300, 1_000_000);
  expect(bucket.nextMs(300)).toBe(900);
  expect(bucket.take(899)).toBe(false);
  expect(bucket.take(900)).toBe(true);
});

test("whoever comes at the time told is served, however time is cut into pieces", () => {
  for (const perSecond of [3, 7, 64, 100, 333]) {
    const bucket = new TokenBucket({ perSecond, burst: 5 }, 0);
    let nowMs = 0;
    let turnedAway = 0;
    for (let i = 0; i < 20_000; i++) {
      nowMs += ((i * 7_919) % 1_000) / 617;
      if (bucket.take(nowMs)) continue;
      nowMs = bucket.nextMs(nowMs);
      if (!bucket.take(nowMs)) turnedAway++;
    }
    expect(turnedAway).toBe(0);
  }
});

test("tells what is left, never less than nothing, and gives exactly as much", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
  expect(bucket.left(0)).toBe(5);
  bucket.take(0, 2);
  expect(bucket.left(100)).toBe(4);
  bucket.force(100, 6);
  expect(bucket.left(100)).toBe(0);
  expect(bucket.left(300)).toBe(0);
  expect(bucket.left(400)).toBe(1);
  expect(bucket.take(400, 1)).toBe(true);
  expect(bucket.left(400)).toBe(0);
});
