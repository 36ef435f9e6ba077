import { expect, test } from "vitest";
import { testRandom } from "../testing/fixtures.ts";
import { abstractStretch } from "./abstract-stretch.ts";
import { withDrawnCosts } from "./graph-costs.ts";
import { gnmGraph } from "./graph-models.ts";
import { gridGraph, lineGraph } from "./graphs.ts";

test("everybody's vicinity holding everybody, every way is the shortest", () => {
  const graph = withDrawnCosts(gnmGraph(testRandom(1), 60), testRandom(2));
  const budgets = { vicinityMax: 60, landmarksMax: 1, pairs: 50 };
  const { first, session, entriesMax } = abstractStretch(graph, {
    random: testRandom(3),
    ...budgets,
  });
  expect([first.max, session.max, session.count]).toEqual([1, 1, 50]);
  expect(entriesMax).toBe(59);
});

test("with one landmark and no vicinity to speak of, packets turn at the landmark", () => {
  const { first, session } = abstractStretch(lineGraph(40), {
    ...{ random: testRandom(5), vicinityMax: 1, landmarksMax: 1, pairs: 100 },
  });
  expect(first.max).toBeGreaterThan(3);
  expect(session.max).toBeLessThanOrEqual(first.max);
  expect(session.mean).toBeGreaterThanOrEqual(1);
});

test("sessions are no longer than first packets, and never shorter than the shortest way", () => {
  const { first, session } = abstractStretch(gridGraph(900), {
    ...{ random: testRandom(6), vicinityMax: 79, landmarksMax: 79, pairs: 60 },
  });
  expect(session.mean).toBeLessThanOrEqual(first.mean);
  expect(session.mean).toBeGreaterThanOrEqual(1);
  expect(first.mean).toBeLessThan(1.5);
});
