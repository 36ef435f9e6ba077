import { expect, test } from "vitest";
import { AbsenceHistory } from "./absences.ts";
import { ABSENCES_KEPT, ABSENCES_LEARNED_MIN } from "./limits.ts";

const HOUR = 3_600_000;
const BOUNDS = { minMs: HOUR / 2, maxMs: 168 * HOUR, unknownMs: 12 * HOUR };

/** A peer that was away so many times for so long. */
function away(times: number, ms: number): AbsenceHistory {
  const history = new AbsenceHistory();
  for (let i = 0; i < times; i++) history.noteAbsence(ms);
  return history;
}

test("little is learned from few absences", () => {
  expect(away(ABSENCES_LEARNED_MIN - 1, HOUR).timeoutMs(BOUNDS)).toBe(BOUNDS.unknownMs);
  expect(away(ABSENCES_LEARNED_MIN, HOUR).timeoutMs(BOUNDS)).not.toBe(BOUNDS.unknownMs);
});

test("a laptop that sleeps eight hours every night is waited for longer than a night", () => {
  const timeoutMs = away(30, 8 * HOUR).timeoutMs(BOUNDS);
  expect(timeoutMs).toBeGreaterThan(16 * HOUR);
  expect(timeoutMs).toBeLessThan(48 * HOUR);
});

test("one long absence among very many short ones changes little", () => {
  const history = away(30, 60_000);
  history.noteAbsence(100 * HOUR);
  expect(history.timeoutMs(BOUNDS)).toBe(BOUNDS.minMs);
});

test("timeouts stay within their bounds", () => {
  expect(away(10, 1).timeoutMs(BOUNDS)).toBe(BOUNDS.minMs);
  expect(away(10, 10_000 * HOUR).timeoutMs(BOUNDS)).toBe(BOUNDS.maxMs);
});

test("older absences fade, so that who changes is known anew", () => {
  const history = away(2 * ABSENCES_KEPT, 20 * HOUR);
  for (let i = 0; i < 12 * ABSENCES_KEPT; i++) history.noteAbsence(60_000);
  expect(history.timeoutMs(BOUNDS)).toBe(BOUNDS.minMs);
  const total = history.facts().counts.reduce((sum, count) => sum + count, 0);
  expect(total).toBeLessThanOrEqual(ABSENCES_KEPT + 2);
});

test("uptime begins at a half and goes where the facts go", () => {
  expect(new AbsenceHistory().uptime()).toBe(0.5);
  const steady = new AbsenceHistory();
  steady.noteUp(1_000 * HOUR);
  expect(steady.uptime()).toBeGreaterThan(0.95);
  expect(away(100, 10 * HOUR).uptime()).toBeLessThan(0.05);
});

test("what is written down gives the same history back", () => {
  const history = away(10, 5 * HOUR);
  history.noteUp(7 * HOUR);
  const again = new AbsenceHistory(history.facts());
  expect(again.facts()).toEqual(history.facts());
  expect(again.timeoutMs(BOUNDS)).toBe(history.timeoutMs(BOUNDS));
});
