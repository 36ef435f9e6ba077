import { WindowedLeast } from "../base/windowed-least.ts";
import { QUEUE_DELAY_MS } from "./limits.ts";

/** How long a shortest round trip counts, in milliseconds: once to twice this. */
const BASE_MS = 15_000;
/** Answers in a round below which its shortest round trip says little. */
const SAMPLES_MIN = 4;
/** The strongest cut that one round may cause. */
const FACTOR_MIN = 0.5;

/**
 * Notices the queue that our own packets make on the way. Buffers are large today, the receiving
 * socket's among them, so without this a window grows until every packet of everybody waits there
 * for seconds, and failures are noticed as much later. Like LEDBAT (RFC 6817) it compares round
 * trips with the shortest one lately, and like HyStart++ (RFC 9406) it takes the shortest of a
 * round, which jitter cannot raise.
 */
export class QueueDelay {
  readonly #base: WindowedLeast = new WindowedLeast(BASE_MS);
  /** The round is over when this packet, or a later one, is acknowledged. */
  #roundEnd = 0;
  #roundMs = Number.POSITIVE_INFINITY;
  #samples = 0;
  /** Packets of this round were sent before the last cut, so they cannot show what it did. */
  #isStale = false;

  /** The way is another one: what was measured says nothing of it. */
  reset(): void {
    this.#base.reset();
    this.#roundMs = Number.POSITIVE_INFINITY;
    this.#samples = 0;
  }

  /**
   * Takes a round trip.
   * @param roundTripMs without the delay that the other side says it added
   * @param largest the packet that was acknowledged
   * @param nextNumber one past the highest packet number used so far
   * @returns what the bytes in flight should be multiplied with, 1 where all is well
   */
  onSample(roundTripMs: number, largest: number, nextNumber: number, nowMs: number): number {
    this.#base.add(roundTripMs, nowMs);
    this.#roundMs = Math.min(this.#roundMs, roundTripMs);
    this.#samples++;
    return largest < this.#roundEnd ? 1 : this.#endRound(nextNumber);
  }

  #endRound(nextNumber: number): number {
    const wantedMs = this.#base.least + QUEUE_DELAY_MS;
    const says = !this.#isStale && this.#samples >= SAMPLES_MIN && this.#roundMs > wantedMs;
    const factor = says ? Math.max(FACTOR_MIN, wantedMs / this.#roundMs) : 1;
    this.#isStale = says;
    this.#roundEnd = nextNumber;
    this.#roundMs = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    return factor;
  }
}
