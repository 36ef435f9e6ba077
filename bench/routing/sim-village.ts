import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { allPairs, packetStretch } from "../../src/simulation/mesh/stretch.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import { asked, GENERATED, generatedGraph, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 200;

/** Everybody's packets to everybody in networks that fit every vicinity: the shortest way, exactly. */
export function villageRows(): BenchRow[] {
  let [worst, pairs, delivered, settledMs] = [0, 0, 0, 0];
  for (const name of GENERATED) {
    const suite = suiteFor(PEERS);
    const world = new MeshWorld({ seed: asked.seed, suite, size: PEERS });
    layGraph(world, generatedGraph(name, PEERS, asked.seed));
    settledMs = Math.max(settledMs, world.settle() ?? Number.POSITIVE_INFINITY);
    const stretch = packetStretch(world, allPairs(world));
    worst = Math.max(worst, stretch.ratio.max);
    pairs += stretch.pairs;
    delivered += stretch.delivered;
    tell(`village ${name}`, world, suite);
  }
  const value = delivered === pairs ? worst : null;
  const note =
    `all ${pairs} pairs of five graphs of ${PEERS} peers, ${delivered} delivered; the last routing ` +
    `message was sent after ${(settledMs / 1_000).toFixed(0)} s at the latest`;
  return [notedRow("routing.village.stretch.max", value, "ratio", note)];
}
