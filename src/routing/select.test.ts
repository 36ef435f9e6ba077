import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../wire/index.ts";
import { UNPROVEN, VIA_US } from "./columns.ts";
import type { Destination } from "./destination.ts";
import { METRIC_MAX, SETTLE_MS } from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import { isPreferred, mayMatter, reconsider } from "./select.ts";
import { makeDestination, makeNeighbour, say } from "./ways.fixture.ts";

let to: Destination;
let a: Neighbour;
let b: Neighbour;

beforeEach(() => {
  to = makeDestination();
  a = makeNeighbour(1);
  b = makeNeighbour(2);
});

/** Both offers are there, both feasible, and `a` was chosen first. */
function chosen(metricA: number, metricB: number): void {
  to.lowerFeasible(1, 100_000);
  say(a, to, metricA);
  reconsider(to, 0);
  say(b, to, metricB);
  expect(to.selected).toBe(a);
}

describe("the next hop", () => {
  test("is the one over which the whole way is shortest", () => {
    say(a, to, 100);
    b.cost = 50;
    say(b, to, 61);
    expect(reconsider(to, 0)).toEqual({ wish: undefined, unsettled: false });
    expect([to.selected, to.metric]).toEqual([a, 110]);
    b.cost = 48;
    to.selected = undefined;
    reconsider(to, 0);
    expect([to.selected, to.metric]).toEqual([b, 109]);
  });

  test("of equal ones stays, else is the one of the lower id", () => {
    say(b, to, 100);
    say(a, to, 100);
    expect([isPreferred(to, a, b), isPreferred(to, b, a)]).toEqual([true, false]);
    to.selected = b;
    expect([isPreferred(to, a, b), isPreferred(to, b, a)]).toEqual([false, true]);
    expect(isPreferred(to, makeNeighbour(7), b)).toBe(false);
  });

  test("is none that is suspected where another is left, however long that one's way", () => {
    say(a, to, 100);
    say(b, to, 9_000);
    a.suspect = true;
    reconsider(to, 0);
    expect(to.selected).toBe(b);
    b.suspect = true;
    reconsider(to, 0);
    expect(to.selected).toBe(a);
  });

  test.each([
    ["leads through us", { flags: VIA_US }],
    ["is not proven", { flags: UNPROVEN }],
    ["has too many hops", { hops: limits.HOP_LIMIT }],
  ])("is none whose way %s", (_, said) => {
    say(a, to, 100, said);
    expect(reconsider(to, 0)).toEqual({ wish: undefined, unsettled: false });
    expect(to.selected).toBeUndefined();
  });

  test("may have as many hops and be as far as allowed, and not more", () => {
    say(a, to, METRIC_MAX - a.cost, { hops: limits.HOP_LIMIT - 1 });
    reconsider(to, 0);
    expect([to.selected, to.metric]).toEqual([a, METRIC_MAX]);
    say(a, to, METRIC_MAX - a.cost + 1);
    reconsider(to, 0);
    expect([to.selected, to.metric]).toEqual([undefined, METRIC_MAX]);
  });

  test("has to have told less than was told from here, under a number as new", () => {
    to.lowerFeasible(5, 100);
    for (const [metric, seqno, isFeasible] of [
      [99, 5, true],
      [100, 5, false],
      [99, 4, false],
      [5_000, 6, true],
    ] as const) {
      to.selected = undefined;
      say(a, to, metric, { seqno });
      const { wish } = reconsider(to, 0);
      expect([to.selected, wish]).toEqual(isFeasible ? [a, undefined] : [undefined, a]);
    }
    // What it told at its best under this number counts, whatever it says now.
    say(a, to, 5_000, { seqno: 5, best: 99 });
    expect(reconsider(to, 0).wish).toBeUndefined();
  });

  test("may be the destination itself, whatever it tells", () => {
    to.lowerFeasible(5, 1);
    const itself = makeNeighbour(0xdead);
    expect(itself.id).toBe(to.id);
    say(itself, to, 0, { seqno: 1, hops: 0 });
    reconsider(to, 0);
    expect(to.selected).toBe(itself);
  });
});

describe("a better way", () => {
  test("is taken at once where it saves a tenth, and not where it saves less", () => {
    chosen(990, 890);
    expect(reconsider(to, 1)).toEqual({ wish: undefined, unsettled: false });
    expect([to.selected, to.metric]).toEqual([b, 900]);
    say(a, to, 801);
    expect(reconsider(to, 2)).toEqual({ wish: undefined, unsettled: true });
    expect([to.selected, to.metric]).toEqual([b, 900]);
  });

  test("that saves little is taken once it has done so for a while", () => {
    chosen(990, 980);
    expect(reconsider(to, 1_000).unsettled).toBe(true);
    expect(reconsider(to, 1_000 + SETTLE_MS - 1).unsettled).toBe(true);
    expect(to.selected).toBe(a);
    expect(reconsider(to, 1_000 + SETTLE_MS).unsettled).toBe(false);
    expect([to.selected, to.challenger]).toEqual([b, undefined]);
  });

  test("has to prove itself anew where another one took its place meanwhile", () => {
    chosen(990, 980);
    reconsider(to, 1_000);
    const third = makeNeighbour(3);
    say(third, to, 970);
    reconsider(to, 3_000);
    expect(reconsider(to, 1_000 + SETTLE_MS).unsettled).toBe(true);
    reconsider(to, 3_000 + SETTLE_MS);
    expect(to.selected).toBe(third);
  });

  test.each<[string, () => void]>([
    ["is down", () => (a.up = false)],
    ["says nothing of it any more", () => a.heard.clear(to.slot)],
    ["leads through us now", () => say(a, to, 990, { flags: VIA_US })],
    ["is not feasible any more", () => say(a, to, 990, { seqno: 0 })],
    ["is suspected", () => (a.suspect = true)],
  ])("that saves little is taken at once where the present one %s", (_, change) => {
    chosen(990, 980);
    change();
    reconsider(to, 1);
    expect(to.selected).toBe(b);
  });
});

describe("a newer number", () => {
  test("is wished for at once where it would open the only way, or one much shorter", () => {
    to.lowerFeasible(1, 500);
    say(b, to, 890);
    expect(reconsider(to, 0).wish).toBe(b);
    say(a, to, 990, { best: 499 });
    expect(reconsider(to, 0)).toEqual({ wish: b, unsettled: false });
    expect(to.selected).toBe(a);
    say(b, to, 891);
    expect(reconsider(to, 0)).toEqual({ wish: undefined, unsettled: true });
  });

  test("is wished for after a while where it would save little, and not where nothing", () => {
    to.lowerFeasible(1, 500);
    say(a, to, 990, { best: 499 });
    say(b, to, 980);
    expect(reconsider(to, 100)).toEqual({ wish: undefined, unsettled: true });
    expect(reconsider(to, 100 + SETTLE_MS - 1).wish).toBeUndefined();
    expect(reconsider(to, 100 + SETTLE_MS)).toEqual({ wish: b, unsettled: false });
    say(b, to, 990);
    expect(reconsider(to, 200 + SETTLE_MS)).toEqual({ wish: undefined, unsettled: false });
    expect(to.wished).toBeUndefined();
    say(b, to, 980);
    expect(reconsider(to, 300 + SETTLE_MS)).toEqual({ wish: undefined, unsettled: true });
    say(b, to, 100);
    b.suspect = true;
    expect(reconsider(to, 400 + SETTLE_MS)).toEqual({ wish: undefined, unsettled: false });
  });

  test("is not wished for any more once the way has gone", () => {
    to.lowerFeasible(1, 500);
    say(a, to, 990, { best: 499 });
    say(b, to, 980);
    reconsider(to, 100);
    expect(to.wished).toBe(b);
    say(b, to, 980, { flags: UNPROVEN });
    expect(reconsider(to, 200)).toEqual({ wish: undefined, unsettled: false });
    expect(to.wished).toBeUndefined();
  });

  test("of an offer matters where that may be or become the way", () => {
    expect(mayMatter(to, a)).toBe(true);
    chosen(990, 990);
    expect([mayMatter(to, a), mayMatter(to, b)]).toEqual([true, false]);
    say(b, to, 989);
    expect(mayMatter(to, b)).toBe(true);
    say(b, to, 989, { flags: VIA_US });
    expect(mayMatter(to, b)).toBe(false);
    to.challenger = b;
    expect(mayMatter(to, b)).toBe(true);
    to.challenger = undefined;
    to.wished = b;
    expect(mayMatter(to, b)).toBe(true);
    to.wished = undefined;
    a.suspect = true;
    expect(mayMatter(to, b)).toBe(true);
  });
});
