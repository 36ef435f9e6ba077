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

  // The busiest place and the first neighbour of it that has another way to the rest.
  const degree = (place: number): number =>
    edges.filter(({ a, b }) => a === place || b === place).length;
  const busiest = [...Array(nodes).keys()].reduce((x, y) => (degree(y) > degree(x) ? y : x));
  const hub = edges.find(
    ({ a, b }) => (a === busiest || b === busiest) && degree(a) > 3 && degree(b) > 3,
  ) as Edge;

  test("every pair has the shortest way, and most have an alternate", () => {
    const mesh = settled(nodes, edges);
    expect(wrongRoutes(mesh, edges)).toEqual([]);
    expect(mesh.isQuiet()).toBe(true);
    const share = alternateShare(mesh, nodes, edges);
    console.log(
      `alternates: ${share.found} of ${share.possible} (${((100 * share.found) / share.possible).toFixed(1)} %)`,
      `control ${Math.round(mesh.controlBytes / 1024)} KiB in ${mesh.controlMessages} messages;`,
      `settled after ${mesh.nowMs} virtual ms`,
    );
    expect(share.found / share.possible).toBeGreaterThan(0.9);
    const kept = edges.filter(({ a, b }) => !(a === hub.a && b === hub.b));
    const broken = repair(mesh, hub);
    console.log(
      `after the loss of a hub's link, ${broken.pairs} pairs had no ordinary way,`,
      `all had one again after ${broken.repairedMs} virtual ms;`,
      `${broken.messages} messages, ${broken.bumps} new sequence numbers`,
    );
    expect(broken.repairedMs).toBeLessThan(1_000);
    mesh.settle();
    expect(wrongRoutes(mesh, kept)).toEqual([]);
  });
});

/** Cuts a link and waits until every pair has a next hop again. */
function repair(
  mesh: Mesh,
  { a, b }: Edge,
): { pairs: number; repairedMs: number; messages: number; bumps: number } {
  const messages = mesh.controlMessages;
  const bumps = mesh.total(({ seqnoBumps }) => seqnoBumps);
  const atMs = mesh.nowMs;
  mesh.cut(a, b);
  let pairs = 0;
  let missing = 0;
  do {
    mesh.settle(1);
    missing = 0;
    for (const router of mesh.routers) {
      for (let to = 0; to < mesh.routers.length; to++) {
        const id = mesh.id(to);
        if (id !== router.ownRecord.id && router.nextHop(id) === undefined) missing++;
      }
    }
    pairs = Math.max(pairs, missing);
  } while (missing > 0 && mesh.nowMs - atMs < 10_000);
  return {
    pairs,
    repairedMs: mesh.nowMs - atMs,
    messages: mesh.controlMessages - messages,
    bumps: mesh.total(({ seqnoBumps }) => seqnoBumps) - bumps,
  };
}

/** How many pairs have an alternate, of those that could: another neighbour reaches past us. */
function alternateShare(
  mesh: Mesh,
  nodes: number,
  edges: readonly Edge[],
): { found: number; possible: number } {
  const share = { found: 0, possible: 0 };
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
