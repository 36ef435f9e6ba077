import { expect, test } from "vitest";
import type { NeighbourInfo } from "../link/index.ts";
import { WayCounters } from "./counters.ts";

function neighbour(id: string, suspect: boolean): NeighbourInfo {
  return {
    ...{ id, suspect, cost: 25, roundTripMs: 1, deliveryRatio: 1, bitsPerSecond: 20_000_000 },
    ...{ endpoints: [], frameBytes: 1_200, heardAtMs: 0 },
  };
}

test("a suspicion counts once until it is over, a loss and a change each time", () => {
  const counters = new WayCounters();
  expect(counters.counts()).toEqual({ suspicions: 0, neighboursLost: 0, wayChanges: 0 });
  for (const suspect of [false, true, true, false, true])
    counters.neighbour(neighbour("a", suspect));
  counters.neighbour(neighbour("b", true));
  expect(counters.counts().suspicions).toBe(3);
  counters.neighbourDown("a");
  counters.neighbour(neighbour("a", true));
  counters.wayChanged();
  counters.wayChanged();
  expect(counters.counts()).toEqual({ suspicions: 4, neighboursLost: 1, wayChanges: 2 });
});
