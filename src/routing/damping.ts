import type { Destination } from "./destination.ts";
import { BATCH_MS, UNREST_FREE, UNREST_HALF_LIFE_MS, UNREST_WAIT_MAX_MS } from "./limits.ts";

/**
 * Notes one more change of a destination, and says how long telling others of it should wait:
 * not at all at first, then twice as long with every change, while half of the unrest is forgotten
 * every `UNREST_HALF_LIFE_MS` (the idea of RFC 2439). Our own packets follow every change at once;
 * what is held back is the news, so that who flaps cannot keep the whole mesh busy.
 */
export function noteUnrest(destination: Destination, nowMs: number): number {
  const age = nowMs - destination.unrestAtMs;
  destination.unrest = destination.unrest * 2 ** (-age / UNREST_HALF_LIFE_MS) + 1;
  destination.unrestAtMs = nowMs;
  const excess = destination.unrest - UNREST_FREE;
  return excess <= 0 ? 0 : Math.min(UNREST_WAIT_MAX_MS, BATCH_MS * 2 ** excess);
}
