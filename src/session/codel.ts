import { CODEL_INTERVAL_MS, CODEL_TARGET_MS } from "./limits.ts";

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Says which items leave a queue by being dropped (CoDel, RFC 8289 section 5): a queue that empties
 * within an interval is a burst and good, one that stands is told to its senders by a loss now and
 * then, more often the longer it stands.
 */
export class Codel {
  /** From when on the wait has been too long throughout an interval; `NEVER` while it is not. */
  #aboveMs = NEVER;
  #isDropping = false;
  #nextMs = 0;
  #count = 0;
  #lastCount = 0;

  /**
   * The item at the front is about to leave: whether it is dropped instead.
   * @param waitedMs how long it has waited
   * @param isLast whether nothing waits behind it; the last one is never dropped
   */
  drops(waitedMs: number, isLast: boolean, nowMs: number): boolean {
    const stands = this.#stands(waitedMs, isLast, nowMs);
    if (this.#isDropping) {
      if (!stands) this.#isDropping = false;
      else if (nowMs >= this.#nextMs) {
        this.#count++;
        this.#nextMs = this.#control(this.#nextMs);
        return true;
      }
      return false;
    }
    if (!stands) return false;
    this.#isDropping = true;
    const isSoon = nowMs - this.#nextMs < 16 * CODEL_INTERVAL_MS;
    const delta = this.#count - this.#lastCount;
    this.#count = isSoon && delta > 1 ? delta : 1;
    this.#lastCount = this.#count;
    this.#nextMs = this.#control(nowMs);
    return true;
  }

  #stands(waitedMs: number, isLast: boolean, nowMs: number): boolean {
    if (waitedMs < CODEL_TARGET_MS || isLast) {
      this.#aboveMs = NEVER;
      return false;
    }
    if (this.#aboveMs === NEVER) {
      this.#aboveMs = nowMs + CODEL_INTERVAL_MS;
      return false;
    }
    return nowMs >= this.#aboveMs;
  }

  #control(fromMs: number): number {
    return fromMs + CODEL_INTERVAL_MS / Math.sqrt(this.#count);
  }
}
