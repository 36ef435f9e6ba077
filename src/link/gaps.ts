import type { ReplayWindow } from "../base/replay-window.ts";
import { REPAIR_GAPS_MAX, REPEAT_ASKS_MAX } from "./limits.ts";
import { eachNumber, type NumberSet, type RepeatDraft } from "./repair-messages.ts";

/** In place of a number of requests: the neighbour has said that it does not keep that frame. */
const GONE = 255;

/** When to ask for something that is missing, in milliseconds. */
export interface AskTimes {
  readonly nowMs: number;
  /** From when it was missed to the first time. */
  readonly toleranceMs: number;
  /** From one time to the next. */
  readonly retryMs: number;
  /** From when it was missed until it is not worth it any more. */
  readonly lifeMs: number;
}

/** Sealed frames of one link that later ones have overtaken, in the order of their counters. */
export class Gaps {
  readonly #replay: ReplayWindow;
  readonly #counters = new Float64Array(REPAIR_GAPS_MAX);
  readonly #missedMs = new Float64Array(REPAIR_GAPS_MAX);
  readonly #askedMs = new Float64Array(REPAIR_GAPS_MAX);
  readonly #asks = new Uint8Array(REPAIR_GAPS_MAX);
  #first = 0;
  #count = 0;

  /** @param replay knows which have come in the meantime */
  constructor(replay: ReplayWindow) {
    this.#replay = replay;
  }

  /** How many are remembered, among them some that have come in the meantime. */
  get size(): number {
    return this.#count;
  }

  /** Frames from one counter up to another, that one not included, were overtaken now. */
  missed(from: number, to: number, nowMs: number): void {
    for (let counter = Math.max(from, to - REPAIR_GAPS_MAX); counter < to; counter++) {
      if (this.#count === REPAIR_GAPS_MAX) this.#dropFirst();
      const at = this.#slot(this.#count++);
      this.#counters[at] = counter;
      this.#missedMs[at] = nowMs;
      this.#asks[at] = 0;
    }
  }

  /** Nobody will send those below this counter again. */
  dropBelow(counter: number): void {
    while (this.#count > 0 && this.#counterAt(0) < counter) this.#dropFirst();
  }

  /** Nor those from one counter up to another, that one not included. */
  dropFrom(from: number, to: number): void {
    for (let i = this.#count - 1; i >= 0 && this.#counterAt(i) >= from; i--) {
      if (this.#counterAt(i) < to) this.#asks[this.#slot(i)] = GONE;
    }
  }

  /** Nobody will send those of this set again. */
  drop(set: NumberSet): void {
    let i = 0;
    eachNumber(set, (counter) => {
      while (i < this.#count && this.#counterAt(i) < counter) i++;
      if (i === this.#count) return false;
      if (this.#counterAt(i) === counter) this.#asks[this.#slot(i)] = GONE;
      return true;
    });
  }

  /** Forgets all of them. */
  clear(): void {
    this.#count = 0;
  }

  /** Asks for those that are due; monotonic time at which the next ones will be. */
  ask(draft: RepeatDraft, times: AskTimes): number {
    let nextMs = Number.POSITIVE_INFINITY;
    let open = 0;
    for (let i = 0; i < this.#count; i++) {
      const at = this.#slot(i);
      if (this.#isOver(at, times)) continue;
      open++;
      if (this.#dueMs(at, times) <= times.nowMs && draft.addCounter(this.#counters[at] ?? 0)) {
        this.#asks[at] = (this.#asks[at] ?? 0) + 1;
        this.#askedMs[at] = times.nowMs;
      }
      nextMs = Math.min(nextMs, this.#dueMs(at, times));
    }
    while (this.#count > 0 && (open === 0 || this.#isOver(this.#first, times))) this.#dropFirst();
    return nextMs;
  }

  #dueMs(at: number, { toleranceMs, retryMs }: AskTimes): number {
    if (this.#asks[at] === 0) return (this.#missedMs[at] ?? 0) + toleranceMs;
    return (this.#askedMs[at] ?? 0) + retryMs;
  }

  #isOver(at: number, times: AskTimes): boolean {
    if (this.#asks[at] === GONE || !this.#replay.isFresh(this.#counters[at] ?? 0)) return true;
    if (times.nowMs - (this.#missedMs[at] ?? 0) >= times.lifeMs) return true;
    return (this.#asks[at] ?? 0) >= REPEAT_ASKS_MAX && this.#dueMs(at, times) <= times.nowMs;
  }

  #slot(index: number): number {
    return (this.#first + index) % REPAIR_GAPS_MAX;
  }

  #counterAt(index: number): number {
    return this.#counters[this.#slot(index)] ?? 0;
  }

  #dropFirst(): void {
    this.#first = (this.#first + 1) % REPAIR_GAPS_MAX;
    this.#count--;
  }
}
