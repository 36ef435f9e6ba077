import { fitPower, predict } from "./scale-fit.ts";
import type { ScalePoint } from "./scale-points.ts";

/** One figure of a point that has a panel, a column and a law of its own. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly of: (point: ScalePoint) => number | null;
  /** What it cannot be below, whatever a law says. */
  readonly least?: number;
}

/** The figures of the scale law. */
export const MEASURES: readonly Measure[] = [
  { name: "entries per peer", unit: "", of: (point) => point.entriesMean },
  { name: "control bytes per link", unit: "B", of: (point) => point.bytesPerLink },
  {
    name: "session stretch, mean",
    unit: "",
    // Those who were not reached have no stretch, and would be missing from the mean.
    of: ({ delivered, pairs, stretchMean }) => (delivered < pairs ? null : stretchMean),
    least: 1,
  },
  { name: "CPU per peer, cold start", unit: "ms", of: (point) => point.cpuMsPerPeer },
];

const PANEL = { width: 420, height: 260, left: 64, top: 40, right: 16, bottom: 36 };
const COLOURS = ["#0b6e99", "#b5542b", "#4b7f32", "#7a4fa3", "#8a6d00"];

/** A chart of all measures by number of peers: real routers filled, reckoned on the graph hollow. */
export function chartOf(points: readonly ScalePoint[]): string {
  const graphs = [...new Set(points.map(({ graph }) => graph))];
  const panels = MEASURES.map((measure, index) => {
    const [x, y] = [(index % 2) * PANEL.width, Math.floor(index / 2) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${panel(points, graphs, measure)}</g>`;
  });
  const [width, height] = [2 * PANEL.width, 2 * PANEL.height + 30];
  const legend = graphs.map(
    (graph, at) =>
      `<text x="${20 + at * 150}" y="${height - 10}" fill="${colour(at)}">&#9679; ${graph}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    "<title>Entries, control bytes, stretch and CPU by number of peers</title>",
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels,
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}

function panel(points: readonly ScalePoint[], graphs: readonly string[], measure: Measure): string {
  const shown = points.flatMap((point) => {
    const value = measure.of(point);
    return value === null || !Number.isFinite(value) || value <= 0 ? [] : [{ point, value }];
  });
  const title = `<text x="${PANEL.left}" y="22" font-weight="bold">${measure.name}${measure.unit && ` (${measure.unit})`}</text>`;
  if (shown.length === 0) return `${title}<text x="${PANEL.left}" y="60">not measured</text>`;
  const across = scale(
    shown.map(({ point }) => point.n),
    [PANEL.left, PANEL.width - PANEL.right],
  );
  const up = scale(
    shown.map(({ value }) => value),
    [PANEL.height - PANEL.bottom, PANEL.top],
  );
  const marks = shown.map(({ point, value }) => {
    const fill = point.hash === null ? "none" : colour(graphs.indexOf(point.graph));
    const line = colour(graphs.indexOf(point.graph));
    const at = `cx="${across.at(point.n).toFixed(1)}" cy="${up.at(value).toFixed(1)}"`;
    return `<circle ${at} r="4" fill="${fill}" stroke="${line}"/>`;
  });
  return [title, axis(across, up), ...marks].join("\n");
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** A logarithmic scale over whole powers, of two where the values lie close together. */
function scale(values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const base = high / low > 30 ? 10 : high / low > 2 ? 2 : 1.01;
  const log = (value: number): number => Math.log(value) / Math.log(base);
  const [first, last] = [Math.floor(log(low) + 1e-9), Math.ceil(log(high) - 1e-9)];
  const span = Math.max(1, last - first);
  const step = Math.ceil(span / 8);
  const ticks = Array.from(
    { length: Math.floor(span / step) + 1 },
    (_, k) => base ** (first + k * step),
  );
  return { ticks, at: (value) => from + ((log(value) - first) / span) * (to - from) };
}

function axis(across: Scale, up: Scale): string {
  const [bottom, left] = [PANEL.height - PANEL.bottom, PANEL.left];
  const lines = up.ticks.map((tick) => {
    const y = up.at(tick).toFixed(1);
    return (
      `<line x1="${left}" y1="${y}" x2="${PANEL.width - PANEL.right}" y2="${y}" stroke="#dddddd"/>` +
      `<text x="${left - 6}" y="${y}" text-anchor="end" dominant-baseline="middle">${short(tick)}</text>`
    );
  });
  const names = across.ticks.map(
    (tick) =>
      `<text x="${across.at(tick).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${short(tick)}</text>`,
  );
  return [...lines, ...names].join("\n");
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "#000000";
}

function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 10_000) return `${(value / 1e3).toPrecision(3)}k`;
  return String(Number(value.toPrecision(3)));
}

/** The points as a table, and the fitted laws with what they predict. */
export function tableOf(points: readonly ScalePoint[]): string {
  const lines = [
    "| graph | peers | routers | B_v = B_l | entries mean / max | control bytes per link | stretch mean / max | sessions delivered | CPU ms per peer | final state |",
    "|---|---|---|---|---|---|---|---|---|---|",
    ...points.map(rowOf),
    "",
    "| graph | figure | law | at 10^6 | at 10^9 |",
    "|---|---|---|---|---|",
  ];
  for (const graph of new Set(points.map((point) => point.graph))) {
    for (const measure of MEASURES) {
      const law = lawOf(points, graph, measure);
      if (law !== undefined) lines.push(law);
    }
  }
  return lines.join("\n");
}

function rowOf(point: ScalePoint): string {
  const { graph, n, budget, entriesMean, entriesMax, bytesPerLink, cpuMsPerPeer, hash } = point;
  const whole = (value: number | null): string => (value === null ? "-" : value.toFixed(0));
  const cells = [
    graph,
    n,
    hash === null ? "reckoned" : "real",
    budget,
    `${entriesMean.toFixed(0)} / ${entriesMax.toFixed(0)}`,
    whole(bytesPerLink),
    `${point.stretchMean.toFixed(4)} / ${point.stretchMax.toFixed(2)}`,
    `${point.delivered} of ${point.pairs}`,
    cpuMsPerPeer === null ? "-" : cpuMsPerPeer.toFixed(1),
    hash === null ? "-" : hash.slice(0, 12),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Real routers alone make a law, since reckoned figures say what should be, not what is. */
function lawOf(
  points: readonly ScalePoint[],
  graph: string,
  { name, unit, of, least = 0 }: Measure,
): string | undefined {
  const measured = points
    .filter((point) => point.graph === graph && point.hash !== null)
    .map((point) => [point.n, of(point) ?? 0] as const);
  const fit = fitPower(measured);
  if (fit === undefined) return undefined;
  const law = `${fit.factor.toPrecision(3)} n^${fit.exponent.toFixed(3)}`;
  const far = [1e6, 1e9].map((n) => `${short(Math.max(least, predict(fit, n)))} ${unit}`.trim());
  return `| ${graph} | ${name} | ${law} | ${far.join(" | ")} |`;
}
