import type { FrameRun } from "../base/frame-run.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import { DATA_OVERHEAD_BYTES, UNKEPT_TOLD_MAX } from "./layout.ts";
import {
  KEPT_BYTES_FIRST,
  REPAIR_EARLY_BYTES_MAX,
  REPAIR_EARLY_FRAME_BYTES_MIN,
  REPAIR_EARLY_MS,
  REPAIR_EARLY_PAUSE_MS,
  REPAIR_KEEPING_MS,
  REPAIR_TAIL_MS,
  REPEAT_FRAMES_MAX,
  REPEATED_BURST_BYTES,
  REPEATED_SHARE_MAX,
  REPEATS_BURST,
  REPEATS_PER_SECOND,
} from "./limits.ts";
import type { RepairContext, RepairedLink } from "./repair.ts";
import {
  asksForFrames,
  eachNumber,
  type Gone,
  type Repeat,
  RepeatDraft,
} from "./repair-messages.ts";
import type { RepairTiming } from "./repair-timing.ts";
import { KEPT_TABLE_BYTES_FIRST, SentFrames } from "./sent-frames.ts";

/** What the frame that shows the end of a burst weighs. */
const TAIL_BYTES: number = DATA_OVERHEAD_BYTES + 1;
/** Over how long the pace of what is kept early is counted, in milliseconds. */
const EARLY_MOMENT_MS = 100;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * Keeps what a link sends and repeats what the neighbour asks for. Nothing is kept on a short link
 * until the neighbour has missed something. On a long one what is sent is kept from the start, as
 * long as that is little: a flow that begins there is slowed down for many round trips by the first
 * frames that it loses.
 */
export class Repeater {
  readonly #context: RepairContext;
  readonly #link: RepairedLink;
  readonly #timing: RepairTiming;
  readonly #requests: TokenBucket;
  #sent: SentFrames | undefined;
  #keepUntilMs = NEVER;
  /** Whether frames are kept because the neighbour has missed some, not only as the link is long. */
  #isAsked = false;
  /** From when on they may be kept early again after too much was sent; `NEVER` while they may. */
  #resumeMs = NEVER;
  #earlySinceMs = 0;
  #earlyBytes = 0;
  #creditBytes = 0;
  /** Frames that may still be looked for because of the request at hand. */
  #repeatsLeft = 0;
  #burstMs = 0;
  /** The last frame that was kept. */
  #keptCounter = 0;
  /** When to look whether a burst is over. */
  #tailAtMs = NEVER;

  constructor(context: RepairContext, link: RepairedLink, timing: RepairTiming, nowMs: number) {
    this.#context = context;
    this.#link = link;
    this.#timing = timing;
    const requests = { perSecond: REPEATS_PER_SECOND, burst: REPEATS_BURST };
    this.#requests = new TokenBucket(requests, nowMs);
  }

  /** Whether frames are being kept. */
  get isKeeping(): boolean {
    return this.#sent !== undefined;
  }

  /**
   * How many frames right before the one with this counter, which is about to be sent, nobody will send again. Nothing
   * is said of them before the neighbour has asked for something: what it misses then begins the keeping.
   */
  unkeptBefore(counter: number): number {
    return this.#isAsked ? Math.min(UNKEPT_TOLD_MAX, counter - this.#keptCounter - 1) : 0;
  }

  /** Whether a frame with so many bytes in it that is about to be sent has to be kept. */
  keeps(contentBytes: number): boolean {
    if (this.#sent !== undefined) return true;
    if (contentBytes < REPAIR_EARLY_FRAME_BYTES_MIN || this.#resumeMs !== NEVER) return false;
    if (!this.#timing.isLong || this.#isScarce || !this.#link.isActive()) return false;
    // When it ends is told with the first frame.
    this.#startKeeping(NEVER);
    return this.isKeeping;
  }

  /** When `tick` has something to do. */
  deadlineMs(): number {
    return Math.min(this.#keepUntilMs, this.#resumeMs, this.#tailAtMs);
  }

  /** Does what is due. */
  tick(nowMs: number): void {
    if (nowMs >= this.#keepUntilMs) this.#stopKeeping();
    if (nowMs >= this.#resumeMs) this.#resumeMs = NEVER;
    if (nowMs >= this.#tailAtMs) this.#showTail(nowMs);
  }

  /** A frame was sealed and sent; call where `keeps` said so. */
  keepFrame(counter: number, frame: Uint8Array, nowMs: number): void {
    this.#keptCounter = counter;
    this.#earn(frame.length, nowMs);
    this.#sent?.keepFrame(counter, frame, nowMs, 2 * this.#timing.lifeMs);
  }

  /** A train was sent; call where `keeps` said so. */
  keepTrain(counter: number, token: number, run: FrameRun, nowMs: number): void {
    this.#keptCounter = counter;
    this.#earn(run.heads.length + run.lead.length + run.body.length, nowMs);
    this.#sent?.keepTrain(counter, token, run, nowMs, 2 * this.#timing.lifeMs);
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
      this.#startKeeping(nowMs + REPAIR_KEEPING_MS);
      this.#isAsked = this.isKeeping;
    }
    const keptFrom = this.#sent?.oldest(this.#link.nextCounter()) ?? this.#link.nextCounter();
    const gone = this.#link.takesGone ? this.#gone(request, keptFrom) : undefined;
    const answer = { type: "repeating", id: request.id, keptFrom } as const;
    this.#link.send(answer, ...(gone === undefined ? [] : [gone]));
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

  /**
   * Which of the frames that are asked for are not kept though older ones are. On a line that loses much most of what
   * is missing is requests and their answers: asked for four times each, they would beget more than they are.
   */
  #gone(request: Repeat, keptFrom: number): Gone | undefined {
    let draft = undefined as RepeatDraft | undefined;
    eachNumber(request.counters, (counter) => {
      if (counter < keptFrom || this.#sent?.frame(counter) !== undefined) return true;
      draft ??= new RepeatDraft(this.#link.frameBytesMax / 2);
      return draft.addCounter(counter);
    });
    return draft && { type: "gone", counters: draft.counters };
  }

  /** The link is gone, or only listens. */
  clear(): void {
    this.#stopKeeping();
    this.#resumeMs = NEVER;
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
    if (!this.#isAsked) this.#countEarly(bytes, nowMs);
    else if (this.#tailAtMs === NEVER) {
      this.#tailAtMs = nowMs + this.#tailMs;
      this.#context.wake(this.#tailAtMs);
    }
  }

  /** Copying all that a fast link carries would cost every packet, for the sake of the first losses. */
  #countEarly(bytes: number, nowMs: number): void {
    if (nowMs - this.#earlySinceMs >= EARLY_MOMENT_MS) {
      this.#earlySinceMs = nowMs;
      this.#earlyBytes = 0;
    }
    this.#earlyBytes += bytes;
    if (!this.#timing.isLong) this.#stopKeeping();
    else if (this.#earlyBytes > REPAIR_EARLY_BYTES_MAX || this.#isScarce) {
      this.#stopKeeping();
      this.#resumeMs = nowMs + REPAIR_EARLY_PAUSE_MS;
      this.#context.wake(this.#resumeMs);
    } else if (this.#keepUntilMs === NEVER) {
      this.#keepUntilMs = nowMs + REPAIR_EARLY_MS;
      this.#context.wake(this.#keepUntilMs);
    } else this.#keepUntilMs = nowMs + REPAIR_EARLY_MS;
  }

  /** The other half of the memory is for links that do lose something. */
  get #isScarce(): boolean {
    const { usedBytes, maxBytes } = this.#context.kept;
    return 2 * usedBytes > maxBytes;
  }

  get #tailMs(): number {
    return Math.max(REPAIR_TAIL_MS, this.#timing.toleranceMs);
  }

  /** The burst is over: its last frames may be lost, and nothing that follows would show it. */
  #showTail(nowMs: number): void {
    const atMs = this.#burstMs + this.#tailMs;
    this.#tailAtMs = atMs > nowMs ? atMs : NEVER;
    // Whatever followed it shows it as well, or was lost as this frame might be.
    const isShown = this.#link.nextCounter() > this.#keptCounter + 1;
    if (atMs > nowMs || isShown || this.#creditBytes < TAIL_BYTES || !this.#link.isActive()) return;
    this.#creditBytes -= TAIL_BYTES;
    this.#link.send();
  }

  #startKeeping(untilMs: number): void {
    const { kept, wake } = this.#context;
    if (this.#sent === undefined) {
      if (kept.usedBytes + KEPT_TABLE_BYTES_FIRST > kept.maxBytes) return;
      this.#sent = new SentFrames(kept);
      this.#creditBytes = KEPT_BYTES_FIRST;
    }
    this.#keepUntilMs = untilMs;
    if (untilMs !== NEVER) wake(untilMs);
  }

  #stopKeeping(): void {
    this.#sent?.clear();
    this.#sent = undefined;
    this.#isAsked = false;
    this.#keepUntilMs = NEVER;
    this.#tailAtMs = NEVER;
  }
}
