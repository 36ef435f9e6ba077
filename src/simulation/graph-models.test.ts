import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LinkEstimator } from "../link/estimator.ts";
import { testRandom } from "../testing/fixtures.ts";
import { SimulationError } from "./errors.ts";
import { linkCost, topologyFromJson, withDrawnCosts } from "./graph-costs.ts";
import { communityGraph, geometricGraph, gnmGraph, scaleFreeGraph } from "./graph-models.ts";
import { type Graph, isConnected } from "./graphs.ts";
import { Ways } from "./shortest.ts";

const everywhere = (): boolean => true;
const MODELS = [gnmGraph, geometricGraph, scaleFreeGraph, communityGraph] as const;

function meanDegree({ links, size }: Graph): number {
  return (2 * links.length) / size;
}

describe.each(MODELS)("%o", (model) => {
  test("is simple, connected and repeatable at every size", () => {
    for (let size = 1; size <= 64; size++) {
      const graph = model(testRandom(size), size);
      const names = new Set(graph.links.map(([a, b]) => `${a}-${b}`));
      expect(names.size).toBe(graph.links.length);
      expect(graph.links.every(([a, b]) => 0 <= a && a < b && b < size)).toBe(true);
      expect(isConnected(graph, everywhere), `${graph.name} ${size}`).toBe(true);
      expect(model(testRandom(size), size)).toEqual(graph);
    }
  });

  test("has mean degree 8, give or take edges and joints", () => {
    const graph = model(testRandom(7), 2_000);
    expect(meanDegree(graph)).toBeGreaterThan(7.4);
    expect(meanDegree(graph)).toBeLessThan(8.3);
  });

  test("is quick at 20,000 places", () => {
    expect(isConnected(model(testRandom(7), 20_000), everywhere)).toBe(true);
  });
});

test("a scale-free graph has hubs, and a community graph few links across", () => {
  const { links, size } = scaleFreeGraph(testRandom(1), 2_000);
  const degrees = new Ways({ name: "", size, links });
  const largest = Math.max(...Array.from({ length: size }, (_, at) => degrees.degree(at)));
  expect(largest).toBeGreaterThan(80);
  const community = communityGraph(testRandom(1), 2_000);
  const perGroup = Math.ceil(2_000 / Math.round(Math.sqrt(2_000) / 2));
  const across = community.links.filter(
    ([a, b]) => Math.floor(a / perGroup) !== Math.floor(b / perGroup),
  );
  expect(across.length / community.links.length).toBeCloseTo(1 / 8, 2);
});

describe("costs", () => {
  test("are those that the link room would find", () => {
    for (const roundTripMs of [0, 1, 2, 4, 30, 50, 300, 5_000]) {
      const estimator = new LinkEstimator();
      estimator.sample(roundTripMs, 0);
      expect(linkCost(roundTripMs, 1)).toBe(estimator.cost);
    }
    expect(linkCost(1, 0)).toBe(2_435);
    expect(linkCost(1_000_000, 0.01)).toBe(4_095);
  });

  test("are drawn one per link, from the quantised scale", () => {
    const graph = withDrawnCosts(gnmGraph(testRandom(3), 200), testRandom(4));
    const scale = new Set(Array.from({ length: 4_000 }, (_, step) => linkCost(step / 10, 1)));
    expect(graph.costs).toHaveLength(graph.links.length);
    expect([...(graph.costs as Uint16Array)].every((cost) => scale.has(cost))).toBe(true);
    expect(new Set(graph.costs as Uint16Array).size).toBeGreaterThan(15);
  });
});

describe("exact ways", () => {
  const square: Graph = {
    ...{ name: "square", size: 5 },
    links: [
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 3],
    ],
    costs: [1, 1, 1, 5],
  };

  test("are the cheapest, with and without a place or a link", () => {
    const ways = new Ways(square);
    const apart = Number.POSITIVE_INFINITY;
    expect([...ways.distances(0)]).toEqual([0, 1, 2, 3, apart]);
    expect([...ways.distances(0, { place: 1 })]).toEqual([0, apart, 6, 5, apart]);
    expect([...ways.distances(0, { link: [2, 1] })]).toEqual([0, 1, 6, 5, apart]);
    expect(ways.search(0).before[3]).toBe(2);
    expect(ways.search(0, { placesMax: 2 }).order).toEqual([0, 1]);
  });

  test("are the same as by trying everything (Bellman and Ford)", () => {
    const graph = withDrawnCosts(gnmGraph(testRandom(5), 60), testRandom(6));
    const best = Array<number>(60).fill(Number.POSITIVE_INFINITY);
    best[7] = 0;
    for (let round = 0; round < 60; round++) {
      graph.links.forEach(([a, b], index) => {
        const cost = graph.costs?.[index] ?? 0;
        best[b] = Math.min(best[b] ?? 0, (best[a] ?? 0) + cost);
        best[a] = Math.min(best[a] ?? 0, (best[b] ?? 0) + cost);
      });
    }
    expect([...new Ways(graph).distances(7)]).toEqual(best);
  });
});

describe("measured networks", () => {
  test("are read from their text: the largest part, numbered anew, with costs", () => {
    const links = [
      [0, 4, 1, "wifi"],
      [1, 2, 1, "wifi"],
      [2, 3, 0.5, "vpn"],
    ];
    const graph = topologyFromJson(JSON.stringify({ name: "here", nodes: 5, links }));
    expect(graph.size).toBe(3);
    expect(graph.links).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect([...(graph.costs as Uint16Array)]).toEqual([linkCost(4, 1), linkCost(30, 0.5)]);
  });

  test.each(["", "[]", "{}", '{"name":"x","nodes":2,"links":[[0,5]]}', '{"name":1,"nodes":1}'])(
    "refuses %j",
    (text) => {
      expect(() => topologyFromJson(text)).toThrow(SimulationError);
    },
  );

  const folder = "../shared/topologies";
  test.skipIf(!existsSync(folder))("hang together (skipped where the files are missing)", () => {
    for (const [name, size] of [
      ["freifunk-berlin", 300],
      ["freifunk-bremen", 600],
      ["freifunk-leipzig", 200],
    ] as const) {
      const graph = topologyFromJson(readFileSync(`${folder}/${name}.json`, "utf8"));
      expect(graph.size).toBeGreaterThan(size);
      expect(isConnected(graph, everywhere)).toBe(true);
    }
  });
});
