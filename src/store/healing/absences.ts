import { ABSENCES_KEPT, ABSENCES_LEARNED_MIN, UPTIME_KEPT_MS } from "./limits.ts";

/** Bucket i counts absences of 2^i up to 2^(i+1) seconds; the last one also all longer ones. */
export const ABSENCE_BUCKETS = 24;
/** This share of a peer's absences is shorter than its timeout, before the factor. */
const QUANTILE = 0.95;
/** How many times as long as that it may be away. */
const PATIENCE = 2;
/** Uptime of a peer that was just met: as if it had been there half of a day. */
const PRIOR_MS = 12 * 3_600_000;

/** Between which bounds timeouts are learned, in milliseconds. */
export interface DeadAfter {
  readonly minMs: number;
  readonly maxMs: number;
  /** Where too few absences are known. */
  readonly unknownMs: number;
}

/** What is written down of a peer's past. */
export interface AbsenceFacts {
  readonly upMs: number;
  readonly downMs: number;
  /** Absences by `ABSENCE_BUCKETS` lengths. */
  readonly counts: readonly number[];
}

/**
 * How long a peer was away and how often: what tells a laptop that is closed at night from a
 * machine that is gone (the two cases that Carbonite, Chun et al. 2006, names transient and
 * permanent). Older facts fade.
 */
export class AbsenceHistory {
  #upMs: number;
  #downMs: number;
  readonly #counts: number[];

  constructor(facts: AbsenceFacts = { upMs: 0, downMs: 0, counts: [] }) {
    this.#upMs = facts.upMs;
    this.#downMs = facts.downMs;
    this.#counts = Array.from({ length: ABSENCE_BUCKETS }, (_, i) => facts.counts[i] ?? 0);
  }

  /** It was within reach for this long. */
  noteUp(durationMs: number): void {
    this.#upMs += durationMs;
    this.#fade();
  }

  /** It came back after this long. */
  noteAbsence(durationMs: number): void {
    this.#downMs += durationMs;
    const seconds = Math.max(1, durationMs / 1000);
    const bucket = Math.min(ABSENCE_BUCKETS - 1, Math.floor(Math.log2(seconds)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#fade();
  }

  /** How long it may be away before it counts as dead, in milliseconds. */
  timeoutMs(bounds: DeadAfter): number {
    const all = this.#counts.reduce((sum, count) => sum + count, 0);
    if (all < ABSENCES_LEARNED_MIN) return bounds.unknownMs;
    let below = 0;
    let bucket = 0;
    for (; bucket < ABSENCE_BUCKETS - 1; bucket++) {
      below += this.#counts[bucket] ?? 0;
      if (below >= QUANTILE * all) break;
    }
    const usualMs = 1000 * 2 ** (bucket + 1);
    return Math.min(bounds.maxMs, Math.max(bounds.minMs, PATIENCE * usualMs));
  }

  /**
   * The share of time it is within reach, above 0 and below 1.
   * @param upMs for how long it has been there now
   * @param downMs for how long it has been away now
   */
  uptime(upMs = 0, downMs = 0): number {
    const [up, down] = [this.#upMs + upMs, this.#downMs + downMs];
    return (up + PRIOR_MS) / (up + down + 2 * PRIOR_MS);
  }

  facts(): AbsenceFacts {
    return {
      upMs: Math.round(this.#upMs),
      downMs: Math.round(this.#downMs),
      counts: this.#counts.map((count) => Math.round(count)),
    };
  }

  #fade(): void {
    if (this.#upMs + this.#downMs > UPTIME_KEPT_MS) {
      this.#upMs /= 2;
      this.#downMs /= 2;
    }
    if (this.#counts.reduce((sum, count) => sum + count, 0) <= ABSENCES_KEPT) return;
    for (const [bucket, count] of this.#counts.entries()) this.#counts[bucket] = count / 2;
  }
}
