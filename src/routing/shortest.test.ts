import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import {
  chain,
  type Edge,
  edge,
  grid,
  joinAll,
  randomGraph,
  remembering,
  ring,
  wrongRoutes,
} from "./graphs.fixture.ts";
import { Mesh } from "./mesh.fixture.ts";

const suite = remembering(createNodeSuite());
const identities = Array.from({ length: 210 }, (_, i) => testIdentity(suite, `place ${i}`));

function settled(n: number, edges: readonly Edge[], seed = 1): Mesh {
  const mesh = new Mesh({
    suite,
    clock: new ManualClock(),
    random: testRandom(seed),
    identities: identities.slice(0, n),
  });
  joinAll(mesh, edges);
  mesh.settle();
  return mesh;
}

describe("after settling, every pair has exactly the shortest way", () => {
  test.each([
    ["chain", 12, chain(12)],
    ["ring", 9, ring(9)],
    ["diamond", 4, [edge(0, 1, 10), edge(0, 2, 12), edge(1, 3, 10), edge(2, 3, 12)]],
    ["grid", 49, grid(7, 7, testRandom("grid"))],
    ["random, sparse", 40, randomGraph(40, 20, testRandom("sparse"))],
    ["random, dense", 40, randomGraph(40, 120, testRandom("dense"))],
  ])("%s", (_, n, edges) => {
    const mesh = settled(n, edges);
    expect(wrongRoutes(mesh, edges)).toEqual([]);
    expect(mesh.isQuiet()).toBe(true);
  });
});

interface Topology {
  readonly nodes: number;
  readonly links: readonly (readonly [number, number, number, string])[];
}

const FILE = new URL("../../../shared/topologies/freifunk-leipzig.json", import.meta.url);

describe("a real community mesh (Freifunk Leipzig, 210 places)", () => {
  if (!existsSync(FILE)) {
    console.log("Skipped: the topology freifunk-leipzig.json is not at hand.");
    test.skip("freifunk-leipzig.json is missing", () => {});
    return;
  }
  const { nodes, links } = JSON.parse(readFileSync(FILE, "utf8")) as Topology;
  const edges = links.map(([a, b, quality]) =>
    edge(a, b, Math.round(16 / Math.max(0.05, quality))),
  );

  test("every pair has the shortest way, and most have an alternate", () => {
    const startedMs = performance.now();
    const mesh = settled(nodes, edges);
    expect(wrongRoutes(mesh, edges)).toEqual([]);
    expect(mesh.isQuiet()).toBe(true);
    const share = alternateShare(mesh, nodes, edges);
    console.log(
      `alternates: ${share.found} of ${share.possible} (${((100 * share.found) / share.possible).toFixed(1)} %)`,
      `feasible alone: ${((100 * share.feasible) / share.possible).toFixed(1)} %;`,
      `control ${Math.round(mesh.controlBytes / 1024)} KiB in ${mesh.controlMessages} messages;`,
      `settled after ${mesh.nowMs} virtual ms, ${Math.round(performance.now() - startedMs)} ms`,
    );
    expect(share.found / share.possible).toBeGreaterThan(0.9);
  });
});

/** How many pairs have an alternate, of those that could: another neighbour reaches past us. */
function alternateShare(
  mesh: Mesh,
  nodes: number,
  edges: readonly Edge[],
): { found: number; possible: number; feasible: number } {
  const share = { found: 0, possible: 0, feasible: 0 };
  const neighbours = Array.from({ length: nodes }, (): number[] => []);
  for (const { a, b } of edges) {
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  for (let from = 0; from < nodes; from++) {
    const component = componentsWithout(nodes, neighbours, from);
    for (const { destination, nextHop, alternate } of mesh.router(from).routes()) {
      const to = component[mesh.place(destination)];
      const others = (neighbours[from] ?? []).filter((place) => mesh.id(place) !== nextHop);
      if (!others.some((place) => component[place] === to)) continue;
      share.possible++;
      if (alternate !== undefined) share.found++;
    }
  }
  return share;
}

function componentsWithout(
  nodes: number,
  neighbours: readonly (readonly number[])[],
  missing: number,
): number[] {
  const component = Array<number>(nodes).fill(-1);
  for (let start = 0; start < nodes; start++) {
    if (start === missing || component[start] !== -1) continue;
    const open = [start];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === missing || component[at] !== -1) continue;
      component[at] = start;
      open.push(...(neighbours[at] ?? []));
    }
  }
  return component;
}
