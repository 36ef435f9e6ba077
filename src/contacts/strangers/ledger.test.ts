import { expect, test } from "vitest";
import { CLEAN_EDGE, punishedEdge } from "./edge.ts";
import { EDGES, Ledger } from "./ledger.ts";
import { EDGES_MAX } from "./limits.ts";
import type { HeldEdge } from "./own/words.ts";

const NOW_MS = 1_700_000_000_000;

function held(name: string, times = 1): HeldEdge {
  let edge = CLEAN_EDGE;
  for (let time = 0; time < times; time++) edge = punishedEdge(edge, NOW_MS);
  return { name, edge, underWay: 0 };
}

function ledgerOf(edges: number): Ledger {
  const ledger = new Ledger(EDGES);
  for (let number = 0; number < edges; number++) {
    ledger.apply(ledger.planPunish(`edge ${number}`, NOW_MS));
  }
  return ledger;
}

test(`${EDGES_MAX} edges are remembered, not one more, however many are told at once`, () => {
  const ledger = ledgerOf(EDGES_MAX - 1);
  const told = Array.from({ length: 9 }, (_, number) => held(`told ${number}`, 2));
  for (let time = 0; time < 2; time++) ledger.apply(ledger.planWorse(told, NOW_MS));
  expect(ledger.held(NOW_MS, 2 * EDGES_MAX).length).toBe(EDGES_MAX);
  for (const { name } of told) expect(ledger.standing(name, NOW_MS).violations).toBe(2);
});

test("an edge that is told twice is taken as the worse of both", () => {
  const ledger = ledgerOf(0);
  const told = [held("a", 3), held("a", 1)];
  ledger.apply(ledger.planWorse(told, NOW_MS));
  expect(ledger.standing("a", NOW_MS).violations).toBe(3);
});
