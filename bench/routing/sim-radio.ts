import { withDrawnCosts } from "../../src/simulation/graph-costs.ts";
import { type Graph, treeGraph } from "../../src/simulation/graphs.ts";
import { bumpSeqno } from "../../src/simulation/mesh/bump.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import { testRandom } from "../../src/testing/fixtures.ts";
import type { BenchRow } from "../row.ts";
import { asked, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 1_000;
const RADIO = { bitsPerSecond: 1_200, delayMs: 50 };
/** Cost of such a link to the link room, which measures a round trip of seconds. */
const RADIO_COST = 2_048;
const LEAF_BUDGET = 32;
/** A round is over when nothing has been sent for so long, and given up after so long. */
const QUIET_MS = 600_000;
const ROUND_MS_MAX = 48 * 3_600_000;

/** A peer behind a radio modem of 1,200 bit/s, with 1,000 peers on the other side. */
export function radioRows(): BenchRow[] {
  const n = asked.n ?? PEERS;
  return [lookupRow(n), roundRow(n)];
}

/** How long it takes the leaf to reach somebody whom it does not know. */
function lookupRow(n: number): BenchRow {
  const suite = suiteFor(n + 1);
  const graph = behindTheLink(n);
  const world = leafWorld(graph, suite, LEAF_BUDGET, RADIO);
  const leaf = world.router(n);
  const wanted = world.places.filter(({ number, id }) => number < n && !leaf.route(id)).at(-1);
  const known = leaf.routes().length;
  const note = `leaf with B_v = ${LEAF_BUDGET} that knows ${known} of ${n} peers`;
  if (wanted === undefined) return notedRow("routing.radio.lookup.s", null, "s", note);
  const startMs = world.nowMs;
  world.act(n, () => leaf.seek(wanted.id));
  const foundMs = world.runUntil(() => reachedOver(world, n, wanted.number), 60_000);
  tell("radio lookup", world, suite);
  const seconds = foundMs === undefined ? null : foundMs / 1_000;
  const settled = `after ${(startMs / 3_600_000).toFixed(1)} h`;
  return notedRow("routing.radio.lookup.s", seconds, "s", `${note} ${settled}`, n < PEERS);
}

/** Virtual hours until a new number of everybody has crossed the link, under routing's own budget. */
function roundRow(n: number): BenchRow {
  const suite = suiteFor(n + 1);
  const graph = behindTheLink(n);
  const world = leafWorld(graph, suite, n + 1, RADIO);
  const leaf = world.router(n);
  const firstMs = world.settle(QUIET_MS, ROUND_MS_MAX);
  const [before, known] = [leafBytes(world, n), leaf.routes().length];
  for (let place = 0; place < n; place++) {
    bumpSeqno(world, place);
    world.run(20);
  }
  const roundMs = world.settle(QUIET_MS, ROUND_MS_MAX);
  const sizeBytes = leafBytes(world, n) - before;
  tell("radio round", world, suite);
  const hours = (ms: number | undefined): string =>
    ms === undefined ? "no end" : `${(ms / 3_600_000).toFixed(2)} h`;
  const airtime = (sizeBytes * 8_000) / RADIO.bitsPerSecond / (roundMs ?? Number.NaN);
  const note =
    `a new number of each of ${n} origins, of which the leaf knew ${known} (first round: ` +
    `${hours(firstMs)}); ${(sizeBytes / n).toFixed(1)} bytes per origin with frames and ` +
    `acknowledgements, both ways, which is ${(100 * airtime).toFixed(1)} % of the link`;
  const value = known < n || roundMs === undefined ? null : roundMs / 3_600_000;
  return notedRow("routing.radio.round.h", value, "h", note, n < PEERS);
}

/** What is behind the link is all the same to it: a sparse mesh is enough, and cheap. */
function behindTheLink(n: number): Graph {
  const random = testRandom(`behind the radio ${n} ${asked.seed}`);
  return withDrawnCosts(treeGraph(random, n, Math.ceil(n / 10)), random.fork("costs"));
}

function leafWorld(
  graph: Graph,
  suite: ReturnType<typeof suiteFor>,
  leafBudget: number,
  link: { readonly bitsPerSecond: number; readonly delayMs: number },
): MeshWorld {
  const leaf = graph.size;
  const world = new MeshWorld({
    ...{ seed: asked.seed, suite, size: leaf + 1 },
    router: (place) =>
      place === leaf ? { vicinityMax: leafBudget, landmarksMax: leafBudget } : {},
  });
  layGraph(world, graph);
  world.run(60_000);
  world.join(0, leaf, { ...link, cost: RADIO_COST });
  world.run(3_600_000);
  return world;
}

function leafBytes(world: MeshWorld, leaf: number): number {
  return world.side(0, leaf).carried.controlBytes + world.side(leaf, 0).carried.controlBytes;
}

/** Whether the leaf can send to a peer and that peer can answer: a packet there, and one back. */
function reachedOver(world: MeshWorld, leaf: number, wanted: number): boolean {
  return world.place(leaf).reaches(wanted) && world.place(wanted).reaches(leaf);
}
