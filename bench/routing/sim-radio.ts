import type { Graph } from "../../src/simulation/graphs.ts";
import { bumpSeqno } from "../../src/simulation/mesh/bump.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import { asked, generatedGraph, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 1_000;
const RADIO = { bitsPerSecond: 1_200, delayMs: 50 };
/** Cost of such a link to the link room, which measures a round trip of seconds. */
const RADIO_COST = 2_048;
const LEAF_BUDGET = 32;
const AIRTIME_SHARE = 0.02;

/** A peer behind a radio modem of 1,200 bit/s, with 1,000 peers on the other side. */
export function radioRows(): BenchRow[] {
  const n = asked.n ?? PEERS;
  return [lookupRow(n), roundRow(n)];
}

/** How long it takes the leaf to reach somebody whom it does not know. */
function lookupRow(n: number): BenchRow {
  const suite = suiteFor(n + 1);
  const graph = generatedGraph("random", n, asked.seed);
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

/** Hours that one more announcement of everybody takes at 2 % of the link, from its real bytes. */
function roundRow(n: number): BenchRow {
  const suite = suiteFor(n + 1);
  const graph = generatedGraph("random", n, asked.seed);
  // A leaf that wants to know everybody, over a link that lets it: the bytes are what is wanted.
  const world = leafWorld(graph, suite, n + 1, { delayMs: 5 });
  const leaf = world.router(n);
  const [before, known] = [leafBytes(world, n), leaf.routes().length];
  for (let place = 0; place < n; place++) {
    bumpSeqno(world, place);
    world.run(20);
  }
  world.run(60_000);
  const sizeBytes = leafBytes(world, n) - before;
  tell("radio round", world, suite);
  const hours = (sizeBytes * 8) / (RADIO.bitsPerSecond * AIRTIME_SHARE) / 3_600;
  const note =
    `${(sizeBytes / n).toFixed(1)} bytes per origin over the leaf's link for a new number of each of ` +
    `${known} origins, with frames and acknowledgements, at ${100 * AIRTIME_SHARE} %`;
  const value = known < n ? null : hours;
  return notedRow("routing.radio.round.h", value, "h", note, n < PEERS);
}

function leafWorld(
  graph: Graph,
  suite: ReturnType<typeof suiteFor>,
  leafBudget: number,
  link: { readonly bitsPerSecond?: number; readonly delayMs: number },
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
  world.run(link.bitsPerSecond === undefined ? 120_000 : 3_600_000);
  return world;
}

function leafBytes(world: MeshWorld, leaf: number): number {
  return world.side(0, leaf).carried.controlBytes + world.side(leaf, 0).carried.controlBytes;
}

/** Whether the leaf can send to a peer and that peer can answer: a packet there, and one back. */
function reachedOver(world: MeshWorld, leaf: number, wanted: number): boolean {
  return world.place(leaf).reaches(wanted) && world.place(wanted).reaches(leaf);
}
