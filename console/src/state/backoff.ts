import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "../limits.ts";

/**
 * How long to wait before trying again: doubles with each failure, with a spread of a quarter.
 * @param failures tries that failed in a row, 0 for the first
 * @param chance 0 … 1
 */
export function backoffMs(failures: number, chance: number): number {
  const base = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(failures, 20));
  return Math.round(base * (1 - chance / 4));
}
