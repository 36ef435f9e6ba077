import { describe, expect, test } from "vitest";
import {
  BYTES,
  DAY_MS,
  FRIEND,
  OWNER,
  parcel,
  STRANGER,
  stockWithOwner,
} from "../../../test/support/stock.ts";
import { heldWrite } from "./held.ts";
import {
  ANCHORS_MAX,
  COURIER_BYTES_MAX,
  COURIER_LIFE_MS,
  EDGE_BYTES_MAX,
  FIRST_SHARE,
  PARCEL_BYTES_MIN,
  PARCELS_MAX,
  STRANGER_SHARE,
} from "./limits.ts";
import type { Parcel } from "./parcel.ts";
import type { Stock } from "./stock.ts";

function keep(stock: Stock, id: string, one: Parcel, from: string): boolean {
  const place = stock.placeFor(one, from);
  if (place === undefined) return false;
  stock.keep(id, one, place, (error) => expect(error).toBeNull());
  return true;
}

describe("an anchor", () => {
  test("holds what its owner expects, up to the bytes agreed and not one more", () => {
    const { stock } = stockWithOwner();
    expect(keep(stock, "a", parcel(OWNER, 100, [1, 9]), FRIEND)).toBe(false);
    expect(keep(stock, "b", parcel(OWNER, BYTES), STRANGER)).toBe(true);
    expect(keep(stock, "c", parcel(OWNER, 2), STRANGER)).toBe(false);
    stock.drop(["b"]);
    expect(keep(stock, "d", parcel(OWNER, BYTES + 1), STRANGER)).toBe(false);
  });

  test("gives first contacts, which anybody may make, a twentieth of that", () => {
    const { stock } = stockWithOwner();
    const share = BYTES / FIRST_SHARE;
    expect(keep(stock, "a", parcel(OWNER, share, [0, 0]), STRANGER)).toBe(true);
    expect(keep(stock, "b", parcel(OWNER, 2, [0, 0]), STRANGER)).toBe(false);
    expect(keep(stock, "c", parcel(OWNER, 500), STRANGER)).toBe(true);
  });

  test("drops what is no longer expected, and what is too old, but not a moment before", () => {
    const { stock, anchors, clock } = stockWithOwner();
    keep(stock, "a", parcel(OWNER, 100, [1, 1]), FRIEND);
    keep(stock, "b", parcel(OWNER, 100, [1, 2]), FRIEND);
    anchors.takeTags(OWNER, [2], (error) => expect(error).toBeNull());
    stock.expectAnew(OWNER);
    expect([...stock.held.all()].map(({ id }) => id)).toEqual(["b"]);
    clock.advance(7 * DAY_MS - 1);
    expect(stock.held.expired()).toEqual([]);
    clock.advance(1);
    expect(stock.held.expired().map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("a courier", () => {
  test("carries so much for one contact and not one byte more", () => {
    const { stock } = stockWithOwner();
    const half = EDGE_BYTES_MAX / 2;
    expect(keep(stock, "a", parcel(STRANGER, half), FRIEND)).toBe(true);
    expect(keep(stock, "b", parcel(STRANGER, half), FRIEND)).toBe(true);
    expect(keep(stock, "c", parcel(STRANGER, 2), FRIEND)).toBe(false);
  });

  test("counts tiny parcels as if they were larger: they cannot use up all places", () => {
    const { stock } = stockWithOwner();
    const tiny = parcel(STRANGER, 6);
    const most = EDGE_BYTES_MAX / PARCEL_BYTES_MIN;
    for (let at = 0; at < most; at++) expect(keep(stock, `${at}`, tiny, FRIEND)).toBe(true);
    expect(keep(stock, "one more", tiny, FRIEND)).toBe(false);
    expect(COURIER_BYTES_MAX / PARCEL_BYTES_MIN).toBeLessThan(PARCELS_MAX);
  });

  test("carries for all strangers together a twentieth of its room", () => {
    const { stock } = stockWithOwner();
    const share = Math.floor(COURIER_BYTES_MAX / STRANGER_SHARE);
    expect(keep(stock, "a", parcel(FRIEND, share), STRANGER)).toBe(true);
    expect(keep(stock, "b", parcel(FRIEND, 2), STRANGER)).toBe(false);
    expect(keep(stock, "c", parcel(FRIEND, 2), `fd${"9".repeat(30)}`)).toBe(false);
  });

  test("takes nothing that is too old, and nothing once it has too many parcels", () => {
    const { stock } = stockWithOwner();
    const young = { ...parcel(STRANGER, 2), ageMs: COURIER_LIFE_MS - 1 };
    expect(stock.placeFor(young, FRIEND)).toBeDefined();
    expect(stock.placeFor({ ...young, ageMs: COURIER_LIFE_MS }, FRIEND)).toBeUndefined();
    const place = stock.placeFor(young, FRIEND);
    for (let at = 0; place !== undefined && at < PARCELS_MAX; at++) {
      stock.keep(`${at}`, parcel(STRANGER, 2), place, () => undefined);
    }
    expect(stock.held.size).toBe(PARCELS_MAX);
    expect(stock.placeFor(young, FRIEND)).toBeUndefined();
  });
});

describe("a stop", () => {
  const MONTH_MS = 30 * DAY_MS;
  /** What is on disk of a parcel that was kept at a wall-clock time. */
  const record = (wallMs: number) => {
    const kept = { account: { t: "stranger" }, lifeMs: COURIER_LIFE_MS, wallMs } as const;
    const { key, value } = heldWrite("a", { ...kept, parcel: parcel(FRIEND, 100) });
    return [{ key, value: value ?? new Uint8Array(0) }];
  };

  /** Loads what is on disk, and gives what is there afterwards. */
  function start(found: ReturnType<typeof record>, offMs: number) {
    const { stock, records, clock } = stockWithOwner(offMs);
    stock.load(found);
    const [written] = records.written.slice(-1);
    const disk = written?.value ? [{ key: written.key, value: written.value }] : found;
    return { stock, disk, clock };
  }

  test("spares what has become too old meanwhile for a day, whatever the clock says, but once", () => {
    const first = start(record(0), MONTH_MS);
    expect(first.stock.held.expired()).toEqual([]);
    const second = start(first.disk, MONTH_MS + DAY_MS / 2);
    expect(second.stock.held.expired()).toEqual([]);
    const third = start(second.disk, MONTH_MS + DAY_MS + 1);
    expect(third.stock.held.expired().map(({ id }) => id)).toEqual(["a"]);
  });

  test("does not keep for good what came while the clock was years ahead", () => {
    const first = start(record(100 * MONTH_MS), 0);
    const second = start(first.disk, COURIER_LIFE_MS);
    const third = start(second.disk, COURIER_LIFE_MS + DAY_MS);
    expect(third.stock.held.expired().map(({ id }) => id)).toEqual(["a"]);
  });
});

test("so many anchors are asked and not one more", () => {
  const { anchors } = stockWithOwner();
  const codes: string[] = [];
  for (const digit of ["5", "6", "7", "8"]) {
    anchors.ask(`fd${digit.repeat(30)}`, (error) => codes.push(error?.code ?? "none"));
  }
  expect(codes).toEqual([...Array(ANCHORS_MAX).fill("none"), "too-many-anchors"]);
});
