import { Cadence } from "./cadence.ts";
import {
  BUSY_FRAMES,
  BUSY_PROBE_MS,
  CHASE_AFTER_MS,
  CHASE_GAP_MS,
  CHASE_PROBES_MAX,
  CHASE_PROBES_MIN,
  FALSE_ALARM_MS,
  LATE_GRACE_MS,
  LATE_TICK_MS,
  PATIENCE_HALF_LIFE_MS,
  PATIENCE_MAX,
  QUIET_PROBE_FIRST_MS,
  QUIET_PROBE_GROWTH,
  QUIET_PROBE_MAX_MS,
  QUIET_PROBE_RETRY_MS,
  QUIET_PROBES_UNANSWERED_MAX,
  QUIET_PROBES_UNANSWERED_MIN,
  SLOW_CHASE_AFTER_MS,
  SLOW_QUIET_PROBE_MAX_MS,
  SPARE_PROBE_FACTOR,
  SUSPECT_GAP_FIRST_MS,
  SUSPECT_GAP_MAX_MS,
  SUSPECT_LIFE_MS,
  UNREACHABLE_REST_MS,
  YOUNG_PROBE_MS,
  YOUNG_PROBES,
} from "./limits.ts";

/** Probability of suspecting a living link, per silence. */
const CHASE_DOUBT = 1e-3;
/** Probability of giving up a living quiet link, per silence. */
const QUIET_DOUBT = 1e-4;
/** Probes after which the measured delivery ratio is believed. */
const TRUSTED_PROBES = 8;
/** How much a chase that ended only with its second probe adds to the patience. */
const NEAR_MISS_FACTOR = 1.2;
/** How much a false alarm multiplies it: then silences below half a second are borne. */
const FALSE_ALARM_FACTOR = 3;

/** What `Liveness.tick` asks for. `chase`: probe this link and its siblings; `gone`: drop it. */
export type LivenessAction = "none" | "probe" | "chase" | "suspect" | "gone";

/** What the rules depend on besides time. */
export interface LivenessView {
  /** Smoothed round trip, 0 where unknown. */
  readonly knownRoundTripMs: number;
  /** Mean deviation of the round trip. */
  readonly varianceMs: number;
  /** Share of probes answered while the neighbour lived, 0 … 1. */
  readonly livingRatio: number;
  /** Probes that it rests on. */
  readonly probesSettled: number;
  /** Told when the link becomes suspect. */
  suspected(): void;
  /** Told when that is over; `wasGone`: the silence was no false alarm. */
  resumed(nowMs: number, wasGone: boolean): void;
}

/**
 * Whether a link lives, from traffic first. Quiet: a probe now and then, from one of both sides.
 * Chasing: something was sent and nothing came back, or a steady stream broke off, so probes
 * follow quickly. Suspect: those were not answered either, or the system says that no way leads there.
 */
export class Liveness {
  readonly #view: LivenessView;
  readonly #jitter: () => number;
  readonly #cadence = new Cadence();
  #phase: "quiet" | "chasing" | "suspect" = "quiet";
  #spare = false;
  #slow = false;
  #quietMaxMs: number = QUIET_PROBE_MAX_MS;
  #heardAtMs: number;
  /** The same of frames that came at a pace of their own. */
  #pacedAtMs: number;
  /** First traffic sent since something was last heard; Infinity: none. */
  #waitingSinceMs = Number.POSITIVE_INFINITY;
  #silentSinceMs = 0;
  #nextProbeMs: number;
  #lastProbeMs: number;
  #quietGapMs: number = QUIET_PROBE_FIRST_MS;
  #suspectGapMs: number = SUSPECT_GAP_FIRST_MS;
  #unanswered = 0;
  /** Frames heard since the last own probe. */
  #frames = 0;
  #patience = 1;
  #patienceAtMs = 0;
  /** When the system raised doubt that stands; undefined where there is none. */
  #doubtedAtMs: number | undefined;
  #hintsFromMs = Number.NEGATIVE_INFINITY;
  #hinted = false;
  #held = false;
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  /** @param jitter a factor around 1, drawn anew at each call */
  constructor(view: LivenessView, jitter: () => number, nowMs: number) {
    this.#view = view;
    this.#jitter = jitter;
    this.#heardAtMs = nowMs;
    this.#pacedAtMs = nowMs;
    this.#nextProbeMs = nowMs;
    this.#lastProbeMs = nowMs;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get suspect(): boolean {
    return this.#phase === "suspect";
  }

  /** Silent under traffic, suspect or on the way to it. */
  get doubtful(): boolean {
    return this.#phase !== "quiet" && this.#unanswered >= 2;
  }

  /** A link that is not in use is probed less often. */
  set spare(value: boolean) {
    this.#spare = value;
  }

  /** On a slow line a probe costs as much as words do: silence under traffic is borne for longer. */
  set slow(value: boolean) {
    this.#slow = value;
    if (value && this.#quietMaxMs === QUIET_PROBE_MAX_MS) {
      this.#quietMaxMs = SLOW_QUIET_PROBE_MAX_MS;
    }
  }

  /** The longest wait between quiet probes that the way to the neighbour bears. */
  set quietMaxMs(value: number) {
    this.#quietMaxMs = Math.min(QUIET_PROBE_MAX_MS, value);
  }

  /** How many times longer than at first a silence must be; grows with false alarms. */
  patience(nowMs: number): number {
    if (this.#patience === 1) return 1;
    const halvings = (nowMs - this.#patienceAtMs) / PATIENCE_HALF_LIFE_MS;
    return 1 + (this.#patience - 1) * 2 ** -halvings;
  }

  /** Something authentic came in; `isPaced`: at a pace of its own. True where the link was suspect. */
  heard(nowMs: number, isPaced = true): boolean {
    if (isPaced) {
      this.#cadence.heard(nowMs - this.#pacedAtMs);
      this.#pacedAtMs = nowMs;
    }
    this.#heardAtMs = nowMs;
    this.#frames += 1;
    this.#waitingSinceMs = Number.POSITIVE_INFINITY;
    if (this.#phase === "quiet" && this.#unanswered === 0) return false;
    // It may have been under way, or unread, when the system said that nobody is there.
    if (this.#doubtedAtMs !== undefined) return false;
    return this.#recover(nowMs);
  }

  /** A probe that left at `sentAtMs` was answered. True where the link was suspect. */
  answered(sentAtMs: number, nowMs: number): boolean {
    if (this.#doubtedAtMs === undefined || sentAtMs < this.#doubtedAtMs) return false;
    return this.#recover(nowMs);
  }

  #recover(nowMs: number): boolean {
    const wasSuspect = this.#phase === "suspect";
    if (wasSuspect) this.#view.resumed(nowMs, !this.#isFalseAlarm(nowMs));
    this.#learn(nowMs);
    this.#phase = "quiet";
    this.#doubtedAtMs = undefined;
    this.#unanswered = 0;
    this.#held = false;
    this.#nextProbeMs = Math.max(nowMs, this.#lastProbeMs) + this.#quietWaitMs();
    return wasSuspect;
  }

  /** The neighbour probed us: that serves both, so the own next probe can wait. */
  served(nowMs: number): void {
    if (this.#phase !== "quiet" || this.#unanswered > 0 || this.#young) return;
    // Both probed at the same time: that is one round of growing, not two.
    if (nowMs - this.#lastProbeMs < this.#quietGapMs / 2) return;
    const nextMs = nowMs + this.#grow();
    if (nextMs > this.#nextProbeMs) this.#nextProbeMs = nextMs;
  }

  /** Something was sent that a living neighbour would react to. True where a deadline moved. */
  traffic(nowMs: number): boolean {
    if (this.#phase !== "quiet" || this.#waitingSinceMs <= nowMs) return false;
    this.#waitingSinceMs = nowMs;
    return true;
  }

  /** A sibling fell silent: find out at once whether this link still lives. */
  chase(nowMs: number): boolean {
    if (this.#phase !== "quiet") return false;
    this.#beginChase(nowMs, nowMs);
    return true;
  }

  /**
   * The system says that no way leads there: suspect at once, a probe should follow at once. With
   * `certain` this machine knows it by itself; otherwise it is a hint, and after one that proved
   * false further ones are passed over for a while. False: nothing changed.
   */
  doubt(nowMs: number, certain: boolean): boolean {
    if (this.#phase === "suspect" || (!certain && nowMs < this.#hintsFromMs)) return false;
    if (this.#phase === "quiet") this.#silentSinceMs = nowMs;
    this.#hinted = !certain;
    this.#doubtedAtMs = nowMs;
    this.#becomeSuspect(nowMs);
    return true;
  }

  /** Whether an own probe may ride along now: nothing is known about the way yet. */
  probeSoonDue(): boolean {
    return this.#phase === "quiet" && this.#unanswered === 0 && this.#view.probesSettled === 0;
  }

  /** A probe left outside `tick`. */
  probed(nowMs: number): void {
    this.#lastProbeMs = nowMs;
    this.#frames = 0;
    this.#unanswered += 1;
    this.#nextProbeMs = nowMs + this.#retryMs();
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    return Math.max(this.#dueMs(), this.#heldUntilMs);
  }

  /** What is due now; call again at `deadlineMs`. */
  tick(nowMs: number): LivenessAction {
    const dueMs = this.deadlineMs();
    if (nowMs < dueMs) {
      if (nowMs >= this.#heldUntilMs) this.#held = false;
      return "none";
    }
    // A late tick means that this process stood still: answers may wait unread. Once per step.
    if (nowMs - dueMs > LATE_TICK_MS && !this.#held) {
      this.#held = true;
      this.#heldUntilMs = nowMs + LATE_GRACE_MS;
      return "none";
    }
    this.#held = false;
    if (this.#phase === "quiet") return this.#tickQuiet(nowMs);
    return this.#phase === "chasing" ? this.#tickChasing(nowMs) : this.#tickSuspect(nowMs);
  }

  #dueMs(): number {
    if (this.#phase !== "quiet") return this.#nextProbeMs;
    return Math.min(this.#quietDueMs(), this.#silenceDueMs());
  }

  /** When the next probe of a quiet link leaves; sooner where much has come since the last one. */
  #quietDueMs(): number {
    if (this.#slow || this.#frames < BUSY_FRAMES) return this.#nextProbeMs;
    return Math.min(this.#nextProbeMs, this.#lastProbeMs + BUSY_PROBE_MS);
  }

  #silenceDueMs(): number {
    const answerMs = this.#waitingSinceMs + this.#chaseAfterMs();
    return this.#slow ? answerMs : Math.min(answerMs, this.#pacedAtMs + this.#cadence.patienceMs);
  }

  #tickQuiet(nowMs: number): LivenessAction {
    if (nowMs >= this.#silenceDueMs()) {
      const sinceMs = Math.min(this.#waitingSinceMs, nowMs);
      if (nowMs < this.#waitingSinceMs + this.#chaseAfterMs()) this.#cadence.broken();
      this.#beginChase(sinceMs, nowMs);
      return "chase";
    }
    // A young link has not shown yet how much it loses: expect half at first.
    const unknown = 0.5 * (1 - this.#view.probesSettled / TRUSTED_PROBES);
    const lost = Math.max(unknown, 1 - this.#view.livingRatio);
    const most = Math.min(QUIET_PROBES_UNANSWERED_MAX, probesFor(QUIET_DOUBT, lost));
    if (this.#unanswered >= Math.max(QUIET_PROBES_UNANSWERED_MIN, most)) return "gone";
    if (this.#unanswered === 0) this.#grow();
    this.probed(nowMs);
    return "probe";
  }

  #tickChasing(nowMs: number): LivenessAction {
    const needed = Math.min(CHASE_PROBES_MAX, probesFor(CHASE_DOUBT, 1 - this.#view.livingRatio));
    if (this.#unanswered < Math.max(CHASE_PROBES_MIN, needed)) {
      this.#unanswered += 1;
      this.#lastProbeMs = nowMs;
      this.#nextProbeMs = nowMs + this.#chaseGapMs(nowMs);
      return "probe";
    }
    this.#hinted = false;
    this.#doubtedAtMs = undefined;
    this.#becomeSuspect(nowMs);
    return "suspect";
  }

  #tickSuspect(nowMs: number): LivenessAction {
    if (nowMs - this.#silentSinceMs >= SUSPECT_LIFE_MS) return "gone";
    this.#suspectGapMs = Math.min(SUSPECT_GAP_MAX_MS, this.#suspectGapMs * 2);
    this.#lastProbeMs = nowMs;
    const endMs = this.#silentSinceMs + SUSPECT_LIFE_MS;
    this.#nextProbeMs = Math.min(nowMs + this.#suspectGapMs, endMs);
    return "probe";
  }

  #beginChase(silentSinceMs: number, nowMs: number): void {
    this.#phase = "chasing";
    this.#silentSinceMs = silentSinceMs;
    this.#waitingSinceMs = Number.POSITIVE_INFINITY;
    this.#frames = 0;
    this.#unanswered = 1;
    this.#lastProbeMs = nowMs;
    this.#nextProbeMs = nowMs + this.#chaseGapMs(nowMs);
  }

  #becomeSuspect(nowMs: number): void {
    this.#phase = "suspect";
    this.#view.suspected();
    this.#cadence.confirmed();
    this.#waitingSinceMs = Number.POSITIVE_INFINITY;
    this.#suspectGapMs = SUSPECT_GAP_FIRST_MS;
    this.#quietGapMs = QUIET_PROBE_FIRST_MS;
    this.#unanswered = Math.max(2, this.#unanswered);
    this.#nextProbeMs = nowMs + this.#suspectGapMs;
  }

  /** A silence has ended: what it teaches about the next one. */
  #learn(nowMs: number): void {
    const patience = this.patience(nowMs);
    let factor = 1;
    if (this.#isFalseAlarm(nowMs)) factor = FALSE_ALARM_FACTOR;
    else if (this.doubtful && this.#phase === "chasing") factor = NEAR_MISS_FACTOR;
    if (factor > 1) {
      this.#patience = Math.min(PATIENCE_MAX, patience * factor);
      this.#patienceAtMs = nowMs;
    }
    if (this.#phase === "suspect" && this.#hinted) {
      this.#hintsFromMs = nowMs + UNREACHABLE_REST_MS * this.patience(nowMs);
    }
  }

  /** That a way was gone and came back says nothing about silences. */
  #isFalseAlarm(nowMs: number): boolean {
    const wasGone = this.#doubtedAtMs !== undefined && !this.#hinted;
    return this.#phase === "suspect" && !wasGone && nowMs - this.#silentSinceMs < FALSE_ALARM_MS;
  }

  /**
   * Little is known of the link, but for how long an answer takes: both sides find out more at once.
   * A slow line has no bytes to spare for that.
   */
  get #young(): boolean {
    const { knownRoundTripMs, probesSettled } = this.#view;
    return !this.#slow && knownRoundTripMs > 0 && probesSettled < YOUNG_PROBES;
  }

  /** Lengthens the gap between quiet probes; the wait that now applies. */
  #grow(): number {
    if (this.#young) return this.#quietWaitMs();
    const longestMs = Math.max(QUIET_PROBE_FIRST_MS, this.#quietMaxMs);
    this.#quietGapMs = Math.min(longestMs, this.#quietGapMs * QUIET_PROBE_GROWTH);
    return this.#quietWaitMs();
  }

  #quietWaitMs(): number {
    if (this.#young) return this.#youngGapMs() * this.#jitter();
    const factor = this.#spare && this.#quietMaxMs >= QUIET_PROBE_MAX_MS ? SPARE_PROBE_FACTOR : 1;
    return this.#quietGapMs * factor * this.#jitter();
  }

  /** So that each is answered before the next one leaves. */
  #youngGapMs(): number {
    return Math.max(YOUNG_PROBE_MS, 1.5 * this.#view.knownRoundTripMs);
  }

  #retryMs(): number {
    return Math.max(QUIET_PROBE_RETRY_MS, 2 * this.#view.knownRoundTripMs);
  }

  #chaseAfterMs(): number {
    if (this.#slow) return SLOW_CHASE_AFTER_MS;
    return Math.max(CHASE_AFTER_MS, 2 * this.#view.knownRoundTripMs);
  }

  #chaseGapMs(nowMs: number): number {
    const { knownRoundTripMs, varianceMs } = this.#view;
    const gapMs = Math.max(CHASE_GAP_MS, 2 * knownRoundTripMs + 4 * varianceMs);
    return gapMs * this.patience(nowMs);
  }
}

/** Probes in a row that a living link leaves unanswered with no more than this probability. */
function probesFor(doubt: number, lost: number): number {
  return Math.ceil(Math.log(doubt) / Math.log(Math.min(0.99, Math.max(0.01, lost))));
}
