import type { ReplayWindow } from "../base/replay-window.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import type { LinkContext } from "./context.ts";
import { type AskTimes, Gaps } from "./gaps.ts";
import { DATA_OVERHEAD_BYTES } from "./layout.ts";
import {
  ASKS_SAVED_MAX,
  HEADS_ASKED_BURST,
  HEADS_ASKED_PER_SECOND,
  REPAIR_HOLD_MAX_MS,
  REPAIR_HOLD_RETRIES,
  REPAIR_MEASURED_MS,
  REPAIR_MEASURING_FRAMES_MIN,
  REPAIR_MEASURING_FRAMES_MS,
  REPAIR_MEASURING_GAP_MAX_MS,
  REPAIR_MEASURING_GAP_MS,
  REPEAT_GAP_MS,
  REQUESTS_OUTSTANDING,
} from "./limits.ts";
import { LossShare } from "./loss-share.ts";
import type { InternalMessage } from "./messages.ts";
import { type Gone, RepeatDraft, type Repeating } from "./repair-messages.ts";
import { RepairTiming } from "./repair-timing.ts";
import { Repeater } from "./repeater.ts";
import type { Trains } from "./trains.ts";
import { markUnkept, takeUnkept } from "./unkept.ts";

/** What repair uses of its manager. */
export type RepairContext = Pick<LinkContext, "kept" | "stats" | "wake">;

/** What repair uses of its link. */
export interface RepairedLink {
  readonly frameBytesMax: number;
  /** The neighbour's index. */
  readonly remoteIndex: number;
  /** Whether the neighbour takes word of frames that will not come again. */
  readonly takesGone: boolean;
  /** Whether both say in frames how many before them are not kept. */
  readonly tellsUnkept: boolean;
  readonly replay: ReplayWindow;
  readonly trains: Trains;
  /** Counter that the next sealed frame will have. */
  nextCounter(): number;
  /** Whether it still sends. */
  isActive(): boolean;
  /** Sends them in one frame, which is never repeated. */
  send(...messages: readonly InternalMessage[]): void;
  /** Sends bytes that were sent before; false where the transport drops them. */
  repeat(frame: Uint8Array): boolean;
}

/**
 * Repairs what a datagram link loses (selective repeat): asks the neighbour for frames that others
 * have overtaken; what the neighbour asks for the `repeater` repeats. Where a queue stands on the
 * way, or hardly anything is lost of much, losses are left to those who send too fast.
 */
export class Repair {
  readonly timing: RepairTiming = new RepairTiming();
  readonly repeater: Repeater;
  readonly #context: RepairContext;
  readonly #link: RepairedLink;
  readonly #losses: LossShare = new LossShare();
  #gaps: Gaps | undefined;
  #askAtMs = Number.POSITIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  #missedMs = Number.NEGATIVE_INFINITY;
  /** Frames that came since the last request, at most so lately as counts for measuring. */
  #came = 0;
  #cameSinceMs = Number.NEGATIVE_INFINITY;
  #isNewest = false;
  readonly #heads: TokenBucket;
  #nextId = 0;
  #asksLeft = ASKS_SAVED_MAX;
  readonly #sentAtMs = new Float64Array(REQUESTS_OUTSTANDING).fill(Number.NaN);
  /** Whether the request with this number only measures. */
  readonly #isMeasuring = new Uint8Array(REQUESTS_OUTSTANDING);

  constructor(context: RepairContext, link: RepairedLink, nowMs: number) {
    this.#context = context;
    this.#link = link;
    const heads = { perSecond: HEADS_ASKED_PER_SECOND, burst: HEADS_ASKED_BURST };
    this.#heads = new TokenBucket(heads, nowMs);
    this.repeater = new Repeater(context, link, this.timing, nowMs);
  }

  /** When `tick` has something to do. */
  deadlineMs(): number {
    return Math.min(this.#askAtMs, this.repeater.deadlineMs());
  }

  /** What is to be sealed with this counter tells, where the neighbour reads it, how many frames before it are not kept. */
  mark(sealed: Uint8Array, counter: number): void {
    if (this.#link.tellsUnkept) markUnkept(sealed, this.repeater.unkeptBefore(counter));
  }

  /** Reads that from what was opened, and leaves the kind alone in its first byte. */
  unmark(sealed: Uint8Array): number {
    return this.#link.tellsUnkept ? takeUnkept(sealed) : 0;
  }

  /**
   * An authentic frame came; `highest` is the highest counter before it.
   * @param unkept so many frames right before it nobody will send again
   */
  numbered(counter: number, highest: number, unkept: number, nowMs: number): void {
    this.#isNewest = counter > highest;
    this.#countCame(1, nowMs);
    if (unkept > 0) this.#gaps?.dropFrom(counter - unkept, counter);
    // The first frames of a link may have come before it stood.
    if (counter <= highest + 1 || highest < 0) return;
    this.#missed(counter - highest - 1, nowMs);
    const wantedEnd = counter - unkept;
    if (wantedEnd <= highest + 1) return;
    this.#gaps ??= new Gaps(this.#link.replay);
    this.#gaps.missed(highest + 1, wantedEnd, nowMs);
    this.#askBy(nowMs + this.timing.toleranceMs);
  }

  /** The head of a train came, which so many further pieces follow. */
  announced(pieces: number, nowMs: number): void {
    this.#countCame(pieces, nowMs);
  }

  /** A packet came: some requests are worth it. Without this, lost requests would beget requests. */
  served(): void {
    this.#asksLeft = Math.min(ASKS_SAVED_MAX, this.#asksLeft + 2);
  }

  /** What came in has been dealt with: asks now where that is due, otherwise when it will be. */
  settle(nowMs: number): void {
    if (this.#askAtMs === Number.POSITIVE_INFINITY && this.#link.trains.isWaiting) {
      this.#askBy(nowMs + this.timing.toleranceMs);
    }
    if (nowMs >= this.#askAtMs) this.#ask(nowMs);
    this.#measure(nowMs);
  }

  /** Does what is due. */
  tick(nowMs: number): void {
    if (nowMs >= this.#askAtMs) this.#ask(nowMs);
    this.repeater.tick(nowMs);
  }

  /** The neighbour's answer, ahead of what it repeats. */
  onRepeating({ id, keptFrom }: Repeating, nowMs: number): void {
    const slot = id % REQUESTS_OUTSTANDING;
    // Who keeps nothing yet begins once it is asked for something.
    if (this.#isMeasuring[slot] !== 1) {
      this.#gaps?.dropBelow(Math.min(keptFrom, this.#link.replay.highest));
    }
    const sentAtMs = this.#sentAtMs[slot] ?? Number.NaN;
    this.#sentAtMs[slot] = Number.NaN;
    const isOurs = id < this.#nextId && id >= this.#nextId - REQUESTS_OUTSTANDING;
    if (isOurs && this.#isNewest && !Number.isNaN(sentAtMs)) {
      this.timing.sample(nowMs - sentAtMs, nowMs);
    }
  }

  /** The neighbour does not keep these of what was asked for. */
  onGone({ counters }: Gone): void {
    this.#gaps?.drop(counters);
  }

  /** The link is gone, or only listens. */
  clear(): void {
    this.#gaps = undefined;
    this.#askAtMs = Number.POSITIVE_INFINITY;
    this.repeater.clear();
  }

  #ask(nowMs: number): void {
    if (!this.#link.isActive()) {
      this.clear();
      return;
    }
    const { timing } = this;
    // Before pieces missed now are counted: counted first, they would cost a bad line its first repairs.
    const isLeft = this.#isQueued(nowMs) || this.#losses.isRare(nowMs);
    const { toleranceMs, retryMs, lifeMs } = timing;
    const times = { nowMs, toleranceMs, retryMs, lifeMs };
    const holdMs = toleranceMs + REPAIR_HOLD_RETRIES * retryMs;
    this.#link.trains.holdMs = isLeft ? 0 : Math.min(REPAIR_HOLD_MAX_MS, holdMs);
    const room = this.#link.frameBytesMax - DATA_OVERHEAD_BYTES - 2;
    const draft = new RepeatDraft(room);
    const dueMs = this.#collect(draft, times);
    this.#missed(this.#link.trains.takeMissed(), nowMs);
    this.#askAtMs = Number.POSITIVE_INFINITY;
    if (!draft.isEmpty) this.#send(draft, isLeft, nowMs);
    if (dueMs < Number.POSITIVE_INFINITY) this.#askBy(Math.max(dueMs, nowMs + REPEAT_GAP_MS));
  }

  #collect(draft: RepeatDraft, times: AskTimes): number {
    const { trains } = this.#link;
    const gapsMs = this.#gaps?.ask(draft, times) ?? Number.POSITIVE_INFINITY;
    const trainsMs = trains.ask(draft, times);
    // A head among the frames that are missed is asked for with them.
    const isKnown = (this.#gaps?.size ?? 0) > 0;
    const toleranceMs = isKnown ? times.toleranceMs + times.retryMs : times.toleranceMs;
    const headsMs = trains.askHeads(
      { ...times, toleranceMs },
      (token) => this.#heads.take(times.nowMs) && draft.addHead(token),
    );
    return Math.min(gapsMs, trainsMs, headsMs);
  }

  /** Sends a request; where losses are left, one that asks for nothing, to learn when a queue is gone. */
  #send(draft: RepeatDraft, isLeft: boolean, nowMs: number): void {
    if (this.#asksLeft < 1) return;
    if (isLeft) {
      this.#context.stats.repairsLeft += 1;
      const { retryMs } = this.timing;
      const wantedMs = Math.max(REPAIR_MEASURING_GAP_MS, retryMs);
      if (nowMs - this.#askedMs < Math.min(REPAIR_MEASURING_GAP_MAX_MS, wantedMs)) return;
    }
    this.#request(isLeft ? new RepeatDraft(0) : draft, false, nowMs);
  }

  /**
   * Asks for nothing, to have measured lately whether a queue stands when something is lost: by the
   * time an answer to a later request is there, those who sent too fast have heard of it.
   */
  #measure(nowMs: number): void {
    if (nowMs - this.#askedMs < REPAIR_MEASURING_GAP_MS) return;
    const isWanted = this.timing.isLong || nowMs - this.#missedMs < REPAIR_MEASURED_MS;
    // Half of the requests are left for what is missed.
    if (!isWanted || this.#asksLeft <= ASKS_SAVED_MAX / 2) return;
    if (this.#came < REPAIR_MEASURING_FRAMES_MIN || !this.#link.isActive()) return;
    this.#request(new RepeatDraft(0), true, nowMs);
  }

  #request(draft: RepeatDraft, isMeasuring: boolean, nowMs: number): void {
    this.#askedMs = nowMs;
    this.#came = 0;
    this.#asksLeft--;
    this.#context.stats.repeatsAsked += 1;
    const id = this.#nextId;
    this.#nextId = (id + 1) % 0x1_0000_0000;
    this.#sentAtMs[id % REQUESTS_OUTSTANDING] = nowMs;
    this.#isMeasuring[id % REQUESTS_OUTSTANDING] = isMeasuring ? 1 : 0;
    this.#link.send(draft.done(id));
  }

  #countCame(count: number, nowMs: number): void {
    if (nowMs - this.#cameSinceMs >= REPAIR_MEASURING_FRAMES_MS) {
      this.#cameSinceMs = nowMs;
      this.#came = 0;
    }
    this.#came += count;
    this.#losses.came(count, nowMs, this.#isQueued(nowMs));
  }

  #missed(count: number, nowMs: number): void {
    if (count === 0) return;
    this.#missedMs = nowMs;
    // What a full queue drops says nothing of the line.
    if (!this.#isQueued(nowMs)) this.#losses.missed(count, nowMs);
  }

  #isQueued(nowMs: number): boolean {
    const { isFilling, isQueued } = this.timing;
    return this.#losses.isYoung(nowMs) ? isFilling : isQueued;
  }

  #askBy(atMs: number): void {
    if (atMs >= this.#askAtMs) return;
    this.#askAtMs = atMs;
    this.#context.wake(atMs);
  }
}
