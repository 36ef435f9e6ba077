import {
  REPAIR_BUSY_FRAMES,
  REPAIR_BUSY_MS,
  REPAIR_JUDGED_FRAMES,
  REPAIR_JUDGED_MS,
  REPAIR_JUDGING_MS,
  REPAIR_RARE_SHARE,
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

  /** So many frames came, or should have. */
  came(count: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#moment.came += count;
    this.#sample.came += count;
  }

  /** So many are missing. */
  missed(count: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#sample.missed += count;
  }

  /**
   * Whether losses are rare and much comes. Where nothing has been judged lately, they are taken for
   * rare, as a flow that begins may lose a tenth of its first round trips; where little comes, never.
   */
  isRare(nowMs: number): boolean {
    this.#turn(nowMs);
    if (!this.#wasBusy && this.#moment.came < REPAIR_BUSY_FRAMES) return false;
    const isJudged = nowMs - this.#judgedMs < REPAIR_JUDGED_MS;
    return !isJudged || this.#judgedShare < REPAIR_RARE_SHARE;
  }

  #turn(nowMs: number): void {
    const ageMs = nowMs - this.#moment.sinceMs;
    if (ageMs < REPAIR_BUSY_MS) return;
    this.#wasBusy = ageMs < 2 * REPAIR_BUSY_MS && this.#moment.came >= REPAIR_BUSY_FRAMES;
    this.#moment.begin(nowMs);
    const { came, missed, sinceMs } = this.#sample;
    if (came >= REPAIR_JUDGED_FRAMES) {
      this.#judgedShare = missed / came;
      this.#judgedMs = nowMs;
    } else if (nowMs - sinceMs < REPAIR_JUDGING_MS) return;
    this.#sample.begin(nowMs);
  }
}
