import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("lets a burst through, then the rate, and saves up no more than a burst", () => {
  const bucket = new TokenBucket(10, 3, 0);
  const take = (nowMs: number, count: number) =>
    Array.from({ length: count }, () => bucket.take(nowMs)).filter(Boolean).length;
  expect(take(0, 4)).toBe(3);
  expect(take(99, 1)).toBe(0);
  expect(take(200, 2)).toBe(2);
  expect(take(60_000, 10)).toBe(3);
});
