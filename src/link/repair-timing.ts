import {
  REPAIR_LIFE_MAX_MS,
  REPAIR_LIFE_MIN_MS,
  REPAIR_QUEUE_MS,
  REPAIR_TOLERANCE_MAX_MS,
  REPAIR_TOLERANCE_MIN_MS,
} from "./limits.ts";

/** How long a shortest round trip counts, in milliseconds: once to twice this. */
const BASE_MS = 60_000;
/**
 * Round trips that count as recent ones. Their shortest tells whether a queue stands, for jitter
 * cannot raise it; their longest how long an answer may take, for that must follow quickly what a
 * busy processor does.
 */
const RECENT = 6;
/** What is added to the longest of them before something is asked for again. */
const RETRY_EXTRA_MS = 2;
/** Wait where nothing has been measured. */
const RETRY_UNKNOWN_MS = 50;

/**
 * The round trip of a link as repair sees it: when to ask, when again, and whether a queue stands
 * on the way, so that what is lost was lost for want of room. All times in milliseconds.
 */
export class RepairTiming {
  #baseMs = Number.POSITIVE_INFINITY;
  #earlierBaseMs = Number.POSITIVE_INFINITY;
  #baseSinceMs = Number.NEGATIVE_INFINITY;
  readonly #recentMs = new Float64Array(RECENT);
  #samples = 0;

  /** Takes a round trip; only of what was sent once and came as the newest frame. */
  sample(roundTripMs: number, nowMs: number): void {
    if (nowMs - this.#baseSinceMs >= BASE_MS) {
      this.#earlierBaseMs = this.#baseMs;
      this.#baseMs = Number.POSITIVE_INFINITY;
      this.#baseSinceMs = nowMs;
    }
    this.#baseMs = Math.min(this.#baseMs, roundTripMs);
    if (this.#samples === 0) this.#recentMs.fill(roundTripMs);
    this.#recentMs[this.#samples++ % RECENT] = roundTripMs;
  }

  /** Whether even the shortest round trip lately was longer than without any queue. */
  get isQueued(): boolean {
    if (this.#samples < RECENT) return false;
    const baseMs = this.#shortestMs;
    return Math.min(...this.#recentMs) > baseMs + Math.max(REPAIR_QUEUE_MS, baseMs / 4);
  }

  /** How late a frame may be that others have overtaken (a quarter round trip as RFC 8985, section 6.2). */
  get toleranceMs(): number {
    const wantedMs = this.#samples === 0 ? 2 : this.#shortestMs / 4;
    return Math.min(REPAIR_TOLERANCE_MAX_MS, Math.max(REPAIR_TOLERANCE_MIN_MS, wantedMs));
  }

  /** When to ask again for what has not come. */
  get retryMs(): number {
    if (this.#samples === 0) return RETRY_UNKNOWN_MS;
    return Math.min(REPAIR_LIFE_MAX_MS, Math.max(...this.#recentMs) + RETRY_EXTRA_MS);
  }

  /** How long a frame is worth asking for. */
  get lifeMs(): number {
    const wantedMs = 2 * Math.max(...this.#recentMs);
    return Math.min(REPAIR_LIFE_MAX_MS, Math.max(REPAIR_LIFE_MIN_MS, wantedMs));
  }

  get #shortestMs(): number {
    return Math.min(this.#baseMs, this.#earlierBaseMs);
  }
}
