import {
  REPAIR_BUSY_FRAMES,
  REPAIR_BUSY_MS,
  REPAIR_JUDGED_FRAMES,
  REPAIR_JUDGED_MS,
  REPAIR_JUDGING_MS,
  REPAIR_RARE_SHARE,
  REPAIR_TRUSTED_LOSSES,
  REPAIR_TRUSTED_SHARE,
  REPAIR_YOUNG_FRAMES,
} from "./limits.ts";

/** Frames that came within some time, and those of them that are missing. */
class Count {
  sinceMs = Number.NEGATIVE_INFINITY;
  came = 0;
  missed = 0;

  begin(nowMs: number): void {
    this.sinceMs = nowMs;
    this.came = 0;
    this.missed = 0;
  }
}

/**
 * Whether a link loses much, or so little as a flow does that fills a queue: one frame in some
 * hundreds or thousands, once in a while, of which all who send have to hear. A bad line or radio
 * loses more, all the time.
 */
export class LossShare {
  /** Of the last moment: whether much comes at all. */
  readonly #moment = new Count();
  #wasBusy = false;
  /** Of as many frames as a judgement needs. */
  readonly #sample = new Count();
  #judgedShare = 0;
  #judgedMs = Number.NEGATIVE_INFINITY;
  /** Losses that are not taken for those of a full queue while nothing has been judged. */
  #trusted = REPAIR_TRUSTED_LOSSES;

  /**
   * So many frames came, or should have.
   * @param isQueued whether a queue stands, so that they say nothing of the line
   */
  came(count: number, nowMs: number, isQueued = false): void {
    this.#turn(nowMs);
    this.#moment.came += count;
    if (isQueued) return;
    this.#sample.came += count;
    const trusted = this.#trusted + REPAIR_TRUSTED_SHARE * count;
    this.#trusted = Math.min(REPAIR_TRUSTED_LOSSES, trusted);
  }

  /** So many are missing; not to be called while a queue stands. */
  missed(count: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#sample.missed += count;
    if (!this.#isJudged(nowMs)) this.#trusted -= count;
  }

  /** Whether a flow has begun, and not enough frames have come to tell what the link loses. */
  isYoung(nowMs: number): boolean {
    this.#turn(nowMs);
    return !this.#isJudged(nowMs) && this.#moment.came >= REPAIR_YOUNG_FRAMES;
  }

  /**
   * Whether losses are rare and much comes; where little comes, never. Where nothing has been judged
   * lately, some losses now and then are a bad line's, and many close together are those of a flow
   * that begins, which may lose every other frame of a round trip.
   */
  isRare(nowMs: number): boolean {
    this.#turn(nowMs);
    if (!this.#wasBusy && this.#moment.came < REPAIR_BUSY_FRAMES) return false;
    return this.#isJudged(nowMs) ? this.#judgedShare < REPAIR_RARE_SHARE : this.#trusted <= 0;
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#sample.sinceMs >= REPAIR_JUDGING_MS) this.#sample.begin(nowMs);
    // A first judgement is wanted soon, others may wait: in a moment much depends on chance.
    if (!this.#isJudged(nowMs) && this.#sample.came >= REPAIR_JUDGED_FRAMES) this.#judge(nowMs);
    const ageMs = nowMs - this.#moment.sinceMs;
    if (ageMs < REPAIR_BUSY_MS) return;
    this.#wasBusy = ageMs < 2 * REPAIR_BUSY_MS && this.#moment.came >= REPAIR_BUSY_FRAMES;
    this.#moment.begin(nowMs);
    if (this.#sample.came >= REPAIR_JUDGED_FRAMES) this.#judge(nowMs);
  }

  #judge(nowMs: number): void {
    const { missed, came } = this.#sample;
    this.#judgedShare = missed / came;
    this.#judgedMs = nowMs;
    this.#trusted = REPAIR_TRUSTED_LOSSES;
    this.#sample.begin(nowMs);
  }

  #isJudged(nowMs: number): boolean {
    return nowMs - this.#judgedMs < REPAIR_JUDGED_MS;
  }
}
