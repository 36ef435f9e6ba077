import { TRAFFIC_GAP_MS } from "./limits.ts";

const LONG_AGO = Number.NEGATIVE_INFINITY;

/** Tells lasting traffic from single packets: what costs something is done only for the former. */
export class Traffic {
  #sinceMs = LONG_AGO;
  #lastMs = LONG_AGO;

  /** A packet that asks for an acknowledgement went or came. */
  note(nowMs: number): void {
    if (nowMs - this.#lastMs > TRAFFIC_GAP_MS) this.#sinceMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** Whether there has been traffic for so long, and still is. */
  lasts(ms: number, nowMs: number): boolean {
    return nowMs - this.#lastMs <= TRAFFIC_GAP_MS && this.#lastMs - this.#sinceMs >= ms;
  }
}
