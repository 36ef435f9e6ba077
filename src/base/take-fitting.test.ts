import { expect, test } from "vitest";
import { takeFitting } from "./take-fitting.ts";

/** Takes numbers that come right after the last one taken; negative ones never fit. */
function taker(taken: number[]): (item: number) => boolean {
  return (item) => {
    if (item < 0) return false;
    if (item !== taken.length) return true;
    taken.push(item);
    return false;
  };
}

test("what fits after others is taken, in whatever order it comes", () => {
  const taken: number[] = [];
  expect(takeFitting([3, 1, -1, 0, 2], taker(taken))).toEqual([]);
  expect(taken).toEqual([0, 1, 2, 3]);
});

test("what waits for something that is not there is given back", () => {
  const taken: number[] = [];
  expect(takeFitting([4, 1, 0, 3], taker(taken))).toEqual([4, 3]);
  expect(taken).toEqual([0, 1]);
});

test("in order, each is tried once, and those left once more", () => {
  let tries = 0;
  const taken: number[] = [];
  const take = taker(taken);
  takeFitting([0, 1, 2, 9], (item) => {
    tries++;
    return take(item);
  });
  expect(tries).toBe(5);
});
