import { beforeEach, describe, expect, test } from "vitest";
import type { PeerRecord } from "../identity/index.ts";
import type { Destination } from "./destination.ts";
import {
  FREE_SLOTS_MIN,
  METRIC_NONE,
  PINS_MAX,
  ROOM_PAUSE_MAX_MS,
  ROOM_WAIT_MS,
  STAY_MS,
  STAY_STEP_MS,
  TABLE_REPEAT_MS,
  UNKNOWN_MS,
} from "./limits.ts";
import type { Neighbour } from "./neighbour.ts";
import { Table } from "./table.ts";
import { idOf, makeNeighbour } from "./ways.fixture.ts";

/** No more of it is looked at here. */
const RECORD = { seqno: 1 } as PeerRecord;
const PLACES = 64;
const NOBODY = idOf(0xffff);

let table: Table;
let by: Neighbour;

beforeEach(() => {
  table = new Table({ vicinityMax: PLACES, landmarksMax: 0 }, 7);
  by = makeNeighbour(1);
});

/** An origin with its record, so far away. */
function known(number: number, metric = 100): Destination {
  const destination = table.add(idOf(number), by, 0);
  table.learn(destination, RECORD);
  destination.metric = metric;
  destination.selected = by;
  destination.offers.push(by);
  return destination;
}

/** As many origins as there are places, the nearest 1 away, and so many more. */
function filled(more = 0): Destination[] {
  return Array.from({ length: PLACES + more }, (_, i) => known(100 + i, 1 + i));
}

describe("a table", () => {
  test("finds the entry of a neighbour, also after it has left and come back", () => {
    expect(table.entryOf(by)).toBeUndefined();
    const first = known(1);
    expect(table.entryOf(by)).toBe(first);
    table.remove(first, 0);
    expect(table.entryOf(by)).toBeUndefined();
    const second = known(1);
    expect([table.entryOf(by), table.entryOf(by)]).toEqual([second, second]);
    expect(table.entryOf(by)).not.toBe(first);
  });

  test("finds an origin by id, by bytes and by slot, until it is removed", () => {
    const [one, two] = [known(2), known(3)];
    const bytes = new Uint8Array(24);
    bytes.set(two.idBytes, 5);
    expect([table.get(two.id), table.find(bytes, 5), table.at(two.slot)]).toEqual([two, two, two]);
    expect([table.size, one.slot, two.slot]).toEqual([2, 1, 2]);
    table.remove(two, 0);
    table.remove(two, 0);
    expect([table.get(two.id), table.find(bytes, 5), table.at(two.slot)]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect([table.size, table.unknown, one.kept, two.kept]).toEqual([1, 0, true, false]);
  });

  test("uses a slot again late, and says that it is another one", () => {
    for (let i = 0; i < FREE_SLOTS_MIN; i++) table.remove(known(100 + i), 0);
    expect(known(2).slot).toBe(FREE_SLOTS_MIN + 1);
    table.remove(known(3), 0);
    const again = known(4);
    expect([again.slot, table.generation(1), table.generation(2)]).toEqual([1, 1, 0]);
    expect(table.at(1)).toBe(again);
  });

  test("gives an origin that returns what was known of it", () => {
    const first = known(2);
    first.lowerFeasible(4, 33);
    table.remove(first, 0);
    expect(table.memory.size).toBe(1);
    const again = table.add(first.id, by, 10);
    expect(again).toMatchObject({ record: RECORD, feasibleSeqno: 4, feasibleMetric: 33 });
    expect([table.memory.size, table.unknown, by.opened.size]).toEqual([0, 0, 0]);
  });

  test("lists the nearest first, equally far ones by id", () => {
    const far = known(2, 9);
    const [late, early] = [known(4, 5), known(3, 5)];
    expect(table.byDistance()).toEqual([early, late, far]);
  });

  test("has the landmarks that can be reached, lowest lottery value first", () => {
    const marks = new Table({ vicinityMax: 5, landmarksMax: 3 }, 7);
    table = marks;
    const all = Array.from({ length: 8 }, (_, i) => known(100 + i));
    const expected = all.toSorted((a, b) => a.lottery - b.lottery).slice(0, 3);
    expect(marks.landmarks()).toEqual(expected);
    const [lost, ...rest] = expected;
    if (lost !== undefined) lost.selected = undefined;
    expect(marks.landmarks()).toEqual(rest);
    if (lost !== undefined) marks.remove(lost, 0);
    expect(marks.landmarks()).toHaveLength(3);
  });
});

describe("origins without record", () => {
  const open = (neighbour: Neighbour, first: number, count: number): void => {
    for (let i = 0; i < count; i++) table.add(idOf(first + i), neighbour, 0);
  };

  const place = (neighbour: Neighbour, nowMs: number): Destination | "itself" | undefined =>
    table.placeForUnknown(neighbour, undefined, nowMs);

  /** A table of 32 places, of which so many are taken, and two neighbours. */
  const crowdedBy = (proven: number): Neighbour => {
    table = new Table({ vicinityMax: 24, landmarksMax: 8 }, 7);
    for (let i = 0; i < proven; i++) known(100 + i, i);
    const other = makeNeighbour(2_000);
    for (const one of [by, other]) table.neighbours.set(one.id, one);
    return other;
  };

  test("wait as long as places are free; then who brought most of them gives way, the oldest first", () => {
    const other = crowdedBy(22);
    open(by, 1_000, 8);
    open(other, 5_000, 1);
    expect([place(other, 0), table.overflowed]).toEqual([undefined, false]);
    open(other, 6_000, 1);
    expect([table.size, table.excess(0)]).toEqual([32, []]);
    expect([place(other, UNKNOWN_MS - 1), place(by, UNKNOWN_MS)]).toEqual(["itself", "itself"]);
    expect([table.overflowed, table.isPartOfMore]).toEqual([true, true]);
    expect(place(other, UNKNOWN_MS)).toBe(table.get(idOf(1_000)));
  });

  test("give way at once to a neighbour that has brought none of them", () => {
    const other = crowdedBy(24);
    open(by, 1_000, 8);
    expect(place(other, 0)).toBe(table.get(idOf(1_000)));
  });

  test("of one more or as many as the other has lead to no change of places", () => {
    const other = crowdedBy(27);
    open(by, 1_000, 3);
    open(other, 5_000, 2);
    expect(place(other, UNKNOWN_MS)).toBe("itself");
    open(by, 9_000, 1);
    expect(place(other, UNKNOWN_MS)).toBe(table.get(idOf(1_000)));
  });

  test("have a sixteenth of a full table, for which the worst give way, and not one more", () => {
    crowdedBy(32);
    open(by, 1_000, 1);
    expect(place(by, 0)).toBe(undefined);
    open(by, 1_001, 1);
    expect(place(by, 0)).toBe("itself");
    for (const one of table.excess(0)) table.remove(one, 0);
    expect(table.size).toBeLessThanOrEqual(32);
    expect(table.unknown).toBe(2);
    expect(table.get(idOf(100))).toBeDefined();
  });

  test("that are kept beside the budgets take no such place", () => {
    const other = crowdedBy(32);
    table.add(other.id, other, 0);
    open(by, 1_000, 2);
    expect(place(by, 0)).toBe("itself");
    expect(table.placeForUnknown(by, other.id, 0)).toBe(undefined);
    for (const one of table.excess(0)) table.remove(one, 0);
    expect(table.size).toBeLessThanOrEqual(33);
  });

  test("count until their record comes or they leave", () => {
    open(by, 1_000, 2);
    const [one, two] = [table.get(idOf(1_000)), table.get(idOf(1_001))];
    if (one === undefined || two === undefined) throw new Error("not added");
    expect([table.unknown, by.opened.size, table.room()]).toEqual([2, 2, PLACES]);
    table.learn(one, RECORD);
    table.learn(one, RECORD);
    expect([table.unknown, by.opened.size, table.room()]).toEqual([1, 1, PLACES - 1]);
    table.remove(two, 0);
    expect([table.unknown, by.opened.size, table.room()]).toEqual([0, 0, PLACES - 1]);
  });
});

describe("a full table", () => {
  test("gives up nothing at its budget and the furthest beyond it", () => {
    filled();
    expect([table.room(), table.excess(0), table.overflowed]).toEqual([0, [], false]);
    const one = known(999, 9_999);
    expect([table.room(), table.isCrowded]).toEqual([-1, true]);
    expect(table.excess(0)).toContain(one);
    expect([table.overflowed, table.isPartOfMore]).toEqual([true, true]);
  });

  test("turns away what is beyond its horizon, but nobody who is known or exempt", () => {
    expect(table.admits(NOBODY, by.id, METRIC_NONE - 1, 5)).toBe(true);
    const [first] = filled(1);
    for (const one of table.excess(0)) table.remove(one, 0);
    table.overflowed = false;
    const horizon = table.horizonMetric(by.id);
    expect(horizon).toBeLessThan(PLACES);
    expect(table.admits(NOBODY, by.id, horizon - 1, 5)).toBe(true);
    expect(table.overflowed).toBe(false);
    expect(table.admits(NOBODY, by.id, horizon, 5)).toBe(false);
    expect(table.overflowed).toBe(true);
    if (first === undefined) throw new Error("nobody is there");
    expect(table.admits(first.id, by.id, horizon, 5)).toBe(true);
    expect(table.isWelcome(first, by.id, horizon)).toBe(false);
    expect(table.isWelcome(first, by.id, horizon - 1)).toBe(true);
    table.pin(first.id, 100, 0);
    expect(table.isWelcome(first, by.id, horizon)).toBe(true);
    table.pin(NOBODY, 100, 0);
    expect(table.admits(NOBODY, by.id, horizon, 5)).toBe(true);
  });

  test("has no place for the last newcomer once a neighbour that left needs one", () => {
    const neighbour = known(1);
    table.neighbours.set(neighbour.id, makeNeighbour(1));
    table.expectRoom(0);
    const settled = Array.from({ length: PLACES - 10 }, (_, i) => known(100 + i, 1 + i));
    table.overflowed = true;
    const newcomers = Array.from({ length: 10 }, (_, i) => table.add(idOf(1_000 + i), by, 10 + i));
    expect([table.room(), table.unknown, table.excess(100)]).toEqual([10, 10, []]);
    table.neighbours.delete(neighbour.id);
    table.expectRoom(100);
    expect(table.room()).toBe(9);
    expect(table.excess(100)).toEqual(newcomers.slice(-1));
    for (const one of table.excess(100)) table.remove(one, 100);
    expect([table.excess(100), table.size]).toEqual([[], PLACES]);
    expect(settled.every(({ id }) => table.get(id) !== undefined)).toBe(true);
    for (const one of newcomers.slice(0, -1)) table.learn(one, RECORD);
    // Somebody may have been turned away who is better than what is kept: that is asked for later.
    expect(table.hasRoomAgain(100 + ROOM_WAIT_MS)).toBe(true);
  });

  test("keeps neighbours and whom somebody asked for beside its budget", () => {
    const all = filled(2);
    const [neighbour, pinned] = all.slice(-2);
    if (neighbour === undefined || pinned === undefined) throw new Error("too few");
    table.neighbours.set(neighbour.id, makeNeighbour(100 + PLACES));
    table.expectRoom(0);
    table.pin(pinned.id, 1_000, 0);
    table.pin(neighbour.id, 1_000, 0);
    table.pin(NOBODY, 1_000, 0);
    expect([table.room(), table.excess(0)]).toEqual([0, []]);
    known(999, 5_000);
    const evicted = table.excess(500);
    expect(evicted).not.toContain(neighbour);
    expect(evicted).not.toContain(pinned);
    for (const one of evicted) table.remove(one, 0);
    for (let i = 0; i < 20; i++) known(2_000 + i, 1);
    expect(table.excess(1_000)).toContain(pinned);
  });

  test("lets those at its edge wait before others hear of them", () => {
    const all = filled(1);
    const [nearest] = all;
    if (nearest === undefined) throw new Error("nobody is there");
    expect(table.stayedMs(nearest, by.id, 1)).toBe(STAY_STEP_MS);
    for (const one of table.excess(0)) table.remove(one, 0);
    const horizon = table.horizonMetric(by.id);
    expect(table.depth(nearest, by.id, horizon / 4)).toBe(0.25);
    expect(table.stayedMs(nearest, by.id, horizon / 4)).toBe(STAY_MS / 4);
    expect(table.stayedMs(nearest, by.id, horizon * 3)).toBe(STAY_MS);
    table.pin(nearest.id, 10, 0);
    expect(table.stayedMs(nearest, by.id, horizon * 3)).toBe(0);
  });
});

describe("pins", () => {
  test("are as many as allowed; for one more the longest pinned gives way", () => {
    for (let i = 0; i < PINS_MAX; i++) table.pin(idOf(i), 1_000, 0);
    table.pin(idOf(0), 1_000, 0);
    expect([0, 1].map((i) => table.isExempt(idOf(i)))).toEqual([true, true]);
    table.pin(NOBODY, 1_000, 0);
    expect([0, 1, 2].map((i) => table.isExempt(idOf(i)))).toEqual([true, false, true]);
  });

  test("that are over go when another one comes", () => {
    table.pin(idOf(1), 10, 0);
    table.pin(idOf(2), 20, 0);
    table.pin(idOf(3), 30, 10);
    expect([1, 2, 3].map((i) => table.isExempt(idOf(i)))).toEqual([false, true, true]);
  });
});

describe("places that come free", () => {
  /** A table that was over its budget and then lost so many origins. */
  const emptied = (count: number): void => {
    const all = filled(1);
    for (const one of table.excess(0)) table.remove(one, 0);
    for (const one of all.filter(({ kept }) => kept).slice(0, count)) table.remove(one, 0);
  };

  test("lead to questions once an eighth is free, and the horizons are open again", () => {
    expect(table.hasRoomAgain(0)).toBe(false);
    emptied(0);
    const left = table.room();
    for (const one of [...table.values()].slice(0, PLACES / 8 - left - 1)) table.remove(one, 0);
    expect([table.room(), table.hasRoomAgain(0)]).toEqual([PLACES / 8 - 1, false]);
    for (const one of [...table.values()].slice(0, 1)) table.remove(one, 0);
    expect(table.hasRoomAgain(0)).toBe(true);
    expect([table.overflowed, table.isPartOfMore, table.isCrowded]).toEqual([false, true, false]);
    expect(table.horizonMetric(by.id)).toBe(METRIC_NONE);
  });

  test("lead to questions after growing pauses, which end where neighbours come or go", () => {
    emptied(20);
    let nowMs = 0;
    const ask = (pauseMs: number): void => {
      table.overflowed = true;
      expect(table.hasRoomAgain(nowMs + pauseMs - 1)).toBe(false);
      nowMs += pauseMs;
      expect(table.hasRoomAgain(nowMs)).toBe(true);
    };
    expect(table.hasRoomAgain(0)).toBe(true);
    let pauseMs = TABLE_REPEAT_MS;
    for (; pauseMs < ROOM_PAUSE_MAX_MS; pauseMs *= 2) ask(pauseMs);
    ask(ROOM_PAUSE_MAX_MS);
    ask(ROOM_PAUSE_MAX_MS);
    table.expectRoom(nowMs);
    ask(ROOM_WAIT_MS);
    ask(TABLE_REPEAT_MS);
  });

  test("wait as long as many records are missing; then what was turned away is asked for once", () => {
    table = new Table({ vicinityMax: 32, landmarksMax: 0 }, 7);
    for (let i = 0; i < 4; i++) table.add(idOf(i), by, 0);
    for (let i = 0; i < 28; i++) known(3_000 + i);
    table.turnAway();
    const waiting = [...table.values()].slice(0, 4);
    for (const one of waiting.slice(0, 2)) table.remove(one, 0);
    for (let i = 0; i < 2; i++) known(4_000 + i);
    expect(table.hasRoomAgain(0)).toBe(false);
    for (const one of waiting.slice(2, 3)) table.remove(one, 0);
    known(5_000);
    expect(table.room()).toBe(1);
    expect(table.hasRoomAgain(0)).toBe(true);
    expect(table.overflowed).toBe(true);
    expect(table.hasRoomAgain(1e9)).toBe(false);
  });
});
