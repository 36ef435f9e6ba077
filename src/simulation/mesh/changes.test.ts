import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { communityGraph } from "../graph-models.ts";
import { lineGraph } from "../graphs.ts";
import { createMemoSuite } from "../memo-suite.ts";
import { createToySuite } from "../toy-suite.ts";
import { bumpSeqno } from "./bump.ts";
import { isolate, mend, moveTo, partition } from "./changes.ts";
import { currentGraph, layGraph } from "./lay.ts";
import { LoopWatch } from "./loops.ts";
import { allPairs, packetStretch } from "./stretch.ts";
import { MeshWorld } from "./world.ts";

const suite = createMemoSuite(createToySuite(createNodeSuite()));
const TRAITS = { cost: 10, delayMs: 3 };

function reached(world: MeshWorld): number[] {
  return world.places.map(({ reachable }) => reachable);
}

test("halves that fall apart lose each other, and find each other again without a loop", () => {
  const world = new MeshWorld({ seed: 1, suite, size: 24 });
  const watch = new LoopWatch(world, [0, 7, 13, 23]);
  world.events.onStep = (place) => watch.step(place);
  layGraph(world, communityGraph(testRandom(8), 24), TRAITS);
  world.run(20_000);
  const before = currentGraph(world);
  const links = partition(world, (place) => place < 12, 200);
  expect(links.length).toBeGreaterThan(2);
  world.run(40_000);
  expect(reached(world)).toEqual(Array(24).fill(11));
  mend(world, links);
  expect(world.runUntil(() => reached(world).every((count) => count === 23), 10_000)).toBeDefined();
  expect(watch.loops).toBe(0);
  const after = currentGraph(world);
  const sorted = (list: typeof before.links): string[] => list.map(String).sort();
  expect(sorted(after.links)).toEqual(sorted(before.links));
});

test("a peer that moves is found where it went", () => {
  const world = new MeshWorld({ seed: 2, suite, size: 8 });
  layGraph(world, lineGraph(8), TRAITS);
  world.run(10_000);
  moveTo(world, 0, [6, 7], TRAITS, 300);
  world.run(30_000);
  expect(reached(world)).toEqual(Array(8).fill(7));
  expect(world.router(7).nextHop(world.place(0).id)).toBe(world.place(0).id);
  expect(packetStretch(world, allPairs(world)).ratio.max).toBe(1);
  moveTo(world, 0, [7, 2], TRAITS);
  expect(currentGraph(world).links.filter(([a]) => a === 0)).toEqual([
    [0, 7],
    [0, 2],
  ]);
  isolate(world, 0);
  world.run(40_000);
  expect(reached(world)[0]).toBe(0);
});

test("a new sequence number is taken without a new record, and only now and then", () => {
  const world = new MeshWorld({ seed: 3, suite, size: 3 });
  layGraph(world, lineGraph(3), TRAITS);
  world.run(10_000);
  const record = world.router(0).ownRecord;
  const before = world.carried().controlBytes;
  bumpSeqno(world, 0);
  expect(world.router(0).stats().seqnoBumps).toBe(1);
  expect(world.router(0).ownRecord).toBe(record);
  expect(() => bumpSeqno(world, 0)).toThrow("takes no new sequence number");
  world.run(5_000);
  bumpSeqno(world, 0);
  // The one that came too early was taken when it was time.
  expect(world.router(0).stats().seqnoBumps).toBe(3);
  world.run(5_000);
  expect(world.carried().controlBytes).toBeGreaterThan(before);
});
