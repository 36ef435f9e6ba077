import { attempt } from "../../base/attempt.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { CurrencyId } from "../line-desk.ts";
import { RATE_TERM_MAX } from "./limits.ts";
import type { Rate } from "./rate.ts";

/** Records of rates that this person quotes. */
export const RATE_PREFIX = "payments/rate/";
const CURRENCY_CHARS_MAX = 64;

/** A rate that stands until it is removed. */
export type RateTerms = Omit<Rate, "expiresAtMs">;

const recordSchema = schema.record({
  v: schema.literal(1),
  d: schema.integer(1, RATE_TERM_MAX),
  f: schema.text(CURRENCY_CHARS_MAX),
  n: schema.integer(1, RATE_TERM_MAX),
  t: schema.text(CURRENCY_CHARS_MAX),
});

/** What a rate is known by: its two currencies. */
export function rateKey(from: CurrencyId, to: CurrencyId): string {
  return `${from}>${to}`;
}

/** The write that keeps a rate. */
export function rateWrite({ denominator, from, numerator, to }: RateTerms): RecordWrite {
  const value = encodeCbor({ v: 1, d: denominator, f: from, n: numerator, t: to });
  return { key: RATE_PREFIX + rateKey(from, to), value };
}

/** The rate of a record, or undefined where it is damaged. */
export function decodeRate(value: Uint8Array): RateTerms | undefined {
  return attempt(() => {
    const { d, f, n, t } = recordSchema(decodeCbor(value), "rate");
    return { from: f, to: t, numerator: n, denominator: d };
  }).value;
}
