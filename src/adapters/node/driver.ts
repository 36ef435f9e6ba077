import type { Timed } from "../../ports/index.ts";

/** Longest sleep of the driver; also bounds what a suspended machine can sleep through. */
const SLEEP_MS_MAX = 1_000;

/**
 * Turns virtual deadlines into real timers: after whatever happened to the peer, `poke` makes
 * sure that `tick` runs when the next deadline is due. Many pokes of one turn cost one timer.
 */
export class Driver {
  readonly #target: Timed;
  readonly #nowMs: () => number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #stopped = false;

  /**
   * @param target what to tick
   * @param nowMs the same monotonic clock that the target uses
   * @param onError receives what a tick threw: a defect of ours, the process should end
   */
  constructor(target: Timed, nowMs: () => number, onError: (error: unknown) => void) {
    this.#target = target;
    this.#nowMs = nowMs;
    this.#onError = onError;
  }

  /** Something happened: look at the deadline again at the end of this turn. */
  poke(): void {
    if (this.#stopped || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#arm();
    });
  }

  /** No more ticks. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
  }

  /** What is due runs at once: a timer would add a millisecond to every answer. */
  #arm(): void {
    clearTimeout(this.#timer);
    const waitMs = this.#target.nextDeadlineMs() - this.#nowMs();
    if (waitMs <= 0) {
      this.#tick();
      return;
    }
    this.#timer = setTimeout(() => this.#tick(), Math.min(SLEEP_MS_MAX, Math.ceil(waitMs)));
  }

  #tick(): void {
    try {
      this.#target.tick();
    } catch (error) {
      this.#onError(error);
    }
    this.poke();
  }
}
