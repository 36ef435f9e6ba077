import {
  CHASE_AFTER_MS,
  CHASE_GAP_MS,
  CHASE_PROBES_MAX,
  CHASE_PROBES_MIN,
  QUIET_PROBE_FIRST_MS,
  QUIET_PROBE_MAX_MS,
  QUIET_PROBE_RETRY_MS,
  QUIET_PROBES_UNANSWERED_MAX,
  QUIET_PROBES_UNANSWERED_MIN,
  SPARE_PROBE_FACTOR,
  SUSPECT_GAP_FIRST_MS,
  SUSPECT_GAP_MAX_MS,
  SUSPECT_LIFE_MS,
} from "./limits.ts";

/** Probability of suspecting a living link, per silence. */
const CHASE_DOUBT = 1e-3;
/** Probability of giving up a living quiet link, per silence. */
const QUIET_DOUBT = 1e-4;

/** Probes after which the measured delivery ratio is believed. */
const TRUSTED_PROBES = 8;

/** What `Liveness.tick` asks for. `chase`: probe this link and its siblings; `gone`: drop it. */
export type LivenessAction = "none" | "probe" | "chase" | "suspect" | "gone";

/** What the rules depend on besides time. */
export interface LivenessView {
  /** Smoothed round trip, 0 where unknown. */
  readonly knownRoundTripMs: number;
  readonly deliveryRatio: number;
  /** Probes that the delivery ratio rests on. */
  readonly probesSettled: number;
}

/**
 * Whether a link lives, from traffic first. Quiet: a probe now and then. Chasing: something was
 * sent and nothing came back, so probes follow quickly. Suspect: those were not answered either.
 */
export class Liveness {
  readonly #view: LivenessView;
  readonly #jitter: () => number;
  #phase: "quiet" | "chasing" | "suspect" = "quiet";
  #spare = false;
  #heardAtMs: number;
  /** First traffic sent since something was last heard; Infinity: none. */
  #waitingSinceMs = Number.POSITIVE_INFINITY;
  #silentSinceMs = 0;
  #nextProbeMs: number;
  #lastProbeMs: number;
  #quietGapMs: number = QUIET_PROBE_FIRST_MS;
  #suspectGapMs: number = SUSPECT_GAP_FIRST_MS;
  #unanswered = 0;

  /** @param jitter a factor around 1, drawn anew at each call */
  constructor(view: LivenessView, jitter: () => number, nowMs: number) {
    this.#view = view;
    this.#jitter = jitter;
    this.#heardAtMs = nowMs;
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

  /** Something authentic came in. True where the link was suspect. */
  heard(nowMs: number): boolean {
    const wasSuspect = this.#phase === "suspect";
    this.#heardAtMs = nowMs;
    this.#waitingSinceMs = Number.POSITIVE_INFINITY;
    if (this.#unanswered > 0 || this.#phase !== "quiet") {
      this.#unanswered = 0;
      this.#phase = "quiet";
      this.#nextProbeMs = Math.max(nowMs, this.#lastProbeMs) + this.#quietWaitMs();
    }
    return wasSuspect;
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

  /** Whether an own probe may ride along now instead of leaving alone soon. */
  probeSoonDue(nowMs: number): boolean {
    if (this.#phase !== "quiet" || this.#unanswered > 0) return false;
    return this.#nextProbeMs - nowMs < this.#quietGapMs / 2;
  }

  /** A probe left outside `tick`. */
  probed(nowMs: number): void {
    this.#lastProbeMs = nowMs;
    this.#unanswered += 1;
    this.#nextProbeMs = nowMs + this.#retryMs();
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    if (this.#phase !== "quiet") return this.#nextProbeMs;
    return Math.min(this.#nextProbeMs, this.#waitingSinceMs + this.#chaseAfterMs());
  }

  /** What is due now; call again at `deadlineMs`. */
  tick(nowMs: number): LivenessAction {
    if (this.#phase === "quiet") return this.#tickQuiet(nowMs);
    if (nowMs < this.#nextProbeMs) return "none";
    return this.#phase === "chasing" ? this.#tickChasing(nowMs) : this.#tickSuspect(nowMs);
  }

  #tickQuiet(nowMs: number): LivenessAction {
    if (nowMs >= this.#waitingSinceMs + this.#chaseAfterMs()) {
      this.#beginChase(this.#waitingSinceMs, nowMs);
      return "chase";
    }
    if (nowMs < this.#nextProbeMs) return "none";
    // A young link has not shown yet how much it loses: expect half at first.
    const unknown = 0.5 * (1 - this.#view.probesSettled / TRUSTED_PROBES);
    const lost = Math.max(unknown, 1 - this.#view.deliveryRatio);
    const most = Math.min(QUIET_PROBES_UNANSWERED_MAX, probesFor(QUIET_DOUBT, lost));
    if (this.#unanswered >= Math.max(QUIET_PROBES_UNANSWERED_MIN, most)) return "gone";
    if (this.#unanswered === 0) this.#quietGapMs = Math.min(QUIET_PROBE_MAX_MS, this.#grown());
    this.probed(nowMs);
    return "probe";
  }

  #tickChasing(nowMs: number): LivenessAction {
    const needed = Math.min(CHASE_PROBES_MAX, probesFor(CHASE_DOUBT, 1 - this.#view.deliveryRatio));
    if (this.#unanswered < Math.max(CHASE_PROBES_MIN, needed)) {
      this.#unanswered += 1;
      this.#lastProbeMs = nowMs;
      this.#nextProbeMs = nowMs + this.#chaseGapMs();
      return "probe";
    }
    this.#phase = "suspect";
    this.#suspectGapMs = SUSPECT_GAP_FIRST_MS;
    this.#quietGapMs = QUIET_PROBE_FIRST_MS;
    this.#nextProbeMs = nowMs + this.#suspectGapMs;
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
    this.#unanswered = 1;
    this.#lastProbeMs = nowMs;
    this.#nextProbeMs = nowMs + this.#chaseGapMs();
  }

  #grown(): number {
    return this.#quietGapMs + QUIET_PROBE_FIRST_MS / 4;
  }

  #quietWaitMs(): number {
    return this.#quietGapMs * (this.#spare ? SPARE_PROBE_FACTOR : 1) * this.#jitter();
  }

  #retryMs(): number {
    return Math.max(QUIET_PROBE_RETRY_MS, 2 * this.#view.knownRoundTripMs);
  }

  #chaseAfterMs(): number {
    return Math.max(CHASE_AFTER_MS, 2 * this.#view.knownRoundTripMs);
  }

  #chaseGapMs(): number {
    return Math.max(CHASE_GAP_MS, 2 * this.#view.knownRoundTripMs);
  }
}

/** Probes in a row that a living link leaves unanswered with no more than this probability. */
function probesFor(doubt: number, lost: number): number {
  return Math.ceil(Math.log(doubt) / Math.log(Math.min(0.99, Math.max(0.01, lost))));
}
