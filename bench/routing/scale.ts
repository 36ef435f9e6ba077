import { mkdirSync, writeFileSync } from "node:fs";
import type { BenchRow } from "../row.ts";
import { chartOf, MEASURES, tableOf } from "./scale-chart.ts";
import { fitPower } from "./scale-fit.ts";
import {
  abstractPoint,
  keepPoint,
  keptPoints,
  measuredPoint,
  type ScalePoint,
} from "./scale-points.ts";
import { asked, isAsked, notedRow } from "./sim-kit.ts";

const SIZES = [256, 1_024, 4_096];
const FULL_SIZES = [...SIZES, 16_384];
/** Too many for real routers in one process: state and stretch only, reckoned on the graph. */
const ABSTRACT_SIZES = [256, 1_024, 4_096, 16_384, 100_000];
/** The graph of the law; PEERNET_BENCH_GRAPHS chooses others. */
const GRAPHS = ["random", "geometric", "grid", "scale-free", "community"] as const;

/**
 * The scale law at budgets B_v = B_l = ceil(sqrt(n ln n)). Points are kept in .cache/scale, one
 * file each, so PEERNET_BENCH_N can add sizes one by one; with PEERNET_BENCH_WRITE=1 all that are
 * kept go into docs/SCALE.md and docs/images/scale.svg.
 */
export function scaleRows(full: boolean): BenchRow[] {
  for (const graph of GRAPHS) if (isChosen(graph)) makePoints(graph, full);
  const points = keptPoints();
  console.error(tableOf(points));
  if (process.env["PEERNET_BENCH_WRITE"] === "1") writeDocuments(points);
  return [...new Set(points.map(({ graph }) => graph))].flatMap((graph) => lawRows(points, graph));
}

function isChosen(graph: string): boolean {
  return asked.graphs === undefined ? graph === "random" : isAsked("graphs", graph);
}

function makePoints(graph: ScalePoint["graph"], full: boolean): void {
  const sizes = asked.n === undefined ? (full ? FULL_SIZES : SIZES) : [asked.n];
  if (isAsked("rows", "reckoned")) {
    for (const n of asked.n === undefined ? ABSTRACT_SIZES : sizes) {
      keepPoint(abstractPoint(graph, n, asked.seed));
    }
  }
  if (isAsked("rows", "real")) {
    for (const n of sizes) keepPoint(measuredPoint(graph, n, asked.seed));
  }
}

/** The exponents of one graph's laws as rows. */
function lawRows(points: readonly ScalePoint[], graph: string): BenchRow[] {
  const measured = points.filter((point) => point.graph === graph && point.hash !== null);
  const note = `fitted to ${measured.map(({ n }) => n).join(", ") || "no"} peers`;
  return MEASURES.map(({ name, of }) => {
    const fit = fitPower(measured.map((point) => [point.n, of(point) ?? 0] as const));
    const id = `scale.${graph}.${name.replace(/\W+/g, "-")}.exponent`;
    return notedRow(id, fit?.exponent ?? null, "", note);
  });
}

function writeDocuments(points: readonly ScalePoint[]): void {
  mkdirSync("docs/images", { recursive: true });
  writeFileSync("docs/images/scale.svg", chartOf(points));
  writeFileSync("docs/SCALE.md", `${HEAD}\n${tableOf(points)}\n`);
}

const HEAD = `# How routing scales

Written by \`PEERNET_BENCH_WRITE=1 npm run bench -- scale\` from the points in \`.cache/scale\`; do not edit.

All peers have the budgets of the scale law, B_v = B_l = ceil(sqrt(n ln n)). "Real" points run the product's own
routers and sessions in virtual time, all started cold at once: control bytes (with frames and acknowledgements, both
directions) and CPU are those of the first 60 virtual seconds; stretch is what session datagrams between 300 random
pairs really paid over the exact shortest way. "Reckoned" points are a calculation on the same graph without any
router: budgets for state, and for stretch the way that sessions would settle on. Mean degree is 8, costs are drawn
from the quantised scale. Laws are fitted to real points only, on the double logarithmic scale, and what they say
of sizes that nobody has run is a prediction, not a measurement.

![Entries, control bytes, stretch and CPU by number of peers](images/scale.svg)
`;
