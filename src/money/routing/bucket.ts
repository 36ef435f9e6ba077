import { assert } from "../../base/errors.ts";
import type { Random } from "../../ports/random.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { BUCKET_MAX } from "./limits.ts";

/** A capacity as strangers are told it: 0 for nothing, k for 2^(k-1) … 2^k - 1 smallest units. */
export type Bucket = number;

/** How far the noise moves an amount before it is put into its bucket, at most: by a quarter. */
const NOISE = 0.25;

/** The bucket of a whole amount of 0 … AMOUNT_MAX. */
export function bucketOf(amount: number): Bucket {
  assert(Number.isSafeInteger(amount) && amount >= 0, `${amount} is no capacity`);
  if (amount === 0) return 0;
  const capped = Math.min(amount, AMOUNT_MAX);
  let exponent = Math.floor(Math.log2(capped));
  // The logarithm is rounded; powers of two are exact.
  if (2 ** exponent > capped) exponent--;
  else if (2 ** (exponent + 1) <= capped) exponent++;
  return Math.min(BUCKET_MAX, exponent + 1);
}

/** The least that is in a bucket. */
export function bucketLow(bucket: Bucket): number {
  return bucket === 0 ? 0 : 2 ** (bucket - 1);
}

/** The most that is in a bucket. */
export function bucketHigh(bucket: Bucket): number {
  return bucket === 0 ? 0 : Math.min(AMOUNT_MAX, 2 ** bucket - 1);
}

/** The bucket of an amount that was moved at random by up to a quarter: the bounds give nothing away. */
export function noisyBucket(amount: number, random: Random): Bucket {
  const factor = 1 + NOISE * ((2 * random.u32()) / 2 ** 32 - 1);
  return bucketOf(Math.round(amount * factor));
}

/** Whether an amount is so far outside of the bucket it was told as that it must be told anew. */
export function hasLeft(bucket: Bucket, amount: number): boolean {
  const slack = 1 + NOISE;
  return amount * slack < bucketLow(bucket) || amount > bucketHigh(bucket) * slack;
}
