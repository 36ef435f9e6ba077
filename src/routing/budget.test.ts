import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../base/errors.ts";
import { plainlyEvicted } from "./budget.fixture.ts";
import { type Budgets, chooseKept, lowerFirst, type Selection, withoutPlaces } from "./budget.ts";
import { Destination } from "./destination.ts";
import { EVICTION_SHARE, FAIR_SHARE, METRIC_MAX, METRIC_NONE } from "./limits.ts";
import { Neighbour } from "./neighbour.ts";

const hops = ["fd01", "fd02", "fd03", "fd04"].map(
  (id) => new Neighbour({ id, cost: 1, suspect: false, bitsPerSecond: 1e6 }, 0),
);
let nextSlot = 1;

/** An origin behind one of the neighbours. */
function origin(hop: number, metric: number, lottery: number): Destination {
  const slot = nextSlot++;
  const unique = slot.toString(16).padStart(18, "0");
  const id = `fd${unique}${lottery.toString(16).padStart(12, "0")}`;
  const destination = new Destination(id, slot, 0);
  destination.selected = hops[hop];
  destination.metric = metric;
  return destination;
}

/** A neighbour that says something of the origin in a slot which can be used. */
function offeredBy(hop: number, slot: number): Neighbour {
  const by = must(hops[hop], "a neighbour");
  by.heard.reserve(slot);
  by.heard.metric[slot] = 5;
  return by;
}

function choose(origins: readonly Destination[], budgets: Budgets): Selection {
  return chooseKept(origins.toSorted(lowerFirst), budgets, hops.length);
}

function reduced(max: number): number {
  return max - Math.floor(max / EVICTION_SHARE);
}

describe("what stays in a full table", () => {
  test("nothing leaves at the budget; one more, and room is made for several", () => {
    const crowd = Array.from({ length: 64 }, (_, i) => origin(0, 10 + i, 1_000 + i));
    const budgets = { vicinityMax: 64, landmarksMax: 0 };
    expect(choose(crowd.slice(0, reduced(64)), budgets).evicted).toEqual([]);
    const evicted = choose([...crowd, origin(0, 1, 1)], budgets).evicted;
    expect(evicted).toHaveLength(65 - reduced(64));
    expect(evicted).toEqual(crowd.slice(-evicted.length));
  });

  test("the lowest lottery values stay, however far they are", () => {
    const near = Array.from({ length: 50 }, (_, i) => origin(0, 1 + i, 10_000 + i));
    const marks = Array.from({ length: 8 }, (_, i) => origin(0, 900_000 + i, i));
    const { evicted } = choose([...near, ...marks], { vicinityMax: 20, landmarksMax: 8 });
    expect(evicted.some((one) => marks.includes(one))).toBe(false);
    expect(evicted).toHaveLength(50 - reduced(20));
  });

  test("those that leave are the farthest, of equally far ones those of the highest lottery value", () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(20)), { minLength: 70 });
    fc.assert(
      fc.property(some, (values) => {
        const crowd = values.map(([metric, lottery]) => origin(0, metric, lottery));
        const { evicted } = choose(crowd, { vicinityMax: 32, landmarksMax: 16 });
        const others = crowd.toSorted(lowerFirst).slice(reduced(16));
        const sorted = others.toSorted((a, b) => a.metric - b.metric || lowerFirst(a, b));
        expect(evicted).toEqual(sorted.slice(reduced(32)));
      }),
    );
  });

  test("they are those that the plainest way of choosing finds, whoever offers them", () => {
    const hop = fc.integer({ min: -1, max: hops.length - 1 });
    const one = fc.record({
      ...{ hop, metric: fc.oneof(fc.nat(9), fc.constant(METRIC_MAX)), lottery: fc.nat(30) },
      offers: fc.uniqueArray(fc.nat(hops.length - 1)),
    });
    const max = fc.nat(80);
    const many = fc.array(one, { maxLength: 200 });
    fc.assert(
      fc.property(many, max, max, (all, vicinityMax, landmarksMax) => {
        const crowd = all.map(({ hop, metric, lottery, offers }) => {
          const made = origin(hop, metric, lottery);
          for (const by of offers) made.offers.push(offeredBy(by, made.slot));
          return made;
        });
        const budgets = { vicinityMax, landmarksMax };
        expect(choose(crowd, budgets).evicted).toEqual(plainlyEvicted(crowd, budgets));
      }),
    );
  });

  test("a budget of no landmarks welcomes none, whatever its number", () => {
    const crowd = Array.from({ length: 9 }, (_, i) => origin(0, i + 1, i));
    const { lottery } = choose(crowd, { vicinityMax: 8, landmarksMax: 0 });
    expect([lottery.byHop.size, lottery.otherwise]).toEqual([0, 0]);
  });
});

describe("places that are given up", () => {
  const kept = (budgets: Parameters<typeof withoutPlaces>[0]): number => {
    const left = (max: number): number => max - Math.floor(max / EVICTION_SHARE);
    return left(budgets.vicinityMax) + left(budgets.landmarksMax);
  };

  test("are those that stay free anyway, and no more where these will do", () => {
    const budgets = { vicinityMax: 4_096, landmarksMax: 512 };
    expect(withoutPlaces(budgets, 0)).toEqual(budgets);
    expect(withoutPlaces(budgets, 144)).toEqual(budgets);
    expect(kept(withoutPlaces(budgets, 145))).toBe(4_608 - 145);
    expect(kept(withoutPlaces(budgets, 288))).toBe(4_608 - 288);
  });

  test("are as many as asked for, of both budgets", () => {
    const max = fc.nat(5_000);
    fc.assert(
      fc.property(max, max, fc.double({ min: 0, max: 1, noNaN: true }), (near, marks, part) => {
        const places = Math.floor((near + marks) * part);
        const budgets = withoutPlaces({ vicinityMax: near, landmarksMax: marks }, places);
        const free = near + marks - kept(budgets);
        expect(free).toBeGreaterThanOrEqual(places);
        expect(free).toBeLessThanOrEqual(Math.max(places + 2, (near + marks) / EVICTION_SHARE));
        expect(budgets.vicinityMax).toBeGreaterThanOrEqual(0);
        expect(budgets.landmarksMax).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("a cloud of peers invented behind one link", () => {
  const story = fc.record({
    vicinityMax: fc.integer({ min: 8, max: 200 }),
    landmarksMax: fc.integer({ min: 0, max: 60 }),
    cloud: fc.integer({ min: 200, max: 500 }),
    honest: fc.array(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 50, max: 9_999 })),
      {
        maxLength: 120,
      },
    ),
  });

  test("leaves every other first hop its share, and welcomes more while it has less", () => {
    fc.assert(
      fc.property(story, ({ vicinityMax, landmarksMax, cloud, honest }) => {
        // Nearer than anybody and with lower numbers, as ground keys would have.
        const sybils = Array.from({ length: cloud }, (_, i) => origin(0, 1 + (i % 9), i));
        const others = honest.map(([hop, metric]) => origin(hop, metric, 2 ** 40 + metric));
        const chosen = choose([...sybils, ...others], { vicinityMax, landmarksMax });
        const evicted = new Set(chosen.evicted);
        const most = reduced(vicinityMax) + reduced(landmarksMax);
        expect(sybils.length + others.length - evicted.size).toBe(
          Math.min(most, sybils.length + others.length),
        );
        for (const hop of [1, 2, 3]) {
          const own = others.filter(({ selected }) => selected === hops[hop]);
          const kept = own.filter((one) => !evicted.has(one)).length;
          const share = Math.floor(Math.floor(reduced(vicinityMax) / FAIR_SHARE) / hops.length);
          expect(kept).toBeGreaterThanOrEqual(Math.min(own.length, share));
          const welcome = chosen.metric.byHop.get(hops[hop]?.id ?? "") ?? chosen.metric.otherwise;
          if (kept < share) expect(welcome).toBe(METRIC_NONE);
        }
      }),
      { numRuns: 200, seed: 6 },
    );
  });
});
