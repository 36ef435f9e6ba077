import { beforeEach, describe, expect, test } from "vitest";
import { type Aside, asideOf, chooseWay } from "./choose-way.ts";
import { SPARE, VIA_US } from "./columns.ts";
import type { Destination } from "./destination.ts";
import {
  FLAG_DETOUR,
  FLAG_RETURN,
  FLAGS_SPENT,
  PLAIN_HEADER_BYTES_MAX,
  writeHeader,
} from "./header.ts";
import type { Neighbour } from "./neighbour.ts";
import { Table } from "./table.ts";
import { makeDestination, makeNeighbour, say } from "./ways.fixture.ts";

let table: Table;
let to: Destination;
let next: Neighbour;
let a: Neighbour;
let b: Neighbour;

/** The ordinary way over `next` is 200 long; what is below 100 is feasible. */
beforeEach(() => {
  table = new Table({ vicinityMax: 10, landmarksMax: 0 }, 1);
  to = makeDestination(0xdead, 7);
  [next, a, b] = [makeNeighbour(1), makeNeighbour(2), makeNeighbour(3)];
  for (const one of [next, a, b]) table.neighbours.set(one.id, one);
  to.lowerFeasible(1, 100);
  say(next, to, 190, { best: 50 });
  to.selected = next;
  to.metric = 200;
});

const way = (from: Neighbour | undefined, flags: number, aside?: Aside) =>
  chooseWay(table, to, from?.id, flags, aside);

/** Its own way leads through us, but it says that it can step aside. */
const stepsAside = (by: Neighbour, metric: number): void =>
  say(by, to, metric, { flags: VIA_US | SPARE });

describe("an ordinary packet", () => {
  test("takes the next hop", () => {
    say(a, to, 50);
    expect(way(undefined, 0)).toEqual({ by: next, flags: 0 });
    expect(way(a, 0)).toEqual({ by: next, flags: 0 });
  });

  test("takes an alternate where the next hop is suspected or the packet came from there", () => {
    expect(way(next, 0)).toBeUndefined();
    say(a, to, 50);
    expect(way(next, 0)).toEqual({ by: a, flags: FLAGS_SPENT });
    next.suspect = true;
    expect(way(b, 0)).toEqual({ by: a, flags: FLAGS_SPENT });
    expect(way(a, 0)).toEqual({ by: next, flags: 0 });
  });

  test("is sent on a detour where the alternate may lead back, even to where it came from", () => {
    next.suspect = true;
    stepsAside(a, 300);
    expect(way(b, 0)).toEqual({ by: a, flags: FLAG_DETOUR });
    expect(way(a, 0)).toEqual({ by: a, flags: FLAG_DETOUR });
  });

  test("goes to one that is suspected where there is no other, and nowhere where there is none", () => {
    next.suspect = true;
    expect(way(a, 0)).toEqual({ by: next, flags: 0 });
    to.selected = undefined;
    expect(way(a, 0)).toBeUndefined();
    say(a, to, 50);
    expect(way(undefined, 0)).toEqual({ by: a, flags: FLAGS_SPENT });
  });

  test("that has made its detour stays on the ordinary way", () => {
    say(a, to, 50);
    next.suspect = true;
    expect(way(b, FLAGS_SPENT)).toEqual({ by: next, flags: FLAGS_SPENT });
    expect(way(next, FLAGS_SPENT)).toBeUndefined();
  });
});

describe("a packet on a detour", () => {
  test("takes a spare way, which ends the detour", () => {
    say(b, to, 50);
    say(a, to, 500);
    expect(way(a, FLAG_DETOUR)).toEqual({ by: b, flags: FLAGS_SPENT });
  });

  test("goes further out where there is no spare way, to the nearest first", () => {
    to.selected = a;
    to.metric = 500;
    to.offers.length = 0;
    say(a, to, 490, { best: 50 });
    stepsAside(b, 700);
    stepsAside(next, 600);
    expect(way(a, FLAG_DETOUR)).toEqual({ by: next, flags: FLAG_DETOUR });
    // The first one gives it back: the other is next, and then the one it came from.
    expect(way(next, FLAG_RETURN)).toEqual({ by: b, flags: FLAG_DETOUR });
    expect(way(b, FLAG_RETURN)).toEqual({ by: a, flags: FLAG_RETURN });
    a.suspect = true;
    expect(way(b, FLAG_RETURN)).toEqual({ by: a, flags: FLAGS_SPENT });
  });

  test("goes back to where it came from where this one was only asked", () => {
    next.suspect = true;
    stepsAside(b, 300);
    expect(way(a, FLAG_DETOUR)).toEqual({ by: a, flags: FLAG_RETURN });
    a.suspect = true;
    expect(way(a, FLAG_DETOUR)).toEqual({ by: next, flags: FLAGS_SPENT });
  });

  test("from nobody that is known takes the ordinary way", () => {
    say(b, to, 50);
    expect(chooseWay(table, to, "gone", FLAG_DETOUR)).toEqual({ by: next, flags: FLAGS_SPENT });
  });

  test("that has come back to who sent it aside tries the next one out, or the ordinary way", () => {
    stepsAside(a, 300);
    stepsAside(b, 400);
    expect(way(a, FLAG_RETURN, "us")).toEqual({ by: next, flags: FLAGS_SPENT });
    next.suspect = true;
    expect(way(a, FLAG_RETURN, "us")).toEqual({ by: b, flags: FLAG_DETOUR });
    expect(way(b, FLAG_RETURN, "us")).toEqual({ by: next, flags: FLAGS_SPENT });
    to.selected = undefined;
    expect(way(b, FLAG_RETURN, "us")).toBeUndefined();
  });

  test("avoids who sent it aside, as far as its distance is known", () => {
    const aside = table.add(makeNeighbour(9).id, a, 0);
    aside.metric = 120;
    say(b, to, 140);
    // From there it is 80 to the destination, as far as can be told: 60 more and b's way may lead there.
    say(b, aside, 60);
    say(next, aside, 1);
    expect(way(a, FLAG_DETOUR, aside)).toEqual({ by: a, flags: FLAG_RETURN });
    say(b, aside, 61);
    expect(way(a, FLAG_DETOUR, aside)).toEqual({ by: b, flags: FLAGS_SPENT });
    const itself = makeNeighbour(9);
    table.neighbours.set(itself.id, itself);
    say(itself, to, 79);
    expect(way(a, FLAG_DETOUR, aside)).toEqual({ by: a, flags: FLAG_RETURN });
  });
});

test("who sent a packet aside stands in its header while it is on its detour", () => {
  const us = makeDestination(0xabc).idBytes;
  const known = table.add(makeNeighbour(9).id, a, 0);
  const header = new Uint8Array(PLAIN_HEADER_BYTES_MAX);
  const aside = (flags: number, by: Uint8Array): Aside => {
    writeHeader(header, to.idBytes, flags, by);
    return asideOf(table, us, header, flags);
  };
  expect(aside(FLAG_DETOUR, us)).toBe("us");
  expect(aside(FLAG_RETURN, known.idBytes)).toBe(known);
  expect(aside(FLAG_DETOUR, to.idBytes)).toBeUndefined();
  expect(asideOf(table, us, header, FLAGS_SPENT)).toBeUndefined();
  expect(asideOf(table, us, header, 0)).toBeUndefined();
});
