/** Round trips below this are not paced: timers are coarser than that. */
const UNPACED_RTT_MS = 2;
/** Bytes that may always go at once: about what the first window is. */
const BURST_BYTES = 48 << 10;
/** Timers are late by about this much, so that much may have gathered. */
const BURST_MS = 4;

/** Spreads a window over a round trip, in bursts that suit an event loop (RFC 9002 section 7.7). */
export class Pacer {
  #tokens: number = BURST_BYTES;
  #filledMs: number;
  #bytesPerMs: number = Number.POSITIVE_INFINITY;

  /** @param nowMs monotonic time */
  constructor(nowMs: number) {
    this.#filledMs = nowMs;
  }

  /** Sets the pace from window and round trip; in slow start the window doubles while it is sent. */
  setPace(windowBytes: number, roundTripMs: number, inSlowStart: boolean, nowMs: number): void {
    this.#fill(nowMs);
    this.#bytesPerMs =
      roundTripMs < UNPACED_RTT_MS
        ? Number.POSITIVE_INFINITY
        : ((inSlowStart ? 2 : 1.25) * windowBytes) / roundTripMs;
  }

  /** When the next packet may go: now, or a later time. */
  readyMs(nowMs: number): number {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return nowMs;
    this.#fill(nowMs);
    if (this.#tokens > 0) return nowMs;
    return nowMs + Math.max(1, -this.#tokens / this.#bytesPerMs);
  }

  /** A packet has gone. */
  onSent(sizeBytes: number): void {
    if (this.#bytesPerMs !== Number.POSITIVE_INFINITY) this.#tokens -= sizeBytes;
  }

  #fill(nowMs: number): void {
    if (this.#bytesPerMs !== Number.POSITIVE_INFINITY) {
      const most = Math.max(BURST_BYTES, this.#bytesPerMs * BURST_MS);
      this.#tokens = Math.min(most, this.#tokens + (nowMs - this.#filledMs) * this.#bytesPerMs);
    }
    this.#filledMs = nowMs;
  }
}
