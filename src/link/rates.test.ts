import { expect, test } from "vitest";
import { ENDPOINT_ANSWERS_BURST, ENDPOINT_RATES_MAX } from "./limits.ts";
import { AnswerRates } from "./rates.ts";

test("one endpoint is held back before the others, and old endpoints are forgotten", () => {
  const rates = new AnswerRates(0);
  for (let i = 0; i < ENDPOINT_ANSWERS_BURST; i++) expect(rates.take("udp://a", 0)).toBe(true);
  expect(rates.take("udp://a", 0)).toBe(false);
  expect(rates.take("udp://b", 0)).toBe(true);
  for (let i = 0; i < ENDPOINT_RATES_MAX; i++) rates.take(`udp://${i}`, 0);
  expect(rates.take("udp://a", 60_000)).toBe(true);
});
