import type { ObjectBody } from "../../../src/api/client/index.ts";

/** How safe an object is, at a glance. */
export type HealthLevel = "safe" | "thin" | "only-here" | "lost";

/**
 * "lost": fewer than k fragments answer, so it cannot be read. "only-here": too few are elsewhere
 * should this disk die. "thin": less than half of the reserve is left.
 */
export function healthLevel(object: Pick<ObjectBody, "k" | "n" | "health">): HealthLevel {
  const { alive, here } = object.health;
  if (alive < object.k) return "lost";
  if (alive - here < object.k) return "only-here";
  return alive - object.k < (object.n - object.k) / 2 ? "thin" : "safe";
}

/** Shares of the n fragments for the bar, each 0 … 1 of the width and never above it together. */
export interface HealthShares {
  readonly here: number;
  readonly elsewhere: number;
  /** Where k lies: below it nothing can be read. */
  readonly threshold: number;
}

/** See HealthShares. */
export function healthShares(object: Pick<ObjectBody, "k" | "n" | "health">): HealthShares {
  const total = Math.max(1, object.n, object.health.alive);
  const alive = Math.max(0, object.health.alive) / total;
  const here = Math.min(alive, Math.max(0, object.health.here) / total);
  return { here, elsewhere: alive - here, threshold: Math.min(1, object.k / total) };
}
