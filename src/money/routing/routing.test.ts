import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testRandom } from "../../testing/fixtures.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { bucketHigh, bucketLow, bucketOf, hasLeft, noisyBucket } from "./bucket.ts";
import { CreditMap } from "./credit-map.ts";
import { hintLines } from "./hint.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  HINT_LINES_MAX,
  PROBES_MAX,
  VICINITY_LINES_MAX,
  VICINITY_PEOPLE_MAX,
  VICINITY_SHARE,
} from "./limits.ts";
import { mapOf } from "./map-of.ts";
import { PaymentPlan } from "./plan.ts";
import { bestWay } from "./search.ts";
import type { Advert, PlanStep, Probe } from "./types.ts";
import { Vicinity } from "./vicinity.ts";

const NO_BYTES = new Uint8Array();
const amounts = fc.integer({ min: 0, max: AMOUNT_MAX });

function advertOf(origin: string, lines: number, more: Partial<Advert> = {}): Advert {
  return {
    t: "advert",
    currency: "c",
    origin,
    dhKey: NO_BYTES,
    seq: 1,
    hopsLeft: ADVERT_HOPS_MAX - 1,
    lines: Array.from({ length: lines }, (_, at) => ({
      partner: `${origin}.${at}`,
      out: 9,
      in: 9,
    })),
    proof: NO_BYTES,
    ...more,
  };
}

describe("buckets", () => {
  test("an amount is in its bucket, and in no other", () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const bucket = bucketOf(amount);
        expect(amount).toBeGreaterThanOrEqual(bucketLow(bucket));
        expect(amount).toBeLessThanOrEqual(bucketHigh(bucket));
      }),
    );
    for (let power = 1; power <= 49; power++) {
      expect(bucketOf(2 ** power - 1)).toBe(power);
      expect(bucketOf(2 ** power)).toBe(power + 1);
    }
  });

  test("the noise moves an amount by one bucket at most, and it is not told anew for it", () => {
    const random = testRandom(1);
    fc.assert(
      fc.property(amounts, (amount) => {
        const bucket = noisyBucket(amount, random);
        expect(Math.abs(bucket - bucketOf(amount))).toBeLessThanOrEqual(1);
      }),
    );
    expect(hasLeft(5, 20)).toBe(false);
    expect(hasLeft(5, 12)).toBe(true);
    expect(hasLeft(5, 40)).toBe(true);
    expect(hasLeft(0, 1)).toBe(true);
  });
});

describe("the vicinity", () => {
  test("keeps the newer advert of a person and refuses the older: what goes in circles ends", () => {
    const vicinity = new Vicinity();
    expect(vicinity.take(advertOf("a", 1, { seq: 2 }), "a", 0)).toBeUndefined();
    expect(vicinity.take(advertOf("a", 3, { seq: 2 }), "b", 0)).toBe("old");
    expect(vicinity.take(advertOf("a", 3, { seq: 1 }), "b", 0)).toBe("old");
    expect(vicinity.of("a")?.lines).toHaveLength(1);
    expect(vicinity.take(advertOf("a", 3, { seq: 3 }), "b", 0)).toBeUndefined();
    expect(vicinity.lines).toBe(3);
  });

  test("a flood by one partner fills that partner's share and drops nothing of the others", () => {
    const vicinity = new Vicinity();
    vicinity.take(advertOf("honest", 10, { hopsLeft: 0 }), "other", 0);
    let refused = 0;
    for (let at = 0; at < 3_000; at++) {
      if (vicinity.take(advertOf(`sybil ${at}`, ADVERT_LINES_MAX), "evil", 0)) refused++;
    }
    expect(refused).toBeGreaterThan(2_900);
    expect(vicinity.lines).toBeLessThanOrEqual(VICINITY_LINES_MAX / VICINITY_SHARE + 10);
    expect(vicinity.of("honest")).toBeDefined();
  });

  test("never has more people and lines than it may, and counts right, whatever comes", () => {
    const told = fc.record({
      origin: fc.integer({ min: 0, max: 2_000 }),
      via: fc.integer({ min: 0, max: 5 }),
      lines: fc.integer({ min: 0, max: ADVERT_LINES_MAX }),
      hopsLeft: fc.integer({ min: 0, max: ADVERT_HOPS_MAX - 1 }),
    });
    fc.assert(
      fc.property(fc.array(told, { minLength: 500, maxLength: 2_500 }), (adverts) => {
        const vicinity = new Vicinity();
        for (const [seq, { origin, via, lines, hopsLeft }] of adverts.entries()) {
          vicinity.take(advertOf(`p${origin}`, lines, { seq, hopsLeft }), `v${via}`, seq);
        }
        expect(vicinity.people).toBeLessThanOrEqual(VICINITY_PEOPLE_MAX);
        expect(vicinity.lines).toBeLessThanOrEqual(VICINITY_LINES_MAX);
        const all = [...vicinity.all()];
        expect(all.reduce((sum, { lines }) => sum + lines.length, 0)).toBe(vicinity.lines);
        for (const { via } of all) vicinity.forget(via);
        expect([vicinity.people, vicinity.lines]).toEqual([0, 0]);
      }),
      { numRuns: 20 },
    );
  });

  test("what is nearer takes the place of what is farther", () => {
    const vicinity = new Vicinity();
    for (let at = 0; at < VICINITY_PEOPLE_MAX; at++) {
      vicinity.take(advertOf(`far ${at}`, 1, { hopsLeft: 0 }), `v${at % 4}`, 0);
    }
    expect(vicinity.take(advertOf("near", 1), "near", 0)).toBeUndefined();
    expect(vicinity.people).toBe(VICINITY_PEOPLE_MAX);
    expect(vicinity.take(advertOf("far again", 1, { hopsLeft: 0 }), "v1", 0)).toBe("full");
  });
});

test("a hint has the payee's lines first and never more than was asked for", () => {
  const vicinity = new Vicinity();
  const own = Array.from({ length: 10 }, (_, at) => ({ partner: `n${at}`, out: 1, in: 50 }));
  for (let at = 0; at < 10; at++) vicinity.take(advertOf(`n${at}`, ADVERT_LINES_MAX), `n${at}`, 0);
  const lines = hintLines("me", own, vicinity, HINT_LINES_MAX + 1);
  expect(lines.slice(0, 10).every(({ to }) => to === "me")).toBe(true);
  expect(lines.length).toBeLessThanOrEqual(HINT_LINES_MAX);
  expect(hintLines("me", own, vicinity, 7)).toHaveLength(7);
  const hidden = own.map((line) => ({ ...line, isHidden: true }));
  expect(hintLines("me", hidden, vicinity, 7)).toEqual([]);
});

test("of two claims about a line the smaller counts; nobody is believed about our own lines", () => {
  const vicinity = new Vicinity();
  const told = (partner: string, out: number, back: number) => [{ partner, out, in: back }];
  vicinity.take(advertOf("a", 0, { lines: told("b", 40, 3) }), "a", 0);
  vicinity.take(advertOf("b", 0, { lines: told("a", 30, 5) }), "b", 0);
  vicinity.take(advertOf("liar", 0, { lines: told("me", 40, 40) }), "a", 0);
  const map = mapOf("me", [{ partner: "a", out: 7, in: 0 }], vicinity, []);
  const guess = (from: string, to: string): number | undefined =>
    map.guess[map.edge(map.number(from), map.number(to)) ?? -1];
  expect(guess("a", "b")).toBe(Math.floor(bucketLow(5) * 1.4));
  expect(guess("b", "a")).toBe(Math.floor(bucketLow(3) * 1.4));
  expect(guess("me", "liar")).toBeUndefined();
  expect(guess("me", "a")).toBe(7);
});

/** Small maps in which the truth is not what is believed. */
const worlds = fc.record({
  amount: fc.integer({ min: 1, max: 300 }),
  edges: fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 7 }),
      to: fc.integer({ min: 0, max: 7 }),
      said: fc.integer({ min: 0, max: 200 }),
      has: fc.integer({ min: 0, max: 200 }),
    }),
    { maxLength: 30 },
  ),
});

test("a plan pays exactly the amount with no more than was reserved, or lets go of everything", () => {
  fc.assert(
    fc.property(worlds, ({ amount, edges }) => {
      const map = new CreditMap("0");
      const free = new Map<string, number>();
      for (const { from, to, said, has } of edges) {
        if (from === to) continue;
        map.claim(String(from), String(to), { guess: said, most: 2 * said });
        free.set(`${from}>${to}`, has);
      }
      const plan = new PaymentPlan(map, { payee: "7", amount, partsMax: 8, linesMax: 5 });
      const held = new Map<number, { readonly probe: Probe; readonly granted: number }>();
      let probes = 0;
      let last: PlanStep = plan.begin();
      const queue: Probe[] = [];
      const take = (step: PlanStep): void => {
        if (step.t === "wait") return;
        last = step;
        if (step.t === "probe") queue.push(...step.probes);
      };
      take(last);
      for (let probe = queue.shift(); probe !== undefined; probe = queue.shift()) {
        probes++;
        expect(new Set(probe.route).size).toBe(probe.route.length);
        expect(probe.route.length - 1).toBeLessThanOrEqual(5);
        take(plan.onProbeResult(reserve(probe, free, held)));
      }
      expect(probes).toBeLessThanOrEqual(PROBES_MAX);
      expect(["pay", "fail"]).toContain(last.t);
      if (last.t === "fail") expect(last.release).toEqual([...held.keys()]);
      if (last.t !== "pay") return;
      expect(last.parts.length).toBeLessThanOrEqual(8);
      expect(last.parts.reduce((sum, part) => sum + part.amount, 0)).toBe(amount);
      for (const part of last.parts) {
        expect(part.amount).toBeLessThanOrEqual(held.get(part.id)?.granted ?? 0);
        expect(last.release).not.toContain(part.id);
      }
    }),
    { numRuns: 500 },
  );
});

function reserve(
  probe: Probe,
  free: Map<string, number>,
  held: Map<number, { readonly probe: Probe; readonly granted: number }>,
): { id: number; granted: number[]; isHeld: boolean } {
  const granted: number[] = [];
  let asked = probe.amount;
  for (let at = 1; at < probe.route.length; at++) {
    asked = Math.min(asked, free.get(`${probe.route[at - 1]}>${probe.route[at]}`) ?? 0);
    granted.push(asked);
    if (asked < probe.least) return { id: probe.id, granted, isHeld: false };
  }
  for (let at = 1; at < probe.route.length; at++) {
    const key = `${probe.route[at - 1]}>${probe.route[at]}`;
    free.set(key, (free.get(key) ?? 0) - asked);
  }
  held.set(probe.id, { probe, granted: asked });
  return { id: probe.id, granted, isHeld: true };
}

test("answers that lie, come twice or were not asked for are no way to pay more", () => {
  const map = new CreditMap("0");
  map.claim("0", "1", { guess: 10, most: 20 });
  map.claim("1", "7", { guess: 10, most: 20 });
  const plan = new PaymentPlan(map, { payee: "7", amount: 15, partsMax: 8, linesMax: 8 });
  const first = plan.begin();
  const probe = first.t === "probe" ? first.probes[0] : undefined;
  expect(probe?.amount).toBe(15);
  expect(plan.onProbeResult({ id: 77, granted: [15, 15], isHeld: true })).toEqual({ t: "wait" });
  const paid = plan.onProbeResult({ id: 0, granted: [15, 1_000_000], isHeld: true });
  expect(paid).toMatchObject({ t: "pay", parts: [{ id: 0, amount: 15 }] });
  expect(plan.onProbeResult({ id: 0, granted: [15, 15], isHeld: true })).toEqual({ t: "wait" });
});

test.each([[[Number.NaN, 5]], [[-1, 5]], [[15]], [[1.5, 1.5]], [[]]])(
  "an answer of %j holds nothing",
  (granted) => {
    const map = new CreditMap("0");
    map.claim("0", "1", { guess: 10, most: 20 });
    map.claim("1", "7", { guess: 10, most: 20 });
    const plan = new PaymentPlan(map, { payee: "7", amount: 15, partsMax: 8, linesMax: 8 });
    plan.begin();
    expect(plan.onProbeResult({ id: 0, granted, isHeld: true }).t).not.toBe("pay");
  },
);

test("a way may have so many lines and not one more", () => {
  const map = new CreditMap("p0");
  for (let at = 0; at < 12; at++) map.claim(`p${at}`, `p${at + 1}`, { guess: 9, most: 9 });
  expect(bestWay(map, map.number("p12"), 5)?.edges).toHaveLength(12);
  expect(bestWay(map, map.number("p12"), 5, 11)).toBeUndefined();
});
