import type { Random } from "../ports/random.ts";
import { SimulationError } from "./errors.ts";
import { type Graph, graphFromLinks, reachableFrom } from "./graphs.ts";

/** Largest cost of a link (see the link room). */
const COST_MAX = 4_095;
/** Round trips that drawn links have: from a cable to a satellite, evenly on the log scale. */
const ROUND_TRIP_MS = { least: 1, most: 300 };
/** What is assumed of the links of measured networks, whose files tell their kind only. */
const KIND_ROUND_TRIP_MS: Readonly<Record<string, number>> = { wifi: 4, vpn: 30, other: 1 };

/**
 * Cost of a link as the link room reckons it: (24 + round trip in ms) / delivery ratio, rounded to
 * the nearest 2^(k/8), 1 … 4095.
 */
export function linkCost(roundTripMs: number, deliveryRatio: number): number {
  const raw = (24 + roundTripMs) / Math.max(deliveryRatio, 0.01);
  return Math.max(1, Math.min(COST_MAX, Math.round(2 ** (Math.round(Math.log2(raw) * 8) / 8))));
}

/** The graph with a cost for each link, drawn from the quantised scale of round trips of 1 … 300 ms. */
export function withDrawnCosts(graph: Graph, random: Random): Graph {
  const span = Math.log(ROUND_TRIP_MS.most / ROUND_TRIP_MS.least);
  const costs = Uint16Array.from(graph.links, () =>
    linkCost(ROUND_TRIP_MS.least * Math.exp((random.u32() / 2 ** 32) * span), 1),
  );
  return { ...graph, costs };
}

/**
 * A measured network from the text of its file: JSON with name, nodes and links [a, b, quality
 * 0 … 1, kind]. Its largest part that hangs together, places numbered anew.
 * @throws SimulationError("bad-plan") where the text is none
 */
export function topologyFromJson(text: string): Graph {
  const { name, nodes, links } = parseTopology(text);
  const whole = graphFromLinks({ name, nodes, links });
  const quality = new Map(links.map(([a, b, ...rest]) => [pairKey(a, b), rest]));
  const chosen = largestPart(whole);
  const number = new Map([...chosen].sort((a, b) => a - b).map((place, at) => [place, at]));
  const kept = whole.links.filter(([a]) => chosen.has(a));
  return {
    name,
    size: number.size,
    links: kept.map(([a, b]) => [number.get(a) ?? 0, number.get(b) ?? 0] as const),
    costs: Uint16Array.from(kept, ([a, b]) => {
      const [ratio, kind] = quality.get(pairKey(a, b)) ?? [];
      return linkCost(KIND_ROUND_TRIP_MS[String(kind)] ?? 1, typeof ratio === "number" ? ratio : 1);
    }),
  };
}

interface Topology {
  readonly name: string;
  readonly nodes: number;
  readonly links: readonly (readonly unknown[])[];
}

function parseTopology(text: string): Topology {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new SimulationError("bad-plan", "A topology file is no JSON.", { cause: error });
  }
  if (isTopology(parsed)) return parsed;
  throw new SimulationError("bad-plan", "A topology file lacks name, nodes or links.");
}

function isTopology(value: unknown): value is Topology {
  if (typeof value !== "object" || value === null) return false;
  if (!("name" in value && "nodes" in value && "links" in value)) return false;
  const { name, nodes, links } = value;
  if (typeof name !== "string" || !Number.isSafeInteger(nodes)) return false;
  return Array.isArray(links) && links.every((link) => Array.isArray(link));
}

function pairKey(a: unknown, b: unknown): string {
  return Number(a) < Number(b) ? `${a}-${b}` : `${b}-${a}`;
}

function largestPart(graph: Graph): ReadonlySet<number> {
  let largest: ReadonlySet<number> = new Set();
  const seen = new Set<number>();
  for (let place = 0; place < graph.size; place++) {
    if (seen.has(place)) continue;
    const part = reachableFrom(graph, place, () => true);
    for (const at of part) seen.add(at);
    if (part.size > largest.size) largest = part;
  }
  return largest;
}
