import type { PersonId } from "../../identity/index.ts";
import { STRAINED_VIOLATIONS, TAINTED_MS } from "./limits.ts";
import type { StrangerState } from "./state.ts";

/**
 * Whether a contact holds more than one thing against this person that is not forgiven yet: what
 * this person brings there next may close the edge for weeks. One alone happens to everybody.
 */
export function isStrained({ onward }: StrangerState, next: PersonId, nowMs: number): boolean {
  return onward.standing(next, nowMs).violations >= STRAINED_VIOLATIONS;
}

/** Whether a contact brought something unwanted in the last 120 days, forgiven or not. */
export function isTainted({ ledger }: StrangerState, from: PersonId, nowMs: number): boolean {
  const lastMs = ledger.lastViolationMs(from);
  return lastMs > 0 && nowMs - lastMs < TAINTED_MS;
}

/**
 * Rule R7: nothing goes on from a tainted edge over a strained one. An introducer knows which of
 * its contacts bring such things, and the one at the end does not: without this, many who aim
 * at one person close all the edges of that person's honest friends in turns.
 */
export function mayPassOn(
  state: StrangerState,
  from: PersonId,
  next: PersonId,
  nowMs: number,
): boolean {
  return !isStrained(state, next, nowMs) || !isTainted(state, from, nowMs);
}
