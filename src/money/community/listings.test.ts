import { expect, test } from "vitest";
import { Listings } from "./listings.ts";
import type { Listing } from "./types.ts";

const OFFER: Listing = {
  ...{ id: "a".repeat(32), community: "b".repeat(32), by: "dora", kind: "offer" },
  ...{ title: "Bread", text: "", price: 50, atS: 1_000, untilS: 5_000, bytes: Uint8Array.of(1) },
};

test("what is taken back in the second in which it was made is gone at once, whatever the clock", () => {
  const listings = new Listings();
  expect(listings.put(OFFER, 1_000)).toBe(true);
  expect(listings.standing(1_000)).toEqual([OFFER]);
  // Later than what it takes back, so its end is a second ahead of all clocks.
  expect(listings.put({ ...OFFER, atS: 1_001, untilS: 1_001 }, 1_000)).toBe(true);
  expect(listings.standing(1_000)).toEqual([]);
  expect(listings.standing(990)).toEqual([]);
  expect(listings.put(OFFER, 1_000)).toBe(false);
});
