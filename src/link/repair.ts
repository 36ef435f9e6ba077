import type { FrameRun } from "../base/frame-run.ts";
import type { ReplayWindow } from "../base/replay-window.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import type { LinkContext } from "./context.ts";
import { type AskTimes, Gaps } from "./gaps.ts";
import { DATA_OVERHEAD_BYTES } from "./layout.ts";
import {
  ASKS_SAVED_MAX,
  HEADS_ASKED_BURST,
  HEADS_ASKED_PER_SECOND,
  KEPT_BYTES_FIRST,
  REPAIR_HOLD_MAX_MS,
  REPAIR_HOLD_RETRIES,
  REPAIR_KEEPING_MS,
  REPAIR_TAIL_MS,
  REPEAT_FRAMES_MAX,
  REPEAT_GAP_MS,
  REPEATED_BURST_BYTES,
  REPEATED_SHARE_MAX,
  REPEATS_BURST,
  REPEATS_PER_SECOND,
  REQUESTS_OUTSTANDING,
} from "./limits.ts";
import { LossShare } from "./loss-share.ts";
import type { InternalMessage } from "./messages.ts";
import {
  asksForFrames,
  eachNumber,
  type Repeat,
  RepeatDraft,
  type Repeating,
} from "./repair-messages.ts";
import { RepairTiming } from "./repair-timing.ts";
import { KEPT_TABLE_BYTES, SentFrames } from "./sent-frames.ts";
import type { Trains } from "./trains.ts";

/** What the frame that shows the end of a burst weighs. */
const TAIL_BYTES: number = DATA_OVERHEAD_BYTES + 1;
/** Least time between requests that only measure the round trip, while a queue stands. */
const MEASURING_GAP_MS = 10;
const MEASURING_GAP_MAX_MS = 100;

/** What repair uses of its manager. */
export type RepairContext = Pick<LinkContext, "kept" | "stats" | "wake">;

/** What repair uses of its link. */
export interface RepairedLink {
  readonly frameBytesMax: number;
  /** The neighbour's index. */
  readonly remoteIndex: number;
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
 * Repairs what a datagram link loses: asks the neighbour for frames that others have overtaken,
 * and repeats what the neighbour asks for (selective repeat). Nothing is kept on a link that loses
 * nothing. Where a queue stands on the way, or hardly anything is lost of much, losses are left to
 * those who send too fast.
 */
export class Repair {
  readonly timing: RepairTiming = new RepairTiming();
  readonly #context: RepairContext;
  readonly #link: RepairedLink;
  readonly #losses: LossShare = new LossShare();
  #gaps: Gaps | undefined;
  #askAtMs = Number.POSITIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;
  #isNewest = false;
  readonly #heads: TokenBucket;
  #nextId = 0;
  #asksLeft = ASKS_SAVED_MAX;
  readonly #sentAtMs = new Float64Array(REQUESTS_OUTSTANDING).fill(Number.NaN);
  readonly #requests: TokenBucket;
  #sent: SentFrames | undefined;
  #keepUntilMs = Number.NEGATIVE_INFINITY;
  #creditBytes = 0;
  /** Frames that may still be looked for because of the request at hand. */
  #repeatsLeft = 0;
  #burstMs = 0;
  /** When to look whether a burst is over. */
  #tailAtMs = Number.POSITIVE_INFINITY;

  constructor(context: RepairContext, link: RepairedLink, nowMs: number) {
    this.#context = context;
    this.#link = link;
    const heads = { perSecond: HEADS_ASKED_PER_SECOND, burst: HEADS_ASKED_BURST };
    this.#heads = new TokenBucket(heads, nowMs);
    const requests = { perSecond: REPEATS_PER_SECOND, burst: REPEATS_BURST };
    this.#requests = new TokenBucket(requests, nowMs);
  }

  /** Whether what is sent has to be kept. */
  get isKeeping(): boolean {
    return this.#sent !== undefined;
  }

  /** When `tick` has something to do. */
  deadlineMs(): number {
    const keepingMs = this.#sent === undefined ? Number.POSITIVE_INFINITY : this.#keepUntilMs;
    return Math.min(this.#askAtMs, this.#tailAtMs, keepingMs);
  }

  /** An authentic frame came; `highest` is the highest counter before it. */
  numbered(counter: number, highest: number, nowMs: number): void {
    this.#isNewest = counter > highest;
    this.#losses.came(1, nowMs);
    // The first frames of a link may have come before it stood.
    if (counter <= highest + 1 || highest < 0) return;
    this.#gaps ??= new Gaps(this.#link.replay);
    this.#gaps.missed(highest + 1, counter, nowMs);
    this.#losses.missed(counter - highest - 1, nowMs);
    this.#askBy(nowMs + this.timing.toleranceMs);
  }

  /** The head of a train came, which so many further pieces follow. */
  announced(pieces: number, nowMs: number): void {
    this.#losses.came(pieces, nowMs);
  }

  /** A packet came: some requests are worth it. Without this, lost requests would beget requests. */
  served(): void {
    this.#asksLeft = Math.min(ASKS_SAVED_MAX, this.#asksLeft + 2);
  }

  /** What came in has been dealt with: asks now where that is due, otherwise when it will be. */
  settle(nowMs: number): void {
    if (this.#askAtMs === Number.POSITIVE_INFINITY) {
      if (!this.#link.trains.isWaiting) return;
      this.#askBy(nowMs + this.timing.toleranceMs);
    }
    if (nowMs >= this.#askAtMs) this.#ask(nowMs);
  }

  /** Does what is due. */
  tick(nowMs: number): void {
    if (nowMs >= this.#askAtMs) this.#ask(nowMs);
    if (nowMs >= this.#keepUntilMs) this.#stopKeeping();
    if (nowMs >= this.#tailAtMs) this.#showTail(nowMs);
  }

  /** A frame was sealed and sent; call while `isKeeping`. */
  keepFrame(counter: number, frame: Uint8Array, nowMs: number): void {
    this.#earn(frame.length, nowMs);
    this.#sent?.keepFrame(counter, frame, nowMs, 2 * this.timing.lifeMs);
  }

  /** A train was sent; call while `isKeeping`. */
  keepTrain(counter: number, token: number, run: FrameRun, nowMs: number): void {
    this.#earn(run.heads.length + run.lead.length + run.body.length, nowMs);
    this.#sent?.keepTrain(counter, token, run, nowMs, 2 * this.timing.lifeMs);
  }

  /** The neighbour asks for frames again. */
  onRepeat(request: Repeat, nowMs: number): void {
    const { stats } = this.#context;
    if (!this.#link.isActive()) return;
    if (!this.#requests.take(nowMs)) {
      stats.repeatsRefused += 1;
      return;
    }
    if (asksForFrames(request)) {
      this.#keepUntilMs = nowMs + REPAIR_KEEPING_MS;
      this.#startKeeping();
    }
    const keptFrom = this.#sent?.oldest(this.#link.nextCounter()) ?? this.#link.nextCounter();
    this.#link.send({ type: "repeating", id: request.id, keptFrom });
    const { remoteIndex } = this.#link;
    const sent = this.#sent;
    if (sent === undefined) return;
    this.#repeatsLeft = REPEAT_FRAMES_MAX;
    const isOver = !eachNumber(request.counters, (counter) => this.#repeat(sent.frame(counter)));
    if (isOver) return;
    for (const set of request.trains) {
      const { token } = set;
      if (!sent.hasTrain(token)) continue;
      if (set.bitmap.length === 0 && !this.#repeat(sent.head(token))) return;
      if (!eachNumber(set, (index) => this.#repeat(sent.piece(token, index, remoteIndex)))) return;
    }
  }

  /** The neighbour's answer, ahead of what it repeats. */
  onRepeating({ id, keptFrom }: Repeating, nowMs: number): void {
    this.#gaps?.dropBelow(Math.min(keptFrom, this.#link.replay.highest));
    const slot = id % REQUESTS_OUTSTANDING;
    const sentAtMs = this.#sentAtMs[slot] ?? Number.NaN;
    this.#sentAtMs[slot] = Number.NaN;
    const isOurs = id < this.#nextId && id >= this.#nextId - REQUESTS_OUTSTANDING;
    if (isOurs && this.#isNewest && !Number.isNaN(sentAtMs)) {
      this.timing.sample(nowMs - sentAtMs, nowMs);
    }
  }

  /** The link is gone, or only listens. */
  clear(): void {
    this.#gaps = undefined;
    this.#askAtMs = Number.POSITIVE_INFINITY;
    this.#stopKeeping();
  }

  #ask(nowMs: number): void {
    if (!this.#link.isActive()) {
      this.clear();
      return;
    }
    const { timing } = this;
    const isLeft = timing.isQueued || this.#losses.isRare(nowMs);
    const { toleranceMs, retryMs, lifeMs } = timing;
    const times = { nowMs, toleranceMs, retryMs, lifeMs };
    const holdMs = toleranceMs + REPAIR_HOLD_RETRIES * retryMs;
    this.#link.trains.holdMs = isLeft ? 0 : Math.min(REPAIR_HOLD_MAX_MS, holdMs);
    const room = this.#link.frameBytesMax - DATA_OVERHEAD_BYTES - 2;
    const draft = new RepeatDraft(room);
    const dueMs = this.#collect(draft, times);
    this.#losses.missed(this.#link.trains.takeMissed(), nowMs);
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
    const { stats } = this.#context;
    if (this.#asksLeft < 1) return;
    if (isLeft) {
      stats.repairsLeft += 1;
      const gapMs = Math.min(MEASURING_GAP_MAX_MS, Math.max(MEASURING_GAP_MS, this.timing.retryMs));
      if (nowMs - this.#askedMs < gapMs) return;
    }
    this.#askedMs = nowMs;
    this.#asksLeft--;
    stats.repeatsAsked += 1;
    const id = this.#nextId;
    this.#nextId = (id + 1) % 0x1_0000_0000;
    this.#sentAtMs[id % REQUESTS_OUTSTANDING] = nowMs;
    this.#link.send((isLeft ? new RepeatDraft(0) : draft).done(id));
  }

  /** False: no more of this request. */
  #repeat(frame: Uint8Array | undefined): boolean {
    if (--this.#repeatsLeft < 0) return false;
    if (frame === undefined) return true;
    if (frame.length > this.#creditBytes) return false;
    this.#creditBytes -= frame.length;
    this.#context.stats.framesRepeated += 1;
    return this.#link.repeat(frame);
  }

  #earn(bytes: number, nowMs: number): void {
    const creditBytes = this.#creditBytes + bytes * REPEATED_SHARE_MAX;
    this.#creditBytes = Math.min(REPEATED_BURST_BYTES, creditBytes);
    this.#burstMs = nowMs;
    if (this.#tailAtMs !== Number.POSITIVE_INFINITY) return;
    this.#tailAtMs = nowMs + this.#tailMs;
    this.#context.wake(this.#tailAtMs);
  }

  get #tailMs(): number {
    return Math.max(REPAIR_TAIL_MS, this.timing.toleranceMs);
  }

  /** The burst is over: its last frames may be lost, and nothing that follows would show it. */
  #showTail(nowMs: number): void {
    const atMs = this.#burstMs + this.#tailMs;
    this.#tailAtMs = atMs > nowMs ? atMs : Number.POSITIVE_INFINITY;
    if (atMs > nowMs || this.#creditBytes < TAIL_BYTES || !this.#link.isActive()) return;
    this.#creditBytes -= TAIL_BYTES;
    this.#link.send();
  }

  #startKeeping(): void {
    const { kept, wake } = this.#context;
    if (this.#sent === undefined && kept.usedBytes + KEPT_TABLE_BYTES <= kept.maxBytes) {
      this.#sent = new SentFrames(kept);
      this.#creditBytes = KEPT_BYTES_FIRST;
      wake(this.#keepUntilMs);
    }
  }

  #stopKeeping(): void {
    this.#sent?.clear();
    this.#sent = undefined;
    this.#tailAtMs = Number.POSITIVE_INFINITY;
  }

  #askBy(atMs: number): void {
    if (atMs >= this.#askAtMs) return;
    this.#askAtMs = atMs;
    this.#context.wake(atMs);
  }
}
