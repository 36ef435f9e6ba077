import type { PeerId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import { MEETINGS_HALF_MS, MEETINGS_MAX } from "./limits.ts";

/** Highest answer of `chance`. */
export const CHANCE_MAX = 1_000;

interface Meeting {
  /** Meetings, each fading to a half with time. */
  weight: number;
  atMs: number;
}

/**
 * How often this device has met others lately: who meets somebody often is a good courier to them.
 * In memory alone, so that a stolen disk does not tell whom somebody meets.
 */
export class Meetings {
  readonly #clock: Clock;
  /** In the order of the last meeting, the oldest first. */
  readonly #meetings = new Map<PeerId, Meeting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Devices met, the longest not met first. */
  devices(): Iterable<PeerId> {
    return this.#meetings.keys();
  }

  /** This device has come within reach of another one. */
  met(device: PeerId): void {
    const weight = this.#weight(device) + 1;
    this.#meetings.delete(device);
    this.#meetings.set(device, { weight, atMs: this.#clock.monotonicMs() });
    for (const oldest of this.#meetings.keys()) {
      if (this.#meetings.size <= MEETINGS_MAX) break;
      this.#meetings.delete(oldest);
    }
  }

  /** How good the chance is to meet a device soon: 0 … 1,000, growing with the meetings of late. */
  chance(device: PeerId): number {
    const weight = this.#weight(device);
    return Math.round((CHANCE_MAX * weight) / (weight + 4));
  }

  #weight(device: PeerId): number {
    const meeting = this.#meetings.get(device);
    if (meeting === undefined) return 0;
    const ageMs = this.#clock.monotonicMs() - meeting.atMs;
    return meeting.weight * 2 ** (-ageMs / MEETINGS_HALF_MS);
  }
}
