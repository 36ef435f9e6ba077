import { READ_RECENT_MS, YIELD_MS } from "./limits.ts";

/**
 * Lets fragments that move step back behind objects that are read: somebody waits for a read,
 * nobody for a fragment to arrive. They go on slowly, so that reads without end stop no spreading.
 */
export class Courtesy {
  #readAtMs = Number.NEGATIVE_INFINITY;

  /** A peer was just given a shard that it asked for. */
  noteRead(nowMs: number): void {
    this.#readAtMs = nowMs;
  }

  /** How long a push should wait before its next shard, in milliseconds. */
  pauseMs(nowMs: number): number {
    return nowMs - this.#readAtMs < READ_RECENT_MS ? YIELD_MS : 0;
  }
}
