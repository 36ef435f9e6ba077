import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import {
  CREDIT,
  DEBT_DAY_MS,
  DEBT_KEPT_PERCENT,
  DEBT_MAX,
  EDGE_WINDOW,
  FORGIVE_MS,
  GATE_FIRST_MS,
  NEW_EDGE_MS,
  NEW_EDGE_WINDOW,
  VIOLATIONS_MAX,
} from "./limits.ts";

/**
 * What is remembered of a directed edge: of introductions that come from one contact. All times
 * are wall-clock milliseconds since 1970, all numbers integers, so that every machine that sees the
 * same events has the same state.
 */
export interface Edge {
  /** Unwanted introductions that are not forgiven yet. */
  readonly violations: number;
  /** Since when there was none, or one was last forgiven. */
  readonly cleanSinceMs: number;
  /** What unwanted introductions cost, in thousandths of a credit; a tenth of it goes every day. */
  readonly debt: number;
  readonly debtAtMs: number;
  /** When the gate last closed, and for how long. */
  readonly closedAtMs: number;
  readonly closedForMs: number;
  /** When a request over this edge was last shown: the tray serves edges in turn. */
  readonly shownAtMs: number;
}

/** Why nothing may come over an edge now. */
export type EdgeRefusal = "closed" | "no-credit";

/** An edge of which nothing is known. */
export const CLEAN_EDGE: Edge = {
  violations: 0,
  cleanSinceMs: 0,
  debt: 0,
  debtAtMs: 0,
  closedAtMs: 0,
  closedForMs: 0,
  shownAtMs: 0,
};

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const edgeSchema = schema.record({
  v: schema.literal(1),
  c: time,
  d: schema.integer(0, DEBT_MAX),
  e: time,
  g: time,
  l: time,
  n: schema.integer(0, VIOLATIONS_MAX),
  s: time,
});

/** Closing time after the `violations`-th violation: 80 h, then twice as long each time. */
export function gateMs(violations: number): number {
  return violations === 0 ? 0 : GATE_FIRST_MS * 2 ** (violations - 1);
}

/**
 * The edge as time has left it: debts decay, violations are forgiven. By time only: whatever else
 * comes over the edge changes nothing here. A clock that was set back forgives nothing.
 */
export function agedEdge(edge: Edge, nowMs: number): Edge {
  const cleanFrom = Math.min(edge.cleanSinceMs, nowMs);
  const forgiven = Math.min(edge.violations, Math.floor((nowMs - cleanFrom) / FORGIVE_MS));
  const debtFrom = Math.min(edge.debtAtMs, nowMs);
  const days = Math.floor((nowMs - debtFrom) / DEBT_DAY_MS);
  return {
    ...edge,
    violations: edge.violations - forgiven,
    cleanSinceMs: cleanFrom + forgiven * FORGIVE_MS,
    debt: decayed(edge.debt, days),
    debtAtMs: debtFrom + days * DEBT_DAY_MS,
    closedAtMs: Math.min(edge.closedAtMs, nowMs),
  };
}

function decayed(debt: number, days: number): number {
  let left = debt;
  for (let day = 0; day < days && left > 0; day++) {
    left = Math.floor((left * DEBT_KEPT_PERCENT) / 100);
  }
  return left;
}

/** How much longer the gate of an edge is closed, in milliseconds; 0 where it is open. */
export function closedForMs(edge: Edge, nowMs: number): number {
  return Math.max(0, Math.min(edge.closedAtMs, nowMs) + edge.closedForMs - nowMs);
}

/** Introductions that may be under way over an edge that began then. */
export function windowOf(beganAtMs: number, nowMs: number): number {
  return nowMs - beganAtMs < NEW_EDGE_MS ? NEW_EDGE_WINDOW : EDGE_WINDOW;
}

/**
 * Why the edge takes no further introduction now, `reserved` being under way; undefined: it does.
 * One with violations that are not forgiven carries one at a time, however much credit it has.
 */
export function refusalOf(
  edge: Edge,
  window: number,
  reserved: number,
  nowMs: number,
): EdgeRefusal | undefined {
  if (closedForMs(edge, nowMs) > 0) return "closed";
  const { debt, violations } = agedEdge(edge, nowMs);
  if (violations > 0) return reserved === 0 ? undefined : "no-credit";
  const used = (reserved + 1) * CREDIT + debt;
  return used > window * CREDIT ? "no-credit" : undefined;
}

/** The edge after one more unwanted introduction came over it. */
export function punishedEdge(edge: Edge, nowMs: number): Edge {
  const aged = agedEdge(edge, nowMs);
  const violations = Math.min(aged.violations + 1, VIOLATIONS_MAX);
  return {
    ...aged,
    violations,
    cleanSinceMs: nowMs,
    debt: Math.min(aged.debt + CREDIT, DEBT_MAX),
    debtAtMs: aged.debt === 0 ? nowMs : aged.debtAtMs,
    closedAtMs: nowMs,
    closedForMs: Math.max(gateMs(violations), closedForMs(edge, nowMs)),
  };
}

/** Whether nothing is held against the edge: it may be forgotten. */
export function isClean(edge: Edge, nowMs: number): boolean {
  const { violations, debt } = agedEdge(edge, nowMs);
  return violations === 0 && debt === 0 && closedForMs(edge, nowMs) === 0;
}

/** The record of an edge. */
export function encodeEdge(edge: Edge): Uint8Array {
  return encodeCbor({
    v: 1,
    c: edge.cleanSinceMs,
    d: edge.debt,
    e: edge.debtAtMs,
    g: edge.closedAtMs,
    l: edge.closedForMs,
    n: edge.violations,
    s: edge.shownAtMs,
  });
}

/** @throws WireError where the record is damaged */
export function decodeEdge(bytes: Uint8Array): Edge {
  const found = edgeSchema(decodeCbor(bytes), "edge");
  return {
    violations: found.n,
    cleanSinceMs: found.c,
    debt: found.d,
    debtAtMs: found.e,
    closedAtMs: found.g,
    closedForMs: found.l,
    shownAtMs: found.s,
  };
}
