import { shuffled } from "../../src/simulation/dice.ts";
import { mend, partition } from "../../src/simulation/mesh/changes.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { LoopWatch } from "../../src/simulation/mesh/loops.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import { isWhole } from "./sim-cold.ts";
import { asked, generatedGraph, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 1_000;
/** Destinations whose next hops are followed after every step. */
const WATCHED = 32;
const APART_MS = 60_000;

/** 1,000 peers fall apart in two halves and come together again, with a look for loops at each step. */
export function mergeRows(full: boolean): BenchRow[] {
  const n = asked.n ?? PEERS;
  const suite = suiteFor(n);
  const graph = generatedGraph("community", n, asked.seed);
  const world = new MeshWorld({ seed: asked.seed, suite, size: n });
  const watched = shuffled(world.random.fork("watched"), n).slice(0, full ? n : WATCHED);
  const watch = new LoopWatch(world, watched);
  world.events.onStep = (place) => watch.step(place);
  layGraph(world, graph);
  const cold = world.runUntil(() => isWhole(world), 120_000);
  world.run(30_000);
  const across = partition(world, (place) => place < n / 2, 300);
  world.run(APART_MS);
  const apart = world.places.every(({ reachable }) => reachable < n - 1);
  mend(world, across);
  const mergedMs = world.runUntil(() => isWhole(world), 120_000);
  world.run(30_000);
  watch.stepAll();
  tell("partition and merge", world, suite);
  const note =
    `${n} peers in two halves for ${APART_MS / 1_000} s, ${across.length} links between them` +
    `${apart && cold !== undefined ? "" : ", but they never stood apart"}`;
  const looked = `${watch.followed} changed next hops to ${watched.length} destinations followed`;
  const found =
    watch.first === undefined ? looked : `${looked}; first ${JSON.stringify(watch.first)}`;
  const seconds = mergedMs === undefined || !apart ? null : mergedMs / 1_000;
  return [
    notedRow("routing.merge1000.s", seconds, "s", note, n < PEERS),
    notedRow("routing.merge1000.loops", watch.loops, "loops", `${note}; ${found}`, n < PEERS),
  ];
}
