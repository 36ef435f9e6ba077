import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { runSpam } from "../../src/simulation/strangers/run.ts";
import type { SpamOptions, SpamResult } from "../../src/simulation/strangers/types.ts";
import { type BenchRival, type BenchRow, benchRow } from "../row.ts";

/** What Ostra's authors measured with 1 % attackers: unwanted messages per user and week. */
const OSTRA_PUBLISHED = 0.22;
/** False identities with keys where their number is not what is varied. */
const SYBILS = 1_000;

/** How large the experiment of issue 6 is. */
export interface Scale {
  readonly size: number;
  readonly days: number;
  readonly seeds: readonly number[];
  readonly sybils: readonly number[];
  readonly edges: readonly number[];
}

const FULL: Scale = {
  size: 2_000,
  days: 112,
  seeds: [1, 2, 3],
  sybils: [0, 10, 1_000, 100_000],
  edges: [0, 10, 100, 400],
};
const REDUCED: Scale = { size: 300, days: 112, seeds: [1], sybils: [0, 1_000], edges: [0, 30] };

const suite = createNodeSuite();

/** How large the experiment is for a bench that was asked for everything, or not. */
export function scaleOf(full: boolean): Scale {
  return full ? FULL : REDUCED;
}

/** Runs the experiment once, and prints what came out. */
export function measure(scale: Scale, change: Partial<SpamOptions>): SpamResult {
  const options: SpamOptions = {
    graph: "holme-kim",
    seed: 1,
    size: scale.size,
    days: scale.days,
    sybils: SYBILS,
    attackEdges: scale.size / 10,
    strategy: "uniform",
    scheme: "peernet",
    ...change,
  };
  const before = process.cpuUsage();
  const result = runSpam(options, suite);
  const { user, system } = process.cpuUsage(before);
  const seconds = ((user + system) / 1_000_000).toFixed(1);
  console.error(JSON.stringify({ ...options, ...result, seconds }));
  return result;
}

/** What the rival that is written anew in this harness comes to. */
export function ostraRival(value: number): BenchRival {
  const note = `re-implemented in this harness with L = 3, d = 10 %; published: ${OSTRA_PUBLISHED} per user and week`;
  return { name: "ostra", value, note };
}

/** The largest of something that runs came to. */
export function most(results: readonly SpamResult[], of: (result: SpamResult) => number): number {
  return Math.max(...results.map(of));
}

/** The smallest of it. */
export function least(results: readonly SpamResult[], of: (result: SpamResult) => number): number {
  return Math.min(...results.map(of));
}

/** What was judged unwanted over the worst edge, as a share of what may be. */
export function ofBound(result: SpamResult): number {
  return result.worstEdgeJudged / result.boundPerEdge;
}

/** Rows of one group, with what all of them were measured on. */
export function noted(scale: Scale, runs: number, rows: readonly BenchRow[]): BenchRow[] {
  const note =
    `${runs} runs, ${scale.size} honest people, ${scale.days} days, up to ${Math.max(...scale.sybils)} sybils ` +
    `with keys and ${Math.max(...scale.edges, scale.size / 10)} attack edges; ways are found over the whole graph`;
  const isReduced = scale !== FULL;
  return rows.map((row) => ({
    ...row,
    note: row.note === undefined ? note : `${row.note}; ${note}`,
    ...(isReduced ? { reduced: true } : {}),
  }));
}

/** How soon honest requests are seen, in the worst run. */
export function legitRows(
  id: string,
  results: readonly SpamResult[],
  ostra?: SpamResult,
): BenchRow[] {
  const rivals = ostra === undefined ? [] : [ostraRival(100 * ostra.legitImmediate)];
  return [
    benchRow(`${id}.immediate`, 100 * least(results, (one) => one.legitImmediate), "%", rivals),
    benchRow(`${id}.day`, 100 * least(results, (one) => one.legitWithinDay), "%"),
  ];
}
