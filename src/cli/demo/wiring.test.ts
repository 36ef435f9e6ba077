import { describe, expect, test } from "vitest";
import { hopsFrom, isConnected, pickVictims, seededDraw, wireNeighbourhood } from "./wiring.ts";

const COUNT = 12;

describe("the demo's neighbourhood", () => {
  test("any seed gives a mesh at least 4 hops across that survives the loss of a third", () => {
    for (let seed = 0; seed < 500; seed++) {
      const draw = seededDraw(seed);
      const edges = wireNeighbourhood(COUNT, draw);
      expect(isConnected(COUNT, edges, new Set())).toBe(true);
      expect(edges.length).toBeLessThan((COUNT * (COUNT - 1)) / 4);
      expect(hopsFrom(0, COUNT, edges)[COUNT - 1]).toBeGreaterThanOrEqual(4);
      const spared = new Set([0, COUNT - 1]);
      const victims = pickVictims({ count: COUNT, edges, howMany: 4, spared, preferred: [], draw });
      expect(new Set(victims).size).toBe(4);
      expect(isConnected(COUNT, edges, new Set(victims))).toBe(true);
    }
  });

  test("the same seed gives the same mesh", () => {
    expect(wireNeighbourhood(COUNT, seededDraw(7))).toEqual(
      wireNeighbourhood(COUNT, seededDraw(7)),
    );
    expect(wireNeighbourhood(COUNT, seededDraw(7))).not.toEqual(
      wireNeighbourhood(COUNT, seededDraw(8)),
    );
  });

  test("a peer that is gone relays nothing", () => {
    const line = [
      [0, 1],
      [1, 2],
    ] as const;
    expect(hopsFrom(0, 3, line)).toEqual([0, 1, 2]);
    expect(hopsFrom(0, 3, line, new Set([1]))).toEqual([0, Infinity, Infinity]);
    expect(isConnected(3, line, new Set([1]))).toBe(false);
  });
});
