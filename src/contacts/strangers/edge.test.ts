import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeCbor } from "../../wire/index.ts";
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
  worseEdge,
} from "./edge.ts";
import { EDGE_WINDOW, FORGIVE_MS, GATE_MAX_MS, NEW_EDGE_MS, VIOLATIONS_MAX } from "./limits.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const T0 = 1_700_000_000_000;

function punished(times: number, atMs = T0): Edge {
  let edge = CLEAN_EDGE;
  for (let time = 0; time < times; time++) edge = punishedEdge(edge, atMs);
  return edge;
}

describe("an edge", () => {
  test("takes six introductions at a time, one while it is new, and not one more", () => {
    expect(windowOf(T0, T0 + NEW_EDGE_MS - 1)).toBe(1);
    expect(windowOf(T0, T0 + NEW_EDGE_MS)).toBe(6);
    expect(refusalOf(CLEAN_EDGE, EDGE_WINDOW, 5, T0)).toBeUndefined();
    expect(refusalOf(CLEAN_EDGE, EDGE_WINDOW, 6, T0)).toBe("no-credit");
    expect(refusalOf(CLEAN_EDGE, 1, 0, T0)).toBeUndefined();
    expect(refusalOf(CLEAN_EDGE, 1, 1, T0)).toBe("no-credit");
  });

  test("closes for 22 hours, four times as long each further time, and never for longer than 1,408", () => {
    const hours = [1, 2, 3, 4, 5, 6, VIOLATIONS_MAX].map((k) => gateMs(k) / HOUR_MS);
    expect(hours).toEqual([22, 88, 352, 1_408, 1_408, 1_408, 1_408]);
    expect(gateMs(VIOLATIONS_MAX)).toBe(GATE_MAX_MS);
    for (const k of [1, 2, 3]) {
      const edge = punished(k);
      expect(refusalOf(edge, EDGE_WINDOW, 0, T0 + gateMs(k) - 1)).toBe("closed");
      expect(closedForMs(edge, T0 + gateMs(k))).toBe(0);
    }
  });

  test("carries fewer at a time after its gate has opened, until all is forgiven", () => {
    const most = (violations: number, atMs: number): number => {
      const edge = punished(violations);
      let reserved = 0;
      while (refusalOf(edge, EDGE_WINDOW, reserved, atMs) === undefined) reserved++;
      return reserved;
    };
    expect([1, 2, 3].map((k) => most(k, T0 + gateMs(k)))).toEqual([5, 3, 1]);
    expect(most(3, T0 + FORGIVE_MS)).toBe(3);
    expect(most(3, T0 + 3 * FORGIVE_MS)).toBe(6);
    // A new edge, or a group, does not carry more than it does anyway.
    expect(refusalOf(punished(1), 2, 2, T0 + gateMs(1))).toBe("no-credit");
  });

  test("counts no further than to its limits", () => {
    const edge = punished(VIOLATIONS_MAX + 3);
    expect(edge.violations).toBe(VIOLATIONS_MAX);
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

  test("is clean once all is forgiven", () => {
    expect(isClean(punished(1), T0 + FORGIVE_MS - 1)).toBe(false);
    expect(isClean(punished(1), T0 + FORGIVE_MS)).toBe(true);
  });

  test("of an older home is read without its debt", () => {
    const { violations, cleanSinceMs, closedAtMs, closedForMs, shownAtMs } = punished(2);
    const times = { c: cleanSinceMs, g: closedAtMs, l: closedForMs, s: shownAtMs };
    const older = encodeCbor({ v: 1, ...times, n: violations, d: 2_000, e: T0 });
    expect(decodeEdge(older)).toEqual(punished(2));
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
      expect(refusalOf(edge, EDGE_WINDOW, 0, nowMs)).toBe("closed");
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
        fc.constantFrom(...[1, 2, 3, 4].map(gateMs)),
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

test("a sender who always sends as soon as it may: 7 in 112 days, where the bound is 10, 11 in 336 (18)", () => {
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
  expect([within(1), within(30), within(112), within(336)]).toEqual([6, 6, 7, 11]);
});

test("of two devices the worse counts, whoever tells whom, and however often", () => {
  const edge = fc
    .array(fc.integer({ min: 0, max: 100 * DAY_MS }), { maxLength: 8 })
    .map((waits) => {
      let [known, atMs] = [CLEAN_EDGE, T0];
      for (const waitMs of waits) {
        atMs += waitMs;
        known = punishedEdge(known, atMs);
      }
      return known;
    });
  const nowMs = fc.integer({ min: 0, max: 900 * DAY_MS }).map((afterMs) => T0 + afterMs);
  fc.assert(
    fc.property(edge, edge, nowMs, (one, other, now) => {
      const worse = worseEdge(one, other, now);
      expect(worseEdge(other, one, now).violations).toBe(worse.violations);
      expect(closedForMs(worseEdge(other, one, now), now)).toBe(closedForMs(worse, now));
      expect(worseEdge(worse, other, now)).toEqual(worse);
      for (const known of [one, other]) {
        expect(agedEdge(worse, now).violations).toBeGreaterThanOrEqual(
          agedEdge(known, now).violations,
        );
        expect(closedForMs(worse, now)).toBeGreaterThanOrEqual(closedForMs(known, now));
      }
      expect(decodeEdge(encodeEdge(worse))).toEqual(worse);
    }),
  );
});

test("what another own device tells opens no gate, whatever it tells", () => {
  const own = punishedEdge(punishedEdge(CLEAN_EDGE, T0), T0 + DAY_MS);
  const time = fc.oneof(
    fc.maxSafeNat(),
    fc.integer({ min: T0 - 900 * DAY_MS, max: T0 + 900 * DAY_MS }),
  );
  const other = fc.record({
    ...{
      violations: fc.nat(VIOLATIONS_MAX),
      cleanSinceMs: time,
      closedAtMs: time,
      closedForMs: time,
    },
    shownAtMs: fc.constant(0),
  });
  fc.assert(
    fc.property(other, fc.integer({ min: 0, max: 60 * DAY_MS }), (told, afterMs) => {
      const now = T0 + DAY_MS + afterMs;
      const worse = worseEdge(own, told, now);
      expect(closedForMs(worse, now)).toBeGreaterThanOrEqual(closedForMs(own, now));
      expect(closedForMs(worse, now)).toBeLessThanOrEqual(GATE_MAX_MS);
      expect(worse.violations).toBeGreaterThanOrEqual(agedEdge(own, now).violations);
      expect(decodeEdge(encodeEdge(worse))).toEqual(worse);
    }),
  );
});
