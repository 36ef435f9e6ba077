import { ACK_DELAY_MAX_MS, INITIAL_RTT_MS } from "./limits.ts";

/** Finest time step that is trusted, in milliseconds (RFC 9002 section 6.1.2). */
export const GRANULARITY_MS = 1;

/** Round-trip estimation (RFC 9002 section 5). All times in milliseconds. */
export class RoundTrip {
  #smoothedMs: number = INITIAL_RTT_MS;
  #variationMs: number = INITIAL_RTT_MS / 2;
  #latestMs = 0;
  #minMs: number = Number.POSITIVE_INFINITY;
  #firstSampleMs: number = Number.POSITIVE_INFINITY;

  /** The smoothed round trip; the initial guess before the first sample. */
  get smoothedMs(): number {
    return this.#smoothedMs;
  }

  /** When the first sample came in; Infinity before. */
  get firstSampleMs(): number {
    return this.#firstSampleMs;
  }

  /** Whether anything was measured yet. */
  get measured(): boolean {
    return this.#firstSampleMs !== Number.POSITIVE_INFINITY;
  }

  /** Until something is measured, this is what a round trip is taken to be (RFC 9002 section 6.2.2). */
  expect(roundTripMs: number): void {
    if (this.measured) return;
    this.#smoothedMs = roundTripMs;
    this.#variationMs = roundTripMs / 2;
  }

  /**
   * Takes a measurement.
   * @param sampleMs from sending the newest newly acknowledged packet until now
   * @param ackDelayMs what the other side says it waited
   */
  sample(sampleMs: number, ackDelayMs: number, nowMs: number): void {
    this.#latestMs = sampleMs;
    if (!this.measured) {
      this.#firstSampleMs = nowMs;
      this.#minMs = sampleMs;
      this.#smoothedMs = sampleMs;
      this.#variationMs = sampleMs / 2;
      return;
    }
    this.#minMs = Math.min(this.#minMs, sampleMs);
    const delay = Math.min(ackDelayMs, ACK_DELAY_MAX_MS);
    const adjusted = sampleMs >= this.#minMs + delay ? sampleMs - delay : sampleMs;
    this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - adjusted);
    this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * adjusted;
  }

  /** Probe timeout without back-off (RFC 9002 section 6.2.1). */
  probeTimeoutMs(): number {
    return this.#smoothedMs + Math.max(4 * this.#variationMs, GRANULARITY_MS) + ACK_DELAY_MAX_MS;
  }

  /**
   * How long a packet may stay behind a later acknowledged one (RFC 9002 section 6.1.2).
   * @param factor in round trips
   */
  lossDelayMs(factor: number): number {
    return Math.max(factor * Math.max(this.#smoothedMs, this.#latestMs), GRANULARITY_MS);
  }
}
