import {
  RADIO_BITS_PER_SECOND,
  RADIO_PLACES,
  type RadioScene,
  radioBytes,
  radioRoundMs,
  radioScene,
  switchOn,
} from "../../src/simulation/mesh/radio.ts";
import type { BenchRow } from "../row.ts";
import { asked, notedRow, suiteFor, tell } from "./sim-kit.ts";

const PEERS = 1_000;
const LEAF_BUDGET = 32;
/** Peers behind the link with routers of their own: one of them is wanted. */
const REAL = 6;
/** Until the leaf's table is full. */
const FILL_MS = 3_600_000;
const LOOKUP_MS_MAX = 60_000;
/** A round, and the filling of the leaf's table before, are given up after so long. */
const ROUND_MS_MAX = 48 * 3_600_000;
/** Between the first round and the next one everything comes to rest, and the budget fills up. */
const REST_MS = 3_600_000;
const CROWD =
  "gateway and leaf are real routers, the crowd behind has none: 16 neighbours of the gateway are written, in the real protocol with real records and chains";

/** A peer behind a radio modem of 1,200 bit/s, with 1,000 peers on the other side. */
export function radioRows(): BenchRow[] {
  const n = asked.n ?? PEERS;
  return [lookupRow(n), roundRow(n)];
}

/** How long it takes the leaf to reach somebody whom it does not know. */
function lookupRow(n: number): BenchRow {
  const suite = suiteFor(n + 1);
  const scene = radioScene({
    seed: asked.seed,
    suite,
    crowd: n,
    real: REAL,
    leafBudget: LEAF_BUDGET,
  });
  const { world } = scene;
  switchOn(scene);
  world.run(FILL_MS);
  const leaf = world.router(RADIO_PLACES.leaf);
  const wanted = scene.real.find((number) => leaf.route(world.place(number).id) === undefined);
  const known = leaf.routes().length;
  const note = `leaf with B_v = ${LEAF_BUDGET} that knows ${known} of ${n} peers; ${CROWD}; who is wanted has a real router, too`;
  if (wanted === undefined) return notedRow("routing.radio.lookup.s", null, "s", note);
  world.act(RADIO_PLACES.leaf, () => leaf.seek(world.place(wanted).id));
  const foundMs = world.runUntil(() => reachedOver(scene, wanted), LOOKUP_MS_MAX);
  tell("radio lookup", world, suite);
  const seconds = foundMs === undefined ? null : foundMs / 1_000;
  return notedRow("routing.radio.lookup.s", seconds, "s", note, n < PEERS);
}

/** Virtual hours until a new number of everybody has crossed the link, under routing's own budget. */
function roundRow(n: number): BenchRow {
  const suite = suiteFor(n + 1);
  const scene = radioScene({ seed: asked.seed, suite, crowd: n });
  const { world } = scene;
  const leaf = world.router(RADIO_PLACES.leaf);
  switchOn(scene);
  const firstMs = world.runUntil(() => leaf.routes().length === n, ROUND_MS_MAX, 10_000);
  const firstBytes = radioBytes(scene);
  world.run(REST_MS);
  const before = radioBytes(scene);
  const roundMs = radioRoundMs(scene, ROUND_MS_MAX);
  const sizeBytes = radioBytes(scene) - before;
  tell("radio round", world, suite);
  const note =
    `a new number of each of ${n - 1} origins has crossed to a leaf that knew ${leaf.routes().length}; ` +
    `${usage(sizeBytes, roundMs, n - 1)}; first round: ${hours(firstMs)}, ${usage(firstBytes, firstMs, n)}; ${CROWD}`;
  const value = roundMs === undefined ? null : roundMs / 3_600_000;
  return notedRow("routing.radio.round.h", value, "h", note, n < PEERS);
}

function hours(ms: number | undefined): string {
  return ms === undefined ? "no end" : `${(ms / 3_600_000).toFixed(2)} h`;
}

/** What was sent for each origin, and the part of the link's time that it took. */
function usage(sizeBytes: number, ms: number | undefined, origins: number): string {
  const airtime = (sizeBytes * 8_000) / RADIO_BITS_PER_SECOND / (ms ?? Number.NaN);
  return (
    `${(sizeBytes / origins).toFixed(1)} bytes per origin with frames and acknowledgements, both ways, ` +
    `which is ${(100 * airtime).toFixed(1)} % of the link`
  );
}

/** Whether the leaf can send to a peer and that peer can answer: a packet there, and one back. */
function reachedOver({ world }: RadioScene, wanted: number): boolean {
  const { leaf } = RADIO_PLACES;
  return world.place(leaf).reaches(wanted) && world.place(wanted).reaches(leaf);
}
