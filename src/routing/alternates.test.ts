import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../wire/index.ts";
import {
  alternateOf,
  isSecondStep,
  mayLeadBack,
  needsSecondStep,
  shunNeighbour,
  spareBeyond,
  spareWay,
} from "./alternates.ts";
import { SPARE, UNPROVEN, VIA_US } from "./columns.ts";
import type { Destination } from "./destination.ts";
import type { Neighbour } from "./neighbour.ts";
import { OWN_SLOT, Table } from "./table.ts";
import { makeDestination, makeNeighbour, say } from "./ways.fixture.ts";

let to: Destination;
let next: Neighbour;
let by: Neighbour;
let other: Neighbour;

/** Everything below 100 is feasible; the way over `next` is 200 long. */
beforeEach(() => {
  to = makeDestination();
  [next, by, other] = [makeNeighbour(1), makeNeighbour(2), makeNeighbour(3)];
  to.lowerFeasible(1, 100);
  say(next, to, 190, { best: 50 });
  to.selected = next;
  to.metric = 200;
});

/** What a neighbour has told of its distance to us. */
function tellOfUs(neighbour: Neighbour, metric: number): void {
  neighbour.heard.metric[OWN_SLOT] = metric;
}

describe("an alternate", () => {
  test("is not the next hop itself, nor one that is suspected, too far or not proven", () => {
    expect(alternateOf(to)).toBeUndefined();
    say(by, to, 90, { hops: limits.HOP_LIMIT });
    expect(alternateOf(to)).toBeUndefined();
    say(by, to, 90, { flags: UNPROVEN });
    expect(alternateOf(to)).toBeUndefined();
    say(by, to, 90);
    expect(alternateOf(to)).toBe(by);
    by.suspect = true;
    expect(alternateOf(to)).toBeUndefined();
  });

  test("has a way that avoids us where that is shorter than the one over here", () => {
    say(by, to, 209);
    expect([alternateOf(to), needsSecondStep(to, by)]).toEqual([by, false]);
    say(by, to, 210);
    expect([alternateOf(to), needsSecondStep(to, by)]).toEqual([undefined, true]);
    // Its own word of the distance to us counts where that is less than the link's cost.
    say(by, to, 209);
    tellOfUs(by, 9);
    expect(alternateOf(to)).toBeUndefined();
    tellOfUs(by, 5_000);
    expect(alternateOf(to)).toBe(by);
  });

  test("may lead through us where it says that it can step aside", () => {
    say(by, to, 90, { flags: VIA_US });
    expect([alternateOf(to), needsSecondStep(to, by)]).toEqual([undefined, true]);
    say(by, to, 90, { flags: VIA_US | SPARE });
    expect([alternateOf(to), isSecondStep(to, by)]).toEqual([by, true]);
    by.suspect = true;
    expect(isSecondStep(to, by)).toBe(false);
    by.suspect = false;
    say(by, to, 90, { flags: VIA_US | SPARE, hops: limits.HOP_LIMIT });
    expect(isSecondStep(to, by)).toBe(false);
  });

  test("is a feasible one before one that is only free of loops, before one that steps aside", () => {
    say(by, to, 300, { flags: SPARE });
    expect(alternateOf(to)).toBe(by);
    say(other, to, 150);
    expect(alternateOf(to)).toBe(other);
    const feasible = makeNeighbour(4);
    say(feasible, to, 180, { best: 99 });
    expect(alternateOf(to)).toBe(feasible);
    expect([by, other, feasible].map((one) => isSecondStep(to, one))).toEqual([
      ...[true, false, false],
    ]);
    const shorter = makeNeighbour(5);
    say(shorter, to, 90);
    expect(alternateOf(to)).toBe(shorter);
  });
});

describe("the last step of a detour", () => {
  /** The one whose way has failed, 150 from the destination; others' distance to it is in slot 2. */
  const shunned = { id: "shunned", slot: 2, metric: 150 };
  const sayOfShunned = (neighbour: Neighbour, metric: number): void =>
    say(neighbour, makeDestination(0xbad, 2), metric);

  test("avoids who is shunned: it has to be nearer than the way through there", () => {
    sayOfShunned(next, 40);
    say(by, to, 199);
    sayOfShunned(by, 50);
    expect(spareWay(to, shunned, other)).toBe(by);
    say(by, to, 200);
    expect(spareWay(to, shunned, other)).toBeUndefined();
    expect(spareWay(to, { ...shunned, slot: undefined }, other)).toBe(next);
  });

  test("is not the shunned one, where the packet came from, suspected, or without use", () => {
    say(by, to, 90);
    expect(spareWay(to, shunned, by)).toBe(next);
    expect(spareWay(to, shunned, other)).toBe(by);
    expect(spareWay(to, { ...shunned, id: by.id }, other)).toBe(next);
    by.suspect = true;
    expect(spareWay(to, shunned, other)).toBe(next);
    by.suspect = false;
    say(by, to, 90, { flags: VIA_US });
    expect(spareWay(to, shunned, other)).toBe(next);
  });

  test("may be our own next hop, but else leads not back here", () => {
    expect(spareWay(to, shunned, other)).toBe(next);
    next.suspect = true;
    say(by, to, 210);
    expect(spareWay(to, shunned, other)).toBeUndefined();
    say(by, to, 209);
    expect(spareWay(to, shunned, other)).toBe(by);
  });

  test("may be further out, with one whose way leads through us and who can step aside", () => {
    expect(spareBeyond(to, other)).toBeUndefined();
    say(by, to, 300, { flags: VIA_US });
    expect(spareBeyond(to, other)).toBeUndefined();
    say(by, to, 300, { flags: VIA_US | SPARE });
    expect([spareBeyond(to, other), spareBeyond(to, by)]).toEqual([by, undefined]);
    say(other, to, 250, { flags: VIA_US | SPARE });
    expect(spareBeyond(to, makeNeighbour(9))).toBe(other);
    other.suspect = true;
    expect(spareBeyond(to, makeNeighbour(9))).toBe(by);
    to.selected = by;
    expect(spareBeyond(to, makeNeighbour(9))).toBeUndefined();
    to.selected = next;
    say(by, to, 300, { flags: SPARE });
    expect(spareBeyond(to, makeNeighbour(9))).toBeUndefined();
  });
});

describe("who may need our spare way", () => {
  test("is our next hop, anybody where we have none, and whose own way may lead through here", () => {
    const table = new Table({ vicinityMax: 10, landmarksMax: 0 }, 1);
    expect([mayLeadBack(table, to, next), mayLeadBack(table, to, by)]).toEqual([true, false]);
    say(by, to, 190);
    expect(mayLeadBack(table, to, by)).toBe(true);
    say(by, to, 191);
    expect(mayLeadBack(table, to, by)).toBe(false);
    // There is a shorter way to it than the link.
    const toThem = table.add(by.id, by, 0);
    toThem.metric = 9;
    expect(mayLeadBack(table, to, by)).toBe(false);
    toThem.selected = other;
    expect(mayLeadBack(table, to, by)).toBe(true);
    to.selected = undefined;
    expect(mayLeadBack(table, to, makeNeighbour(9))).toBe(true);
  });

  test("is shunned with its distance and where it stands in the table", () => {
    const table = new Table({ vicinityMax: 10, landmarksMax: 0 }, 1);
    say(by, to, 77);
    expect(shunNeighbour(table, to, by)).toEqual({ id: by.id, slot: undefined, metric: 77 });
    const { slot } = table.add(by.id, by, 0);
    expect(shunNeighbour(table, to, by).slot).toBe(slot);
  });
});
