import { existsSync, readFileSync } from "node:fs";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { topologyFromJson, withDrawnCosts } from "../../src/simulation/graph-costs.ts";
import {
  communityGraph,
  geometricGraph,
  gnmGraph,
  scaleFreeGraph,
} from "../../src/simulation/graph-models.ts";
import { type Graph, gridGraph } from "../../src/simulation/graphs.ts";
import { createMemoSuite } from "../../src/simulation/memo-suite.ts";
import { delayOf } from "../../src/simulation/mesh/lay.ts";
import { meshHash } from "../../src/simulation/mesh/state-hash.ts";
import type { MeshWorld } from "../../src/simulation/mesh/world.ts";
import { createToySuite } from "../../src/simulation/toy-suite.ts";
import { testRandom } from "../../src/testing/fixtures.ts";
import { type BenchRow, benchRow } from "../row.ts";

/** Peers above which the toy suite stands in for the real cryptography. */
const REAL_PEERS_MAX = 1_000;
/** Where measured networks lie, as seen from the repository. */
const TOPOLOGIES = "../shared/topologies";

/** The graphs that are drawn. */
export const GENERATED = ["random", "geometric", "grid", "scale-free", "community"] as const;
/** The graphs that were measured. */
export const MEASURED = ["freifunk-berlin", "freifunk-bremen", "freifunk-leipzig"] as const;

/** A generated graph by name, with drawn costs; the same seed gives the same one. */
export function generatedGraph(name: (typeof GENERATED)[number], n: number, seed: number): Graph {
  const random = testRandom(`graph ${name} ${n} ${seed}`);
  const graphs = {
    random: () => gnmGraph(random, n),
    geometric: () => geometricGraph(random, n),
    grid: () => gridGraph(n),
    "scale-free": () => scaleFreeGraph(random, n),
    community: () => communityGraph(random, n),
  };
  return withDrawnCosts(graphs[name](), random.fork("costs"));
}

/** A measured network by name; undefined where its file is not there. */
export function measuredGraph(name: (typeof MEASURED)[number]): Graph | undefined {
  const file = `${TOPOLOGIES}/${name}.json`;
  return existsSync(file) ? topologyFromJson(readFileSync(file, "utf8")) : undefined;
}

/** Cryptography for so many peers; signatures are checked once for all of them. */
export function suiteFor(n: number): CryptoSuite {
  const real = createNodeSuite();
  return createMemoSuite(n <= REAL_PEERS_MAX ? real : createToySuite(real));
}

/** Budgets of the scale law: B_v = B_l = ceil(sqrt(n ln n)). */
export function lawBudgets(n: number): {
  readonly vicinityMax: number;
  readonly landmarksMax: number;
} {
  const budget = Math.max(1, Math.ceil(Math.sqrt(n * Math.log(n))));
  return { vicinityMax: budget, landmarksMax: budget };
}

/** Milliseconds of CPU that something took, in this process. */
export function cpuMs(use: () => void): number {
  const before = process.cpuUsage();
  use();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Says on stderr what a run was and how it ended, so that it can be repeated. */
export function tell(what: string, world: MeshWorld, suite: CryptoSuite): void {
  const { seed, places, nowMs, executed } = world;
  const seconds = (nowMs / 1_000).toFixed(1);
  const hash = meshHash(world, suite).slice(0, 16);
  const memory = Math.round(process.memoryUsage.rss() / 1e6);
  console.error(
    `${what}: seed ${seed}, ${places.length} peers, ${seconds} virtual s, ${executed} events, ` +
      `${memory} MB, ends in ${hash}`,
  );
}

/** What the environment may ask for; undefined: everything, or the default. */
export interface Asked {
  readonly graphs: readonly string[] | undefined;
  readonly rows: readonly string[] | undefined;
  readonly n: number | undefined;
  readonly seed: number;
}

/** What the environment asks for: chosen graphs, groups of rows, numbers of peers, a seed. */
export const asked: Asked = {
  graphs: list("PEERNET_BENCH_GRAPHS"),
  rows: list("PEERNET_BENCH_ROWS"),
  n: number("PEERNET_BENCH_N"),
  seed: number("PEERNET_BENCH_SEED") ?? 1,
};

/**
 * Delay of a link by its cost, in ms: what the link room reckons, whose cost has 24 for the hop
 * itself in it; with PEERNET_BENCH_DELAYS=cost the round trip is the whole cost, so that who
 * chooses by round trip chooses by cost.
 */
export const delayOfCost: (cost: number) => number =
  process.env["PEERNET_BENCH_DELAYS"] === "cost" ? (cost) => cost / 2 : delayOf;

/** Whether a graph or a group of rows is asked for: all are where nothing is said. */
export function isAsked(what: "graphs" | "rows", name: string): boolean {
  return asked[what]?.includes(name) ?? true;
}

/** A row with a note, and the word for it where the scale is a reduced one. */
export function notedRow(
  id: string,
  value: number | null,
  unit: string,
  note: string,
  reduced = false,
): BenchRow {
  const words = reduced ? `${note}; reduced scale` : note;
  return { ...benchRow(id, value, unit), note: words, ...(reduced ? { reduced } : {}) };
}

function list(name: string): readonly string[] | undefined {
  return process.env[name]?.split(",").map((word) => word.trim());
}

function number(name: string): number | undefined {
  const value = Number(process.env[name]);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
