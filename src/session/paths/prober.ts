import type { PeerId } from "../../identity/index.ts";
import type { Path } from "../../routing/index.ts";
import { type Challenge, Challenges, type Purpose } from "./challenges.ts";
import { CHALLENGE_FILL_BYTES, CHALLENGES_MAX, LABEL_BYTES_MAX, RESPONSES_MAX } from "./limits.ts";
import { encodeChallenge, encodeResponse } from "./path-frames.ts";
import type { SessionPath } from "./session-path.ts";
import { copyPath, type Way, wayBack } from "./ways.ts";

/** A frame that goes in a packet of its own, by a way of its own. */
export interface ProbingPacket {
  readonly frame: Uint8Array;
  readonly way: Way;
}

/** Challenges and answers to challenges, which go beside the session's data. */
export class Prober {
  readonly #challenges: Challenges = new Challenges();
  #queue: ProbingPacket[] = [];

  /** Packets that wait to be sent. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Asks for an answer by a way. @param fillBytes size up to which the packet is filled */
  challenge(
    purpose: Purpose,
    way: Way,
    options: {
      readonly nowMs: number;
      readonly path?: SessionPath | undefined;
      readonly fillBytes: number;
    },
  ): void {
    if (this.#queue.length >= CHALLENGES_MAX + RESPONSES_MAX) return;
    const waypoint: PeerId | undefined = way.kind === "via" ? way.waypoint : undefined;
    const { nowMs: sentMs, path } = options;
    const token = this.#challenges.add({ purpose, way, path, waypoint, sentMs });
    this.#queue.push({ frame: encodeChallenge(token, options.fillBytes), way });
  }

  /** Answers a challenge along the way on which it came. */
  respond(token: number, back: Path | undefined): void {
    if (this.#queue.length >= RESPONSES_MAX) return;
    const way = wayBack(back && copyPath(back));
    this.#queue.push({ frame: encodeResponse(token), way });
  }

  /** The next packet to send. */
  take(): ProbingPacket | undefined {
    return this.#queue.shift();
  }

  /** The challenge that a token answers, once and in time. */
  answered(token: number, nowMs: number): Challenge | undefined {
    return this.#challenges.take(token, nowMs);
  }

  /** Challenges that stay unanswered. */
  expired(nowMs: number): Generator<Challenge> {
    return this.#challenges.expire(nowMs);
  }

  /** When the next challenge expires. */
  deadlineMs(): number {
    return this.#challenges.deadlineMs();
  }
}

/**
 * Size to which a challenge is filled, in bytes: the path must carry data, not only challenges. One
 * in place of a path that fell silent must carry what that one did not.
 */
export function challengeBytes(
  purpose: Purpose,
  packetBytes: number,
  largestBytes: number,
): number {
  if (purpose === "upkeep") return 0;
  const wantedBytes = purpose === "doubt" ? largestBytes : CHALLENGE_FILL_BYTES;
  return Math.max(0, Math.min(wantedBytes, packetBytes - 2 * LABEL_BYTES_MAX));
}
