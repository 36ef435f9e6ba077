import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import type { Router } from "../../routing/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { gnmGraph } from "../graph-models.ts";
import { type Graph, gridGraph, lineGraph, ringGraph } from "../graphs.ts";
import { createMemoSuite } from "../memo-suite.ts";
import { createToySuite } from "../toy-suite.ts";
import { backupCoverage } from "./backup.ts";
import { layGraph } from "./lay.ts";
import { LoopWatch } from "./loops.ts";
import { spreadOf } from "./spread.ts";
import { allPairs, drawPairs, packetStretch, SessionProbes } from "./stretch.ts";
import { MeshWorld } from "./world.ts";

const suite = createMemoSuite(createToySuite(createNodeSuite()));

function settled(graph: Graph, seed = 1): MeshWorld {
  const world = new MeshWorld({ seed, suite, size: graph.size });
  layGraph(world, graph, { cost: 10 });
  world.run(20_000);
  return world;
}

describe("backup coverage", () => {
  test("is whole on a diamond, and counts only pairs with a second way", () => {
    const options = { random: testRandom(1), placesMax: 1, destinationsMax: 9 };
    const link = backupCoverage(settled(ringGraph(4)), { ...options, failure: "link" });
    expect(link).toEqual({ pairs: 3, arrived: 3, unreached: 0 });
    // Where the next hop is the destination, its death leaves no way.
    const peer = backupCoverage(settled(ringGraph(4)), { ...options, failure: "peer" });
    expect(peer).toEqual({ pairs: 1, arrived: 1, unreached: 0 });
    const none = backupCoverage(settled(lineGraph(5)), { ...options, failure: "link" });
    expect(none).toEqual({ pairs: 0, arrived: 0, unreached: 0 });
  });

  test("misses a router that has no alternate", () => {
    const world = settled(ringGraph(4));
    const one = world.router(0);
    const { send } = one;
    // This router is made to forget every alternate: it answers suspicion with nothing.
    one.send = (to, payload) => {
      const hop = one.nextHop(to);
      const info = hop === undefined ? undefined : world.side(0, world.placeOf(hop)).info;
      return world.side(0, 1).mute || world.side(0, 3).mute || info?.suspect === true
        ? false
        : send.call(one, to, payload);
    };
    const options = { random: testRandom(1), placesMax: 4, destinationsMax: 9 };
    const { pairs, arrived } = backupCoverage(world, { ...options, failure: "link" });
    expect(pairs).toBe(12);
    expect(arrived).toBeLessThanOrEqual(9);
  });

  test("leaves everything as it was", () => {
    const world = settled(gridGraph(16));
    backupCoverage(world, {
      ...{ random: testRandom(2), placesMax: 16, destinationsMax: 15, failure: "peer" },
    });
    world.run(30_000);
    const { delivered, ratio } = packetStretch(world, allPairs(world));
    expect([delivered, ratio.max]).toEqual([240, 1]);
  });
});

describe("the loop watch", () => {
  test("finds no loop while links come and go", () => {
    const graph = gnmGraph(testRandom(4), 24);
    const world = new MeshWorld({ seed: 4, suite, size: 24 });
    const watch = new LoopWatch(world, [0, 5, 11, 23]);
    world.events.onStep = (place) => watch.step(place);
    layGraph(world, graph);
    world.run(2_000);
    for (const [a, b] of graph.links.slice(0, 20)) {
      world.cut(a, b, 30);
      world.run(100);
    }
    watch.stepAll();
    expect(watch.followed).toBeGreaterThan(100);
    expect([watch.loops, watch.first]).toEqual([0, undefined]);
  });

  test("finds one that is there, once", () => {
    const world = settled(lineGraph(4));
    const watch = new LoopWatch(world, [3]);
    watch.stepAll();
    expect(watch.loops).toBe(0);
    const liar: Router = world.router(1);
    liar.nextHop = () => world.place(0).id;
    watch.step(1);
    watch.step(1);
    expect(watch.loops).toBe(1);
    expect(watch.first).toEqual({ destination: 3, place: 1, atMs: 20_000 });
  });
});

describe("stretch", () => {
  test("of sessions is what their datagrams really paid", () => {
    const probes = new SessionProbes();
    const world = new MeshWorld({ seed: 3, suite, size: 12, onSession: probes.serve });
    layGraph(world, gnmGraph(testRandom(3), 12), { cost: 9 });
    world.run(10_000);
    const pairs = drawPairs(world, testRandom(9), 20);
    const { delivered, ratio } = probes.measure(world, pairs, 2_000);
    expect([delivered, ratio.mean, ratio.max]).toEqual([20, 1, 1]);
  });

  test("of a way around is the cost of the way around", () => {
    const world = settled(ringGraph(5));
    world.change(0, 1, { cost: 400 });
    world.run(20_000);
    // The router is not told that the link is good again.
    world.side(0, 1).change({ cost: 10 }, world.nowMs);
    const { ratio } = packetStretch(world, [[0, 1]], 10);
    expect(ratio.max).toBe(4);
  });

  test("does not count pairs that do not hang together", () => {
    const world = settled(lineGraph(3));
    world.cut(1, 2);
    world.run(1_000);
    const { pairs, delivered } = packetStretch(world, allPairs(world));
    expect([pairs, delivered]).toEqual([2, 2]);
    expect(drawPairs(world, testRandom(1), 100)).toHaveLength(6);
  });

  test("its order statistics are those of the sorted list", () => {
    const figures = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(spreadOf(figures)).toEqual({ count: 200, mean: 100.5, p50: 100, p99: 198, max: 200 });
    expect(spreadOf([]).max).toBeNaN();
  });
});
