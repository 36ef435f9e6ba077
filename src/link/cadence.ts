import {
  CADENCE_FRAMES_MAX,
  CADENCE_FRAMES_MIN,
  CADENCE_GAP_MAX_MS,
  CADENCE_PATIENCE_MIN_MS,
} from "./limits.ts";

/** Silences that last this many usual gaps are looked into. */
const PATIENCE_GAPS = 1.5;
/** … and this many mean deviations beyond the usual gap, where the stream is less steady. */
const PATIENCE_DEVIATIONS = 3;

/**
 * The pace at which a neighbour's frames come in. A steady stream that breaks off is the only
 * sign that a listener, who sends nothing, gets of a relay that has died. The normal end of a
 * stream looks alike: it costs one probe, and after each such mistake a stream must have been
 * steady for twice as long before its end is looked into again.
 */
export class Cadence {
  #gapMs = 0;
  #deviationMs = 0;
  #count = 0;
  #needed: number = CADENCE_FRAMES_MIN;

  /** How long a silence may be; Infinity where there is no steady stream. */
  get patienceMs(): number {
    if (this.#count < this.#needed) return Number.POSITIVE_INFINITY;
    const unsteadyMs = this.#gapMs + PATIENCE_DEVIATIONS * this.#deviationMs;
    return Math.max(CADENCE_PATIENCE_MIN_MS, PATIENCE_GAPS * this.#gapMs, unsteadyMs);
  }

  /** A frame came in, so long after the one before. */
  heard(gapMs: number): void {
    if (gapMs > CADENCE_GAP_MAX_MS) {
      this.#count = 0;
      return;
    }
    if (this.#count === 0) {
      this.#gapMs = gapMs;
      this.#deviationMs = gapMs / 2;
    } else {
      this.#deviationMs += (Math.abs(gapMs - this.#gapMs) - this.#deviationMs) / 4;
      this.#gapMs += (gapMs - this.#gapMs) / 8;
    }
    this.#count += 1;
    if (this.#count < 4 * this.#needed) return;
    this.#count = this.#needed;
    this.#needed = Math.max(CADENCE_FRAMES_MIN, this.#needed / 2);
  }

  /** The stream broke off and is looked into: the next one has to prove itself for longer. */
  broken(): void {
    this.#count = 0;
    this.#needed = Math.min(CADENCE_FRAMES_MAX, this.#needed * 2);
  }

  /** The neighbour was silent indeed: looking into it was right. */
  confirmed(): void {
    this.#count = 0;
    this.#needed = Math.max(CADENCE_FRAMES_MIN, this.#needed / 2);
  }
}
