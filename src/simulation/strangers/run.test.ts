import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { testRandom } from "../../testing/index.ts";
import { holmeKimGraph, wattsStrogatzGraph } from "./graphs.ts";
import { runSpam } from "./run.ts";
import type { SpamOptions } from "./types.ts";

const suite = createNodeSuite();
const SMALL: SpamOptions = {
  graph: "holme-kim",
  seed: 1,
  size: 60,
  sybils: 20,
  attackEdges: 6,
  strategy: "uniform",
  days: 21,
  scheme: "peernet",
};

test("spam comes through, is judged and stays within the bound; nobody without an edge is heard", () => {
  const result = runSpam(SMALL, suite);
  expect(result.spamJudged).toBeGreaterThan(0);
  expect(result.worstEdgeJudged).toBeLessThanOrEqual(result.boundPerEdge);
  expect(result.mostShownPerDay).toBeLessThanOrEqual(3);
  expect([result.intrusions, result.identities]).toEqual([0, 60 + 1 + 20]);
  expect(result.legitWithinWeek).toBeGreaterThan(0.9);
  expect(runSpam(SMALL, suite)).toEqual(result);
});

test("without attack edges there is no spam, whoever many identities there are", () => {
  expect(runSpam({ ...SMALL, attackEdges: 0 }, suite)).toMatchObject({
    spamShown: 0,
    intrusions: 0,
  });
});

test("Ostra lets more through over the same edges", () => {
  const [ours, ostra] = (["peernet", "ostra"] as const).map((scheme) =>
    runSpam({ ...SMALL, scheme, days: 84 }, suite),
  );
  expect(ostra?.spamShown).toBeGreaterThan((ours?.spamShown ?? 0) * 2);
});

test("graphs have as many friendships as they should, and each once", () => {
  const random = testRandom("graphs");
  const hk = holmeKimGraph(random, 200, 5, 0.6);
  expect(hk.links.length).toBe(15 + (200 - 6) * 5);
  const ws = wattsStrogatzGraph(random, 200, 10, 0.1);
  expect(ws.links.length).toBe(1_000);
  for (const { links } of [hk, ws]) {
    const names = links.map(([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`);
    expect(new Set(names).size).toBe(links.length);
    expect(links.every(([a, b]) => a !== b)).toBe(true);
  }
});
