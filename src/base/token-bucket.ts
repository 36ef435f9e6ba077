/** How a token bucket is filled. */
export interface TokenBucketRate {
  /** Tokens that come back per second. */
  readonly perSecond: number;
  /** Tokens at the start and at most. */
  readonly burst: number;
}

/** What sums of fractions may be short of the truth, in tokens. */
const ROUNDING = 1e-6;

/** Lets through a burst and then a steady rate (the idea of RFC 2697). */
export class TokenBucket {
  readonly #rate: TokenBucketRate;
  #tokens: number;
  #atMs: number;

  /** @param nowMs monotonic time; the bucket starts full */
  constructor(rate: TokenBucketRate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Takes `count` tokens; false, and none taken, where fewer are left. */
  take(nowMs: number, count = 1): boolean {
    this.#refill(nowMs);
    if (this.#tokens < count - ROUNDING) return false;
    this.#tokens -= count;
    return true;
  }

  /** Takes `count` tokens whether they are there or not; the debt has to be made up for. */
  force(nowMs: number, count: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.max(-this.#rate.burst, this.#tokens - count);
  }

  /** Monotonic time at which `count` tokens will be there. */
  nextMs(nowMs: number, count = 1): number {
    this.#refill(nowMs);
    if (this.#tokens >= count - ROUNDING) return nowMs;
    return Math.ceil(nowMs + ((count - this.#tokens) * 1_000) / this.#rate.perSecond);
  }

  /** Tokens that are there, never below zero. */
  left(nowMs: number): number {
    this.#refill(nowMs);
    return Math.max(0, this.#tokens);
  }

  #refill(nowMs: number): void {
    const gained = ((nowMs - this.#atMs) * this.#rate.perSecond) / 1_000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#atMs = nowMs;
  }
}
