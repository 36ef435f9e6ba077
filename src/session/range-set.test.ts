import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RangeSet } from "./range-set.ts";

function listed(set: RangeSet): [number, number][] {
  return Array.from({ length: set.size }, (_, i) => [set.start(i), set.end(i)]);
}

describe("RangeSet", () => {
  test("joins ranges that touch and keeps those apart that do not", () => {
    const set = new RangeSet();
    set.add(0, 2);
    set.add(4, 6);
    expect(listed(set)).toEqual([
      [0, 2],
      [4, 6],
    ]);
    set.add(2, 4);
    expect(listed(set)).toEqual([[0, 6]]);
    set.remove(1, 2);
    expect(listed(set)).toEqual([
      [0, 1],
      [2, 6],
    ]);
  });

  test("behaves like a set of numbers", () => {
    const step = fc.record({
      kind: fc.constantFrom<Kind>("add", "remove", "dropBelow"),
      start: fc.nat(60),
      length: fc.nat(12),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const set = new RangeSet();
        let model: number[] = [];
        for (const { kind, start, length } of steps) {
          if (kind === "dropBelow") set.dropBelow(start);
          else set[kind](start, start + length);
          model = MODEL[kind](model, start, start + length);
        }
        const has = Array.from({ length: 80 }, (_, n) => n).filter((n) => set.has(n));
        expect(has).toEqual([...new Set(model)].sort((a, b) => a - b));
        const borders = listed(set).flat();
        expect(borders).toEqual([...new Set(borders)].sort((a, b) => a - b));
      }),
    );
  });
});

type Kind = "add" | "remove" | "dropBelow";
type Model = (numbers: number[], start: number, end: number) => number[];
const MODEL: Record<Kind, Model> = {
  add: (numbers, start, end) => [
    ...numbers,
    ...Array.from({ length: end - start }, (_, i) => start + i),
  ],
  remove: (numbers, start, end) => numbers.filter((n) => n < start || n >= end),
  dropBelow: (numbers, start) => numbers.filter((n) => n >= start),
};
