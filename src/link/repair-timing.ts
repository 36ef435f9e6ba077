import { WindowedLeast } from "../base/windowed-least.ts";
import {
  REPAIR_LIFE_MAX_MS,
  REPAIR_LIFE_MIN_MS,
  REPAIR_LONG_MS,
  REPAIR_QUEUE_MS,
  REPAIR_TOLERANCE_MAX_MS,
  REPAIR_TOLERANCE_MIN_MS,
} from "./limits.ts";

/** How long a shortest round trip counts, in milliseconds: once to twice this. */
const BASE_MS = 60_000;
/** The same for the longest queue. */
const PEAK_MS = 10_000;
/**
 * Round trips that count as recent ones. Their shortest tells whether a queue stands, for jitter
 * cannot raise it; their longest but one how long an answer may take, for that must follow quickly
 * what a busy processor does.
 */
const RECENT = 6;
/** Round trips below which nothing is known of a queue. */
const SAMPLES_MIN = 3;
/** What is added to that before something is asked for again. */
const RETRY_EXTRA_MS = 2;
/** Wait where nothing has been measured. */
const RETRY_UNKNOWN_MS = 50;

/**
 * The round trip of a link as repair sees it: when to ask, when again, and whether a queue stands
 * on the way, so that what is lost was lost for want of room. All times in milliseconds.
 */
export class RepairTiming {
  readonly #base: WindowedLeast = new WindowedLeast(BASE_MS);
  #peakMs = 0;
  #earlierPeakMs = 0;
  #peakSinceMs = Number.NEGATIVE_INFINITY;
  readonly #recentMs = new Float64Array(RECENT);
  #levelMs = 0;
  #newestMs = 0;
  #samples = 0;

  /** Takes a round trip; only of what was sent once and came as the newest frame. */
  sample(roundTripMs: number, nowMs: number): void {
    if (nowMs - this.#peakSinceMs >= PEAK_MS) {
      this.#earlierPeakMs = this.#peakMs;
      this.#peakMs = 0;
      this.#peakSinceMs = nowMs;
    }
    this.#base.add(roundTripMs, nowMs);
    if (this.#samples === 0) this.#recentMs.fill(roundTripMs);
    const earlierMs = this.#recentMs[(this.#samples + RECENT - 1) % RECENT] ?? roundTripMs;
    this.#newestMs = Math.min(roundTripMs, earlierMs);
    this.#recentMs[this.#samples++ % RECENT] = roundTripMs;
    this.#levelMs = Math.min(...this.#recentMs);
    this.#peakMs = Math.max(this.#peakMs, this.#levelMs);
  }

  /**
   * Whether a queue stands that is long, for this link: even the shortest round trip lately is
   * nearer to the longest such one than to the one without any queue. What a full queue drops is
   * lost at its peak; what a radio loses is lost at any time (the Spike rule of Cen, Cosman and
   * Voelker, "End-to-end differentiation of congestion and wireless losses", 2003).
   */
  get isQueued(): boolean {
    if (this.#samples < RECENT) return false;
    const baseMs = this.#base.least;
    const peakMs = Math.max(this.#peakMs, this.#earlierPeakMs);
    return this.#levelMs - baseMs > Math.max(this.#queueMs, (peakMs - baseMs) / 2);
  }

  /**
   * Whether one may just be filled, as a flow that begins does it within a round trip: by the two
   * newest alone, which jitter can raise.
   */
  get isFilling(): boolean {
    if (this.#samples < SAMPLES_MIN) return false;
    return this.#newestMs - this.#base.least > this.#queueMs;
  }

  get #queueMs(): number {
    return Math.max(REPAIR_QUEUE_MS, this.#base.least / 4);
  }

  /** Whether the way is so long that the first losses of a flow are worth some care. */
  get isLong(): boolean {
    return this.#samples > 0 && this.#base.least >= REPAIR_LONG_MS;
  }

  /** How late a frame may be that others have overtaken (a quarter round trip as RFC 8985, section 6.2). */
  get toleranceMs(): number {
    const wantedMs = this.#samples === 0 ? 2 : this.#base.least / 4;
    return Math.min(REPAIR_TOLERANCE_MAX_MS, Math.max(REPAIR_TOLERANCE_MIN_MS, wantedMs));
  }

  /** When to ask again for what has not come. */
  get retryMs(): number {
    if (this.#samples === 0) return RETRY_UNKNOWN_MS;
    return Math.min(REPAIR_LIFE_MAX_MS, this.#longMs + RETRY_EXTRA_MS);
  }

  /** How long a frame is worth asking for. */
  get lifeMs(): number {
    const wantedMs = 2 * this.#longMs;
    return Math.min(REPAIR_LIFE_MAX_MS, Math.max(REPAIR_LIFE_MIN_MS, wantedMs));
  }

  /** The longest recent round trip but one. */
  get #longMs(): number {
    let longestMs = 0;
    let secondMs = 0;
    for (const each of this.#recentMs) {
      secondMs = Math.max(secondMs, Math.min(each, longestMs));
      longestMs = Math.max(longestMs, each);
    }
    return secondMs;
  }
}
