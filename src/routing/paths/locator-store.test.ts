import { beforeEach, expect, test } from "vitest";
import { LOCATORS_MAX } from "./limits.ts";
import type { Locator } from "./locator.ts";
import { LocatorStore } from "./locator-store.ts";

const RECORD = new Uint8Array(1);
let store: LocatorStore;

beforeEach(() => {
  store = new LocatorStore(4);
});

/** No more of it is looked at here. */
function locatorOf(id: string, epoch = 1, number = 1): Locator {
  return { id, epoch, number, ttlSeconds: 60 } as Locator;
}

const keep = (id: string, side: string): void => store.keep(locatorOf(id), RECORD, side, 0);
const kept = (...ids: string[]): string[] => ids.filter((id) => store.get(id, 0) !== undefined);

test("a locator is believed for as long as it says", () => {
  store.keep(locatorOf("x"), RECORD, "left", 1_000);
  expect(store.get("x", 60_999)?.untilMs).toBe(61_000);
  expect(store.size).toBe(1);
  expect(store.get("x", 61_000)).toBeUndefined();
  expect(store.size).toBe(0);
});

test("only a newer one is wanted, until the old one is over", () => {
  store.keep(locatorOf("x", 5, 5), RECORD, "left", 0);
  const wants = (epoch: number, number: number, nowMs = 0): boolean =>
    store.wants(locatorOf("x", epoch, number), nowMs);
  expect([wants(5, 5), wants(5, 4), wants(4, 9), wants(5, 6), wants(6, 0)]).toEqual([
    ...[false, false, false, true, true],
  ]);
  expect(wants(1, 1, 60_000)).toBe(true);
});

test("where it is full, the oldest of the side that has brought most gives way", () => {
  for (const id of ["a", "b"]) keep(id, "left");
  keep("c", "right");
  keep("d", "left");
  expect([store.size, kept("a", "b", "c", "d")]).toEqual([4, ["a", "b", "c", "d"]]);
  keep("e", "right");
  expect([store.size, kept("a", "b", "c", "d", "e")]).toEqual([4, ["b", "c", "d", "e"]]);
  keep("f", "right");
  expect(kept("b", "c", "d", "e", "f")).toEqual(["c", "d", "e", "f"]);
});

test("a newer one takes the place of the one before, and moves to a side only that has fewer", () => {
  keep("a", "left");
  keep("b", "left");
  keep("x", "left");
  store.keep(locatorOf("x", 2), RECORD, "right", 0);
  expect([store.size, store.get("x", 0)?.side, store.get("x", 0)?.locator.epoch]).toEqual([
    ...[3, "right", 2],
  ]);
  // Somebody with a full shelf shows it again: it stays where little is.
  store.keep(locatorOf("x", 3), RECORD, "left", 0);
  expect(store.get("x", 0)?.side).toBe("right");
  keep("c", "left");
  keep("d", "other");
  expect(kept("a", "b", "c", "d", "x")).toEqual(["b", "c", "d", "x"]);
});

test("so many are kept and not one more", () => {
  store = new LocatorStore();
  for (let i = 0; i < LOCATORS_MAX; i++) keep(`${i}`, "left");
  expect([store.size, kept("0")]).toEqual([LOCATORS_MAX, ["0"]]);
  keep("more", "left");
  expect([store.size, kept("0", "1", "more")]).toEqual([LOCATORS_MAX, ["1", "more"]]);
});
