import type { Graph } from "../../src/simulation/graphs.ts";
import { backupCoverage } from "../../src/simulation/mesh/backup.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import {
  asked,
  GENERATED,
  generatedGraph,
  isAsked,
  MEASURED,
  measuredGraph,
  notedRow,
  suiteFor,
  tell,
} from "./sim-kit.ts";

const PEERS = 256;
const SAMPLE = { placesMax: 24, destinationsMax: 40 };

/**
 * How often a packet arrives that is sent right after its next hop fell silent, before any routing
 * message: peers with the default budgets, settled, on generated graphs and community meshes.
 */
export function backupRows(): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const name of GENERATED) {
    if (!isAsked("graphs", name)) continue;
    rows.push(rowOf(name, generatedGraph(name, asked.n ?? PEERS, asked.seed)));
  }
  for (const name of MEASURED) {
    if (!isAsked("graphs", name)) continue;
    const graph = measuredGraph(name);
    rows.push(graph === undefined ? missingRow(name) : rowOf(name, graph));
  }
  return rows;
}

function rowOf(name: string, graph: Graph): BenchRow {
  const suite = suiteFor(graph.size);
  const world = new MeshWorld({ seed: asked.seed, suite, size: graph.size });
  layGraph(world, graph);
  world.settle();
  const { arrived, pairs, unreached } = backupCoverage(world, {
    ...{ random: world.random.fork("backup"), ...SAMPLE, failure: "link" },
  });
  tell(`backup ${name}`, world, suite);
  const share = pairs === 0 || unreached > 0 ? null : (100 * arrived) / pairs;
  const note = `${graph.size} peers, ${arrived} of ${pairs} packets with a second way arrived`;
  return notedRow(`routing.backup.${name}.percent`, share, "%", note);
}

function missingRow(name: string): BenchRow {
  return notedRow(`routing.backup.${name}.percent`, null, "%", "its file is not there");
}
