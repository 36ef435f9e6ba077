import {
  IDLE_MARGIN_MS,
  IDLE_MS,
  KEEPALIVE_MS,
  REPROBE_MS,
  SUSPECT_MS,
  UNCONFIRMED_MS,
} from "./limits.ts";
import type { Recovery } from "./recovery.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** What is due on account of silence. */
export type LivenessDue = "over" | "doubt" | "ping" | undefined;

/** Judges from silence whether the other side of a session is still there. */
export class Liveness {
  readonly #recovery: Recovery;
  readonly #createdMs: number;
  #confirmed: boolean;
  #heardMs: number;
  #pingedMs: number;
  #idleFromMs: number;
  #sentSinceHeard = false;
  #doubted = false;
  #verdictMs: number = NEVER;

  constructor(recovery: Recovery, confirmed: boolean, nowMs: number) {
    this.#recovery = recovery;
    this.#confirmed = confirmed;
    this.#createdMs = nowMs;
    this.#heardMs = nowMs;
    this.#pingedMs = nowMs;
    this.#idleFromMs = nowMs;
  }

  /** Whether the other side has proved to hold the keys. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  /** Whether probes have gone unanswered for long. */
  get suspect(): boolean {
    return this.#doubted && this.#recovery.firstProbeMs !== NEVER;
  }

  /** When the session was last heard of or first used again. */
  get idleFromMs(): number {
    return this.#idleFromMs;
  }

  /** Whether so long nothing was heard that news of the path is worth a probe. */
  isQuiet(nowMs: number): boolean {
    return nowMs - this.#heardMs >= REPROBE_MS;
  }

  /** Whether the other side may have dropped the session by now, its clock being its own. */
  isStale(nowMs: number): boolean {
    return nowMs >= this.#idleFromMs + IDLE_MS - IDLE_MARGIN_MS;
  }

  /** An authentic packet came in. */
  onHeard(nowMs: number): void {
    this.#confirmed = true;
    this.#heardMs = nowMs;
    this.#idleFromMs = nowMs;
    this.#sentSinceHeard = false;
    this.#doubted = false;
    this.#verdictMs = NEVER;
    this.#recovery.heard();
  }

  /** A packet that asks for an answer has gone (RFC 9000 section 10.1). */
  onSent(nowMs: number): void {
    if (!this.#sentSinceHeard) this.#idleFromMs = nowMs;
    this.#sentSinceHeard = true;
  }

  /** From now on silence ends the session soon. @returns false where that was so before */
  judge(nowMs: number): boolean {
    if (this.#verdictMs !== NEVER) return false;
    this.#verdictMs = nowMs + this.#patienceMs();
    return true;
  }

  /** When `due` should be asked. */
  deadlineMs(hasStreams: boolean): number {
    if (!this.#confirmed) return this.#createdMs + UNCONFIRMED_MS;
    return Math.min(
      this.#idleFromMs + IDLE_MS,
      this.#verdictMs,
      hasStreams ? this.#keepaliveMs() : NEVER,
      this.#doubtMs(),
    );
  }

  /** What silence asks for now. */
  due(hasStreams: boolean, nowMs: number): LivenessDue {
    if (!this.#confirmed) return nowMs >= this.#createdMs + UNCONFIRMED_MS ? "over" : undefined;
    if (nowMs >= this.#idleFromMs + IDLE_MS || nowMs >= this.#verdictMs) return "over";
    if (nowMs >= this.#doubtMs()) {
      this.#doubted = true;
      return "doubt";
    }
    if (!hasStreams || nowMs < this.#keepaliveMs()) return undefined;
    this.#pingedMs = nowMs;
    return "ping";
  }

  #keepaliveMs(): number {
    return Math.max(this.#heardMs, this.#pingedMs) + KEEPALIVE_MS;
  }

  #doubtMs(): number {
    const { firstProbeMs } = this.#recovery;
    return this.#doubted || firstProbeMs === NEVER ? NEVER : firstProbeMs + this.#patienceMs();
  }

  #patienceMs(): number {
    return Math.max(SUSPECT_MS, 3 * this.#recovery.roundTrip.probeTimeoutMs());
  }
}
