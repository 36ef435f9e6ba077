import { TokenBucket } from "../base/token-bucket.ts";
import type { Endpoint } from "../ports/index.ts";
import {
  ANSWERS_BURST,
  ANSWERS_PER_SECOND,
  ENDPOINT_ANSWERS_BURST,
  ENDPOINT_ANSWERS_PER_SECOND,
  ENDPOINT_RATES_MAX,
} from "./limits.ts";

/** How many handshakes strangers may cost: per endpoint and altogether. */
export class AnswerRates {
  readonly #all: TokenBucket;
  readonly #each: Map<Endpoint, TokenBucket> = new Map();

  constructor(nowMs: number) {
    this.#all = new TokenBucket({ perSecond: ANSWERS_PER_SECOND, burst: ANSWERS_BURST }, nowMs);
  }

  /** Whether one more handshake with this endpoint may be answered. */
  take(endpoint: Endpoint, nowMs: number): boolean {
    let bucket = this.#each.get(endpoint);
    if (bucket === undefined) {
      bucket = new TokenBucket(
        { perSecond: ENDPOINT_ANSWERS_PER_SECOND, burst: ENDPOINT_ANSWERS_BURST },
        nowMs,
      );
      const [oldest] = this.#each.keys();
      if (this.#each.size >= ENDPOINT_RATES_MAX && oldest !== undefined) this.#each.delete(oldest);
      this.#each.set(endpoint, bucket);
    }
    return bucket.take(nowMs) && this.#all.take(nowMs);
  }
}
