import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  agedEdge,
  CLEAN_EDGE,
  closedForMs,
  decodeEdge,
  type Edge,
  encodeEdge,
  gateMs,
  isClean,
  punishedEdge,
  refusalOf,
  windowOf,
} from "./edge.ts";
import {
  CREDIT,
  DEBT_MAX,
  EDGE_WINDOW,
  FORGIVE_MS,
  NEW_EDGE_MS,
  VIOLATIONS_MAX,
} from "./limits.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const T0 = 1_700_000_000_000;

function punished(times: number, atMs = T0): Edge {
  let edge = CLEAN_EDGE;
  for (let time = 0; time < times; time++) edge = punishedEdge(edge, atMs);
  return edge;
}

describe("an edge", () => {
  test("takes two introductions at a time, one while it is new, and not one more", () => {
    expect(windowOf(T0, T0 + NEW_EDGE_MS - 1)).toBe(1);
    expect(windowOf(T0, T0 + NEW_EDGE_MS)).toBe(EDGE_WINDOW);
    const refusals = [0, 1, 2].map((reserved) => refusalOf(CLEAN_EDGE, 2, reserved, T0));
    expect(refusals).toEqual([undefined, undefined, "no-credit"]);
    expect(refusalOf(CLEAN_EDGE, 1, 1, T0)).toBe("no-credit");
  });

  test("closes for 80 hours, and twice as long each further time", () => {
    expect([1, 2, 3, 4, 5].map((k) => gateMs(k) / HOUR_MS)).toEqual([80, 160, 320, 640, 1_280]);
    for (const k of [1, 2, 3]) {
      const edge = punished(k);
      expect(refusalOf(edge, 2, 0, T0 + gateMs(k) - 1)).toBe("closed");
      expect(closedForMs(edge, T0 + gateMs(k))).toBe(0);
    }
  });

  test("carries one at a time after its gate has opened, until all is forgiven", () => {
    const edge = punished(1);
    const opensMs = T0 + gateMs(1);
    expect([0, 1].map((reserved) => refusalOf(edge, 2, reserved, opensMs))).toEqual([
      undefined,
      "no-credit",
    ]);
    const forgivenMs = T0 + 60 * DAY_MS;
    expect([0, 1].map((reserved) => refusalOf(edge, 2, reserved, forgivenMs))).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("counts no further than to its limits", () => {
    const edge = punished(VIOLATIONS_MAX + 3);
    expect([edge.violations, edge.debt]).toEqual([VIOLATIONS_MAX, DEBT_MAX]);
    expect(decodeEdge(encodeEdge(edge))).toEqual(edge);
  });

  test("forgives one violation in 30 clean days, by time alone", () => {
    const edge = punished(2);
    expect(agedEdge(edge, T0 + FORGIVE_MS - 1).violations).toBe(2);
    expect(agedEdge(edge, T0 + FORGIVE_MS).violations).toBe(1);
    expect(agedEdge(edge, T0 + 10 * FORGIVE_MS).violations).toBe(0);
    const again = punishedEdge(edge, T0 + FORGIVE_MS - 1);
    expect(agedEdge(again, T0 + 2 * FORGIVE_MS - 2).violations).toBe(3);
  });

  test("loses a tenth of its debt every day, in whole thousandths", () => {
    const edge = punished(1);
    const debts = [0, 1, 2, 3].map((days) => agedEdge(edge, T0 + days * DAY_MS).debt);
    expect(debts).toEqual([1_000, 900, 810, 729]);
    expect(agedEdge(edge, T0 + DAY_MS - 1).debt).toBe(CREDIT);
    expect(agedEdge(edge, T0 + 90 * DAY_MS).debt).toBe(0);
    expect(isClean(edge, T0 + 90 * DAY_MS)).toBe(true);
  });

  test("ages alike in one step and in many", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 40 * DAY_MS }), { maxLength: 8 }),
        (violations, steps) => {
          let edge = punished(violations);
          let nowMs = T0;
          for (const step of steps) {
            nowMs += step;
            edge = agedEdge(edge, nowMs);
          }
          expect(edge).toEqual(agedEdge(punished(violations), nowMs));
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test("a clock that is set back opens nothing and forgives nothing", () => {
    const edge = punished(2);
    for (const nowMs of [T0 - 1, T0 - 3_650 * DAY_MS]) {
      expect(refusalOf(edge, 2, 0, nowMs)).toBe("closed");
      expect(agedEdge(edge, nowMs).violations).toBe(2);
      expect(closedForMs(agedEdge(edge, nowMs), nowMs + gateMs(2))).toBe(0);
    }
  });
});

/**
 * The bound: whatever is tried, no more than 7 + T/30 unwanted introductions are judged on one
 * edge in T days. The attacker chooses when to send and how long each one is under way.
 */
test("no schedule gets more than 7 + T/30 unwanted introductions over an edge in T days", () => {
  const schedule = fc.array(
    fc.record({
      waitMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 2 * DAY_MS }),
        fc.integer({ min: 0, max: 60 * DAY_MS }),
        fc.constant(80 * HOUR_MS),
        fc.constant(FORGIVE_MS),
      ),
      lagMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 7 * DAY_MS })),
      isWanted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 120 },
  );
  fc.assert(
    fc.property(schedule, (moves) => {
      let edge = CLEAN_EDGE;
      let nowMs = T0;
      const underWay: { readonly atMs: number; readonly isWanted: boolean }[] = [];
      const judgedAt: number[] = [];
      const judge = (untilMs: number): void => {
        underWay.sort((a, b) => a.atMs - b.atMs);
        for (
          let next = underWay[0];
          next !== undefined && next.atMs <= untilMs;
          next = underWay[0]
        ) {
          underWay.shift();
          if (next.isWanted) continue;
          edge = punishedEdge(edge, next.atMs);
          judgedAt.push(next.atMs);
        }
      };
      for (const { waitMs, lagMs, isWanted } of moves) {
        nowMs += waitMs;
        judge(nowMs);
        if (refusalOf(edge, EDGE_WINDOW, underWay.length, nowMs) !== undefined) continue;
        underWay.push({ atMs: nowMs + lagMs, isWanted });
      }
      judge(Number.POSITIVE_INFINITY);
      const first = judgedAt[0] ?? T0;
      for (const [at, atMs] of judgedAt.entries()) {
        const days = (atMs - first) / DAY_MS;
        expect(at + 1).toBeLessThanOrEqual(7 + days / 30);
      }
    }),
    { numRuns: 400, seed: 1 },
  );
});

test("a sender who always sends as soon as it may: 6 in 112 days, where the bound is 10, 10 in 336 (18)", () => {
  let edge = CLEAN_EDGE;
  const judgedAt: number[] = [];
  for (let nowMs = T0; nowMs < T0 + 336 * DAY_MS; nowMs += HOUR_MS) {
    let reserved = 0;
    while (refusalOf(edge, EDGE_WINDOW, reserved, nowMs) === undefined) reserved++;
    for (let sent = 0; sent < reserved; sent++) {
      edge = punishedEdge(edge, nowMs);
      judgedAt.push(nowMs);
    }
  }
  const within = (days: number): number =>
    judgedAt.filter((atMs) => atMs < T0 + days * DAY_MS).length;
  expect([within(1), within(30), within(112), within(336)]).toEqual([2, 4, 6, 10]);
});
