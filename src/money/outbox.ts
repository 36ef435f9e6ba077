import type { PeerId } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import { ANSWER_TIMEOUT_MS, OUTBOX_MAX } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";

interface Waiting {
  readonly peer: PeerId;
  readonly line: LineEntry;
  readonly message: Uint8Array;
  readonly untilMs: number;
}

/** What partners in reach are told once a stream with them is there again: for a short while, and it may be lost. */
export class Outbox {
  readonly #clock: Clock;
  #waiting: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether something waits for a device. */
  hasFor(peer: PeerId): boolean {
    this.#lapse();
    return this.#waiting.some((one) => one.peer === peer);
  }

  /** Keeps a message; false where there are too many. */
  put(peer: PeerId, line: LineEntry, message: Uint8Array): boolean {
    this.#lapse();
    if (this.#waiting.length >= OUTBOX_MAX) return false;
    const untilMs = this.#clock.monotonicMs() + ANSWER_TIMEOUT_MS;
    this.#waiting.push({ peer, line, message, untilMs });
    return true;
  }

  /** What waits for a device, oldest first: it is told now. */
  take(peer: PeerId): readonly Pick<Waiting, "line" | "message">[] {
    this.#lapse();
    const found = this.#waiting.filter((one) => one.peer === peer);
    this.#waiting = this.#waiting.filter((one) => one.peer !== peer);
    return found;
  }

  #lapse(): void {
    const nowMs = this.#clock.monotonicMs();
    const [oldest] = this.#waiting;
    if (oldest === undefined || oldest.untilMs > nowMs) return;
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs > nowMs);
  }
}
