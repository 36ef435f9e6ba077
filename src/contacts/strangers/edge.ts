import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import {
  EDGE_WINDOW,
  EDGE_WINDOW_AFTER_ONE,
  EDGE_WINDOW_AFTER_TWO,
  FORGIVE_MS,
  GATE_FIRST_MS,
  GATE_GROWTH,
  GATE_MAX_MS,
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
  closedAtMs: 0,
  closedForMs: 0,
  shownAtMs: 0,
};

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
/** Shapes of what is held against an edge: since when it is clean, when it closed, for how long, violations. */
export const edgeFields: {
  readonly c: schema.Schema<number>;
  readonly g: schema.Schema<number>;
  readonly l: schema.Schema<number>;
  readonly n: schema.Schema<number>;
} = { c: time, g: time, l: time, n: schema.integer(0, VIOLATIONS_MAX) };
const edgeSchema = schema.record({
  v: schema.literal(1),
  ...edgeFields,
  // Older homes have a debt and its time here, which count no more.
  d: schema.optional(schema.integer(0, 8_000)),
  e: schema.optional(time),
  s: time,
});

/** Closing time after the `violations`-th violation: 22, 88, 352, then always 1,408 hours. */
export function gateMs(violations: number): number {
  if (violations === 0) return 0;
  return Math.min(GATE_MAX_MS, GATE_FIRST_MS * GATE_GROWTH ** (violations - 1));
}

/**
 * The edge as time has left it: violations are forgiven. By time only: whatever else
 * comes over the edge changes nothing here. A clock that was set back forgives nothing.
 */
export function agedEdge(edge: Edge, nowMs: number): Edge {
  const isPast = edge.cleanSinceMs <= nowMs && edge.closedAtMs <= nowMs;
  if (edge.violations === 0 && isPast) return edge;
  const cleanFrom = Math.min(edge.cleanSinceMs, nowMs);
  const forgiven = Math.min(edge.violations, Math.floor((nowMs - cleanFrom) / FORGIVE_MS));
  return {
    ...edge,
    violations: edge.violations - forgiven,
    cleanSinceMs: cleanFrom + forgiven * FORGIVE_MS,
    closedAtMs: Math.min(edge.closedAtMs, nowMs),
  };
}

/** How much longer the gate of an edge is closed, in milliseconds; 0 where it is open. */
export function closedForMs(edge: Edge, nowMs: number): number {
  return Math.max(0, Math.min(edge.closedAtMs, nowMs) + edge.closedForMs - nowMs);
}

/** Introductions that may be under way over an edge that began then and has no violations. */
export function windowOf(beganAtMs: number, nowMs: number): number {
  return nowMs - beganAtMs < NEW_EDGE_MS ? NEW_EDGE_WINDOW : EDGE_WINDOW;
}

/**
 * The same with so many violations that are not forgiven. Together with what is under way they are
 * never more than six, which is what bounds an attacker: see docs/protocol/strangers.md.
 */
export function windowAfter(violations: number): number {
  return [EDGE_WINDOW, EDGE_WINDOW_AFTER_ONE, EDGE_WINDOW_AFTER_TWO][violations] ?? 1;
}

/** Why the edge takes no further introduction now, `reserved` being under way; undefined: it does. */
export function refusalOf(
  edge: Edge,
  window: number,
  reserved: number,
  nowMs: number,
): EdgeRefusal | undefined {
  if (closedForMs(edge, nowMs) > 0) return "closed";
  const { violations } = agedEdge(edge, nowMs);
  return reserved < Math.min(window, windowAfter(violations)) ? undefined : "no-credit";
}

/** The edge after one more unwanted introduction came over it. */
export function punishedEdge(edge: Edge, nowMs: number): Edge {
  const aged = agedEdge(edge, nowMs);
  const violations = Math.min(aged.violations + 1, VIOLATIONS_MAX);
  return {
    ...aged,
    violations,
    cleanSinceMs: nowMs,
    closedAtMs: nowMs,
    closedForMs: Math.max(gateMs(violations), closedForMs(edge, nowMs)),
  };
}

/**
 * The edge with all that two own devices hold against it. What both have counted counts once: which of their violations
 * are the same cannot be told, and each device alone keeps to the bound.
 */
export function worseEdge(own: Edge, other: Edge, nowMs: number): Edge {
  // No gate is longer, whatever is told: one that is would be taken over in part, and could open one's own.
  const told = { ...other, closedForMs: Math.min(other.closedForMs, GATE_MAX_MS) };
  const [mine, theirs] = [agedEdge(own, nowMs), agedEdge(told, nowMs)];
  const isTheirGate = closedForMs(theirs, nowMs) > closedForMs(mine, nowMs);
  const gate = isTheirGate ? theirs : mine;
  return {
    violations: Math.max(mine.violations, theirs.violations),
    cleanSinceMs: Math.max(mine.cleanSinceMs, theirs.cleanSinceMs),
    closedAtMs: gate.closedAtMs,
    closedForMs: gate.closedForMs,
    shownAtMs: own.shownAtMs,
  };
}

/** Whether nothing is held against the edge: it may be forgotten. */
export function isClean(edge: Edge, nowMs: number): boolean {
  return agedEdge(edge, nowMs).violations === 0 && closedForMs(edge, nowMs) === 0;
}

/** The record of an edge. */
export function encodeEdge(edge: Edge): Uint8Array {
  return encodeCbor({
    v: 1,
    c: edge.cleanSinceMs,
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
    closedAtMs: found.g,
    closedForMs: found.l,
    shownAtMs: found.s,
  };
}
