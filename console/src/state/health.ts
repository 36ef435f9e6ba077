import type { ObjectBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";

/** How safe an object is, at a glance. */
export type HealthLevel = "safe" | "thin" | "only-here" | "coarse" | "lost";

type Facts = Pick<ObjectBody, "k" | "n" | "health">;

/**
 * "lost": nothing of it can be read. "coarse": fewer than k fragments answer, but enough for its
 * first layers. "only-here": too few are elsewhere should this disk die. "thin": less than half of
 * the reserve is left.
 */
export function healthLevel(object: Facts): HealthLevel {
  const { alive, here, layers } = object.health;
  if (alive < object.k) return layers.some((layer) => layer.isReadable) ? "coarse" : "lost";
  if (alive - here < object.k) return "only-here";
  return alive - object.k < (object.n - object.k) / 2 ? "thin" : "safe";
}

/** Why an object is not safe and what to do next; empty where nothing needs to be done. */
export function healthAdvice(object: Facts): string {
  const level = healthLevel(object);
  return level === "safe" ? "" : say().drive.advice[level];
}

/** Shares of the n fragments for the bar, each 0 … 1 of the width and never above it together. */
export interface HealthShares {
  readonly here: number;
  readonly elsewhere: number;
  /** Where each layer's k lies, the last one being that of all of it: below it that cannot be read. */
  readonly thresholds: readonly number[];
}

/** See HealthShares. */
export function healthShares(object: Facts): HealthShares {
  const total = Math.max(1, object.n, object.health.alive);
  const alive = Math.max(0, object.health.alive) / total;
  const here = Math.min(alive, Math.max(0, object.health.here) / total);
  const needs = new Set([...object.health.layers.map(({ k }) => k), object.k]);
  const thresholds = [...needs].sort((one, other) => one - other);
  return {
    here,
    elsewhere: alive - here,
    thresholds: thresholds.map((k) => Math.min(1, Math.max(0, k) / total)),
  };
}
