import {
  REPAIR_JUDGED_MS,
  REPAIR_RARE_FRAMES,
  REPAIR_RARE_SHARE,
  REPAIR_SHARE_MS,
} from "./limits.ts";

/**
 * What share of the frames of a link is lost, lately: in the last one to two `REPAIR_SHARE_MS`, and
 * in the last of these in which much came. A
 * queue that overflows because a flow looks for more room loses one frame in some hundreds or
 * thousands, once in a while, and all who send have to hear of that; a bad line or radio loses more,
 * all the time.
 */
export class LossShare {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #came = 0;
  #missed = 0;
  #earlierCame = 0;
  #earlierMissed = 0;
  /** Share and end of the last such time in which much came. */
  #judgedShare = 0;
  #judgedMs = Number.NEGATIVE_INFINITY;

  /** So many frames came, or should have. */
  came(count: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#came += count;
  }

  /** So many are missing. */
  missed(count: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#missed += count;
  }

  /**
   * Whether losses are as rare as those of a flow that fills a queue, or were so a moment ago: one
   * that begins may lose much in its first round trips. Of few frames nobody can say.
   */
  isRare(nowMs: number): boolean {
    this.#turn(nowMs);
    const came = this.#came + this.#earlierCame;
    const missed = this.#missed + this.#earlierMissed;
    if (came < REPAIR_RARE_FRAMES) return false;
    const isJudged = nowMs - this.#judgedMs < REPAIR_JUDGED_MS;
    if (!isJudged || this.#judgedShare < REPAIR_RARE_SHARE) return true;
    return missed < REPAIR_RARE_SHARE * came;
  }

  #turn(nowMs: number): void {
    const ageMs = nowMs - this.#sinceMs;
    if (ageMs < REPAIR_SHARE_MS) return;
    if (this.#came >= REPAIR_RARE_FRAMES / 2) {
      this.#judgedShare = this.#missed / this.#came;
      this.#judgedMs = nowMs;
    }
    const isNext = ageMs < 2 * REPAIR_SHARE_MS;
    this.#earlierCame = isNext ? this.#came : 0;
    this.#earlierMissed = isNext ? this.#missed : 0;
    this.#came = 0;
    this.#missed = 0;
    this.#sinceMs = nowMs;
  }
}
