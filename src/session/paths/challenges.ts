import { LazyMap } from "../../base/lazy-map.ts";
import type { PeerId } from "../../identity/index.ts";
import { CHALLENGE_MS, CHALLENGES_MAX } from "./limits.ts";
import type { SessionPath } from "./session-path.ts";
import type { Way } from "./ways.ts";

/** What a challenge is for. */
export type Purpose = "standby" | "doubt" | "upkeep" | "return" | "meeting";

/** A challenge under way. */
export interface Challenge {
  readonly purpose: Purpose;
  readonly way: Way;
  /** The path that is challenged, where it is one already known. */
  readonly path: SessionPath | undefined;
  /** The waypoint on the way. */
  readonly waypoint: PeerId | undefined;
  readonly sentMs: number;
}

/**
 * Challenges sent and not answered. Tokens need not be secret: both challenge and answer are
 * sealed under the session's keys.
 */
export class Challenges {
  readonly #open: LazyMap<number, Challenge> = new LazyMap();
  #nextToken = 1;

  /** Challenges under way. */
  get size(): number {
    return this.#open.size;
  }

  /** Notes a challenge; the oldest gives way. @returns its token */
  add(challenge: Challenge): number {
    if (this.#open.size >= CHALLENGES_MAX) {
      for (const [token] of this.#open.entries()) {
        this.#open.delete(token);
        break;
      }
    }
    const token = this.#nextToken++;
    this.#open.set(token, challenge);
    return token;
  }

  /** The challenge that is answered, once and in time. */
  take(token: number, nowMs: number): Challenge | undefined {
    const challenge = this.#open.get(token);
    this.#open.delete(token);
    return challenge !== undefined && challenge.sentMs + CHALLENGE_MS > nowMs
      ? challenge
      : undefined;
  }

  /** Takes out those that nobody will answer any more. */
  *expire(nowMs: number): Generator<Challenge> {
    for (const [token, challenge] of this.#open.entries()) {
      if (challenge.sentMs + CHALLENGE_MS > nowMs) return;
      this.#open.delete(token);
      yield challenge;
    }
  }

  /** When the oldest expires. */
  deadlineMs(): number {
    for (const { sentMs } of this.#open.values()) return sentMs + CHALLENGE_MS;
    return Number.POSITIVE_INFINITY;
  }
}
