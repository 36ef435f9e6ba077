import { expect, test } from "vitest";
import { REGARD_MS } from "./limits.ts";
import { Neighbour } from "./neighbour.ts";
import { Regards } from "./regards.ts";

const info = (id: string) => ({ id, cost: 1, suspect: false, bitsPerSecond: 1_000_000 });

test("the first change counts at once, later ones together after a while", () => {
  const regards = new Regards();
  const [one, other] = [new Neighbour(info("fd01"), 0), new Neighbour(info("fd02"), 0)];
  expect(regards.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  regards.note(one, 100);
  expect(regards.nextDeadlineMs()).toBe(100);
  expect(regards.take(100)).toEqual([one]);
  for (let ms = 101; ms < 100 + REGARD_MS; ms++) {
    regards.note(one, ms);
    expect(regards.take(ms)).toEqual([]);
  }
  expect(regards.nextDeadlineMs()).toBe(100 + REGARD_MS);
  regards.note(other, 100 + REGARD_MS);
  expect(regards.take(100 + REGARD_MS)).toEqual([one, other]);
  expect(regards.take(100 + 2 * REGARD_MS)).toEqual([]);
});

test("a neighbour that went down meanwhile is left alone", () => {
  const regards = new Regards();
  const gone = new Neighbour(info("fd01"), 0);
  regards.note(gone, 5);
  gone.up = false;
  expect(regards.take(5)).toEqual([]);
  expect(regards.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
});
