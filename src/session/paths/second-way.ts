import { DUPLICATE_BYTES_MAX } from "./limits.ts";
import type { SessionPath } from "./session-path.ts";
import type { Way } from "./ways.ts";

/** The other path that small packets take as well, for a round trip after a change. */
export class SecondWay {
  #path: SessionPath | undefined;
  #untilMs = Number.NEGATIVE_INFINITY;

  /** Small packets go by this path too, until then. */
  open(path: SessionPath, untilMs: number): void {
    this.#path = path;
    this.#untilMs = untilMs;
  }

  /** The second way of a packet of this size, if it takes one. @param first the path in use */
  of(sizeBytes: number, first: SessionPath, nowMs: number): Way | undefined {
    const path = this.#path;
    if (path === undefined || sizeBytes > DUPLICATE_BYTES_MAX) return undefined;
    if (nowMs < this.#untilMs && path !== first) return path.way;
    this.#path = undefined;
    return undefined;
  }
}
