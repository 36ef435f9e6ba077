import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { abstractStretch } from "../../src/simulation/abstract-stretch.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { meshHash } from "../../src/simulation/mesh/state-hash.ts";
import { drawPairs, SessionProbes } from "../../src/simulation/mesh/stretch.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import { testRandom } from "../../src/testing/fixtures.ts";
import {
  cpuMs,
  delayOfCost,
  type GENERATED,
  generatedGraph,
  lawBudgets,
  suiteFor,
  tell,
} from "./sim-kit.ts";

/** Where points are kept, so that long runs can be made one by one. */
const CACHE = ".cache/scale/";
const PAIRS = 300;
const ABSTRACT_PAIRS = 200;

/** What one size of one graph came to. */
export interface ScalePoint {
  readonly graph: (typeof GENERATED)[number];
  readonly n: number;
  readonly seed: number;
  /** B_v, and B_l as well. */
  readonly budget: number;
  readonly entriesMean: number;
  readonly entriesMax: number;
  readonly stretchMean: number;
  readonly stretchMax: number;
  readonly pairs: number;
  readonly delivered: number;
  /** Control bytes of a cold start per link, both ways; null where no router ran. */
  readonly bytesPerLink: number | null;
  /** CPU of a cold start per peer; null where no router ran. */
  readonly cpuMsPerPeer: number | null;
  /** Final state of the run; null where no router ran. */
  readonly hash: string | null;
}

/** Real routers and sessions: a cold start at the law's budgets, then sessions between random pairs. */
export function measuredPoint(graph: ScalePoint["graph"], n: number, seed: number): ScalePoint {
  const suite = suiteFor(n);
  const drawn = generatedGraph(graph, n, seed);
  const probes = new SessionProbes();
  const budgets = lawBudgets(n);
  const world = new MeshWorld({
    ...{ seed, suite, size: n, onSession: probes.serve },
    router: () => budgets,
  });
  const usedMs = cpuMs(() => {
    layGraph(world, drawn, {}, delayOfCost);
    world.run(60_000);
  });
  const bytesPerLink = world.carried().controlBytes / drawn.links.length;
  const entries = world.places.map(({ router }) => router?.stats().destinations ?? 0);
  const pairs = drawPairs(world, world.random.fork("pairs"), PAIRS);
  const stretch = probes.measure(world, pairs);
  tell(`scale ${graph}`, world, suite);
  return {
    ...{ graph, n, seed, budget: budgets.vicinityMax, bytesPerLink },
    entriesMean: entries.reduce((sum, count) => sum + count, 0) / n,
    entriesMax: entries.reduce((most, count) => Math.max(most, count), 0),
    stretchMean: stretch.ratio.mean,
    stretchMax: stretch.ratio.max,
    pairs: stretch.pairs,
    delivered: stretch.delivered,
    cpuMsPerPeer: usedMs / n,
    hash: meshHash(world, suite),
  };
}

/** The same sizes reckoned on the graph alone. */
export function abstractPoint(graph: ScalePoint["graph"], n: number, seed: number): ScalePoint {
  const budgets = lawBudgets(n);
  const { entriesMean, entriesMax, session } = abstractStretch(generatedGraph(graph, n, seed), {
    ...{ random: testRandom(`abstract ${graph} ${n} ${seed}`), ...budgets, pairs: ABSTRACT_PAIRS },
  });
  return {
    ...{ graph, n, seed, budget: budgets.vicinityMax, entriesMean, entriesMax },
    ...{ stretchMean: session.mean, stretchMax: session.max },
    ...{ pairs: session.count, delivered: session.count },
    ...{ bytesPerLink: null, cpuMsPerPeer: null, hash: null },
  };
}

/** Keeps a point for later runs and for the documents. */
export function keepPoint(point: ScalePoint): void {
  mkdirSync(CACHE, { recursive: true });
  const kind = point.hash === null ? "abstract" : "measured";
  const name = `${point.graph}-${String(point.n).padStart(7, "0")}-${kind}.json`;
  writeFileSync(`${CACHE}${name}`, `${JSON.stringify(point, null, 2)}\n`);
}

/** All points kept so far, by graph, kind and size. */
export function keptPoints(): ScalePoint[] {
  if (!existsSync(CACHE)) return [];
  return readdirSync(CACHE)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(`${CACHE}${name}`, "utf8")) as ScalePoint);
}
