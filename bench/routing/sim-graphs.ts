import type { Graph } from "../../src/simulation/graphs.ts";
import { layGraph } from "../../src/simulation/mesh/lay.ts";
import { drawPairs, SessionProbes, type Stretch } from "../../src/simulation/mesh/stretch.ts";
import { MeshWorld } from "../../src/simulation/mesh/world.ts";
import type { BenchRow } from "../row.ts";
import {
  asked,
  delayOfCost,
  GENERATED,
  generatedGraph,
  isAsked,
  lawBudgets,
  MEASURED,
  measuredGraph,
  notedRow,
  suiteFor,
  tell,
} from "./sim-kit.ts";

/** The scale that the goals speak of, and the default one. */
const PEERS = { full: 16_384, default: 1_024 };
const CHURN_SHARE = 0.05;
const PAIRS = 600;

/** Stretch and entries of all graphs at the budgets of the scale law, after 5 % churn. */
export function graphRows(full: boolean): BenchRow[] {
  const rows: BenchRow[] = [];
  const n = asked.n ?? (full ? PEERS.full : PEERS.default);
  for (const name of GENERATED) {
    if (!isAsked("graphs", name)) continue;
    rows.push(...rowsOf(name, generatedGraph(name, n, asked.seed), n < PEERS.full));
  }
  for (const name of MEASURED) {
    if (!isAsked("graphs", name)) continue;
    const graph = measuredGraph(name);
    rows.push(...(graph === undefined ? missingRows(name) : rowsOf(name, graph, false)));
  }
  return rows;
}

/** A world of a graph at the law's budgets that has started cold and lived through 5 % churn. */
export function churnedWorld(graph: Graph, probes: SessionProbes): MeshWorld {
  const suite = suiteFor(graph.size);
  const world = new MeshWorld({
    ...{ seed: asked.seed, suite, size: graph.size, onSession: probes.serve },
    router: () => lawBudgets(graph.size),
  });
  layGraph(world, graph, {}, delayOfCost);
  world.run(30_000);
  churn(world, graph);
  world.run(60_000);
  return world;
}

/** One peer in twenty leaves without a word and comes back five seconds later. */
function churn(world: MeshWorld, graph: Graph): void {
  const random = world.random.fork("churn");
  const leavers = Math.round(graph.size * CHURN_SHARE);
  for (let count = 0; count < leavers; count++) {
    const leaver = random.u32() % graph.size;
    world.after((count * 10_000) / leavers, () => world.leave(leaver, 300));
    world.after((count * 10_000) / leavers + 5_000, () => {
      if (world.place(leaver).router !== undefined) return;
      world.come(leaver);
      graph.links.forEach(([a, b], index) => {
        if (a !== leaver && b !== leaver) return;
        if (world.place(a === leaver ? b : a).router === undefined) return;
        const cost = graph.costs?.[index] ?? 1;
        world.join(a, b, { cost, delayMs: delayOfCost(cost) });
      });
    });
  }
  world.run(16_000);
}

function rowsOf(name: string, graph: Graph, reduced: boolean): BenchRow[] {
  const suite = suiteFor(graph.size);
  const probes = new SessionProbes();
  const world = churnedWorld(graph, probes);
  const pairs = drawPairs(world, world.random.fork("pairs"), PAIRS);
  const stretch = probes.measure(world, pairs);
  const excess = entriesExcess(world, graph.size);
  tell(`graph ${name}`, world, suite);
  const { vicinityMax } = lawBudgets(graph.size);
  const scale = `${graph.size} peers, B_v = B_l = ${vicinityMax}`;
  return [
    ...stretchRows(name, stretch, scale, reduced),
    notedRow(`routing.entries.${name}.excess`, excess, "entries", scale, reduced),
  ];
}

function stretchRows(name: string, stretch: Stretch, scale: string, reduced: boolean): BenchRow[] {
  const { pairs, delivered, ratio } = stretch;
  const note = `${scale}, ${delivered} of ${pairs} pairs delivered, mean ${ratio.mean.toFixed(4)}`;
  // Who was not delivered has no stretch, and no figure over the others may pass for one of all.
  const whole = (figure: number): number | null => (delivered < pairs ? null : figure);
  return (["mean", "p99", "max"] as const).map((key) =>
    notedRow(`routing.stretch.${name}.${key}`, whole(ratio[key]), "ratio", note, reduced),
  );
}

/** By how many entries the fullest table is above B_v + B_l + degree. */
export function entriesExcess(world: MeshWorld, n: number): number {
  const { vicinityMax, landmarksMax } = lawBudgets(n);
  let most = Number.NEGATIVE_INFINITY;
  for (const { router, sides } of world.places) {
    if (router === undefined) continue;
    const degree = [...sides.values()].filter(({ up }) => up).length;
    most = Math.max(most, router.stats().destinations - vicinityMax - landmarksMax - degree);
  }
  return most;
}

function missingRows(name: string): BenchRow[] {
  const note = "its file is not there";
  return [
    ...["mean", "p99", "max"].map((key) =>
      notedRow(`routing.stretch.${name}.${key}`, null, "ratio", note),
    ),
    notedRow(`routing.entries.${name}.excess`, null, "entries", note),
  ];
}
