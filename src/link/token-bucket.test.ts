import { expect, test } from "vitest";
import { ENDPOINT_ANSWERS_BURST, ENDPOINT_RATES_MAX } from "./limits.ts";
import { AnswerRates } from "./rates.ts";
import { TokenBucket } from "./token-bucket.ts";

test("gives the burst at once, then the rate, and never saves up more than the burst", () => {
  const bucket = new TokenBucket(10, 5, 0);
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

test("one endpoint is held back before the others, and old endpoints are forgotten", () => {
  const rates = new AnswerRates(0);
  for (let i = 0; i < ENDPOINT_ANSWERS_BURST; i++) expect(rates.take("udp://a", 0)).toBe(true);
  expect(rates.take("udp://a", 0)).toBe(false);
  expect(rates.take("udp://b", 0)).toBe(true);
  for (let i = 0; i < ENDPOINT_RATES_MAX; i++) rates.take(`udp://${i}`, 0);
  expect(rates.take("udp://a", 60_000)).toBe(true);
});
