import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { SimulationError } from "../errors.ts";
import { withDrawnCosts } from "../graph-costs.ts";
import { gnmGraph } from "../graph-models.ts";
import { type Graph, lineGraph, ringGraph } from "../graphs.ts";
import { CONTROL_FRAME_OVERHEAD_BYTES, LINK_QUEUE_MS_MAX } from "../limits.ts";
import { createMemoSuite } from "../memo-suite.ts";
import { createToySuite } from "../toy-suite.ts";
import { currentGraph, layGraph } from "./lay.ts";
import { meshHash } from "./state-hash.ts";
import { allPairs, packetStretch, probe } from "./stretch.ts";
import type { LinkTraits, Trip } from "./types.ts";
import { MeshWorld } from "./world.ts";

const suite = createMemoSuite(createToySuite(createNodeSuite()));

function worldOf(graph: Graph, traits: Partial<LinkTraits> = {}, seed = 1): MeshWorld {
  const world = new MeshWorld({ seed, suite, size: graph.size });
  layGraph(world, graph, traits);
  return world;
}

function isComplete(world: MeshWorld): boolean {
  return world.places.every(({ reachable }) => reachable === world.places.length - 1);
}

/** Sends one packet and tells what became of it. */
function sendOne(world: MeshWorld, from: number, to: number, payload = probe(1)): Trip[] {
  const trips: Trip[] = [];
  world.events = {
    ...world.events,
    onDelivered: (place, _, trip) => {
      if (place === to) trips.push(trip);
    },
  };
  world.act(from, ({ router }) => router?.send(world.place(to).id, payload));
  return trips;
}

describe("a mesh world", () => {
  test("the same seed and calls end in the same state, another seed in another", () => {
    const story = (seed: number): string => {
      const graph = withDrawnCosts(gnmGraph(testRandom(seed), 30), testRandom(seed));
      const world = worldOf(graph, { loss: 0.1 }, seed);
      world.run(2_000);
      world.leave(3, 100);
      world.run(1_000);
      world.come(3);
      world.join(3, 9, { cost: 30 });
      packetStretch(world, allPairs(world), 3_000);
      return meshHash(world, suite);
    };
    const first = story(5);
    expect(story(5)).toBe(first);
    expect(story(6)).not.toBe(first);
  });

  test("everybody finds everybody, on exactly the shortest ways, at what links really cost", () => {
    const graph = withDrawnCosts(gnmGraph(testRandom(2), 40), testRandom(3));
    const world = worldOf(graph);
    expect(world.runUntil(() => isComplete(world), 10_000)).toBeLessThan(1_000);
    world.run(30_000);
    const { pairs, delivered, ratio } = packetStretch(world, allPairs(world));
    expect([pairs, delivered]).toEqual([40 * 39, 40 * 39]);
    expect([ratio.mean, ratio.max]).toEqual([1, 1]);
    expect(currentGraph(world).links).toHaveLength(graph.links.length);
    expect(world.linkCount()).toBe(graph.links.length);
  });

  test("a packet's trip adds up delays, costs and hops", () => {
    const world = worldOf(lineGraph(4), { cost: 7, delayMs: 20 });
    world.run(1_000);
    const trips = sendOne(world, 0, 3);
    world.run(59);
    expect(trips).toEqual([]);
    world.run(1);
    expect(trips).toEqual([{ from: 0, sentAtMs: 1_000, firstHop: 1, cost: 21, hops: 3 }]);
  });

  test("a slow link takes its time, queues, and refuses packets when the queue is too long", () => {
    const world = worldOf(lineGraph(2), { bitsPerSecond: 1_200, delayMs: 0 });
    world.run(60_000);
    const before = world.side(0, 1).carried.packetBytes;
    const trips = sendOne(world, 0, 1, new Uint8Array(102).fill(1));
    const sizeBytes = world.side(0, 1).carried.packetBytes - before;
    expect(sizeBytes).toBe(18 + 102 + 30);
    world.run(999);
    expect(trips).toHaveLength(0);
    world.run(1);
    expect(trips).toHaveLength(1);
    const answers: unknown[] = [];
    for (let count = 0; count < 10; count++) {
      world.act(0, ({ router }) => {
        answers.push(router?.send(world.place(1).id, new Uint8Array(102)));
      });
    }
    const accepted = LINK_QUEUE_MS_MAX / 1_000 + 1;
    expect(answers.filter((answer) => answer === true)).toHaveLength(accepted);
  });

  test("control bytes are counted with what frames add, and nothing is lost of them", () => {
    const calm = worldOf(lineGraph(5));
    calm.run(20_000);
    const lossy = worldOf(lineGraph(5), { loss: 0.5 });
    lossy.run(20_000);
    expect(isComplete(lossy)).toBe(true);
    const { controlBytes, controlMessages } = calm.carried();
    expect(controlBytes).toBeGreaterThan(controlMessages * CONTROL_FRAME_OVERHEAD_BYTES);
  });

  test("a cut loses packets until it is noticed, and nobody hears what was under way", () => {
    const world = worldOf(ringGraph(5));
    world.run(10_000);
    let lost = 0;
    world.events = { onLost: () => lost++ };
    world.cut(0, 1, 500);
    const trips = sendOne(world, 0, 1);
    world.run(499);
    expect([trips.length, lost]).toEqual([0, 1]);
    world.run(500);
    expect(sendOne(world, 0, 1)).toHaveLength(0);
    world.run(100);
    expect(isComplete(world)).toBe(true);
    world.join(0, 1, { cost: 1 });
    world.run(10_000);
    expect(packetStretch(world, allPairs(world)).ratio.max).toBe(1);
  });

  test("a relay that swallows passes nothing on, but receives and sends", () => {
    const world = worldOf(lineGraph(3));
    world.run(5_000);
    world.place(1).swallows = 1;
    const [far, near, own] = [
      [0, 2],
      [0, 1],
      [1, 2],
    ].map(([from = 0, to = 0]) => {
      const trips = sendOne(world, from, to);
      world.run(100);
      return trips;
    }) as [Trip[], Trip[], Trip[]];
    expect([far.length, near.length, own.length]).toEqual([0, 1, 1]);
  });

  test("who leaves is forgotten, and known again with a higher sequence number", () => {
    const world = worldOf(ringGraph(6));
    world.run(10_000);
    const before = world.router(2).ownRecord.seqno;
    world.leave(2, 100);
    world.run(30_000);
    expect(world.place(2).router).toBe(undefined);
    expect(() => world.router(2)).toThrow(SimulationError);
    expect(world.places.map(({ reachable }) => reachable)).toEqual([4, 4, 0, 4, 4, 4]);
    expect(world.place(0).reaches(2)).toBe(false);
    world.come(2);
    world.join(2, 3, { cost: 1 });
    world.run(30_000);
    expect(isComplete(world)).toBe(true);
    expect(world.router(2).ownRecord.seqno).toBeGreaterThan(before);
  });

  test("packets may move while time and control stand still", () => {
    const world = worldOf(ringGraph(6));
    world.run(10_000);
    const { controlMessages } = world.carried();
    const trips: Trip[] = [];
    world.packetsOnly(() => {
      world.cut(0, 1);
      trips.push(...sendOne(world, 0, 3));
    });
    const got = sendOne(world, 0, 3);
    expect([world.nowMs, got.length]).toEqual([10_000, 0]);
    const arrived = sendOne(world, 0, 2);
    world.run(10);
    expect(arrived).toHaveLength(1);
    expect(world.carried().controlMessages).toBeGreaterThan(controlMessages);
    expect(() => world.packetsOnly(() => world.packetsOnly(() => {}))).toThrow(SimulationError);
  });
});
