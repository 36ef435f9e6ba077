import { availableParallelism, loadavg } from "node:os";
import { whyNoNamespaces } from "../test/netns/lab.ts";
import { unknownRows } from "./groups.ts";
import { allocRows } from "./hotpath/alloc.ts";
import { callRows } from "./hotpath/call.ts";
import { chainRows } from "./hotpath/chain.ts";
import { fairnessRows } from "./hotpath/fairness.ts";
import { forwardRows } from "./hotpath/forward.ts";
import { impairRows } from "./hotpath/impair.ts";
import { lossRows } from "./hotpath/loss.ts";
import { memoryRows } from "./hotpath/memory.ts";
import { liveRole } from "./hotpath/roles.ts";
import { streamRows } from "./hotpath/streams.ts";
import { whyNoIperf } from "./hotpath/tools.ts";
import { type BenchOptions, type BenchRow, benchRow } from "./row.ts";
import { run as sessionRows } from "./sessions.ts";

liveRole();

/** Takes minutes: namespaces with rivals, one after the other in each round. */
export const slow = true;

interface Group {
  /** The name under which PEERNET_BENCH_ROWS chooses it. */
  readonly name: string;
  /** Whether it needs network namespaces and iperf3. */
  readonly isNetworked: boolean;
  readonly rows: (options: BenchOptions) => Promise<BenchRow[]>;
}

const GROUPS: readonly Group[] = [
  { name: "sessions", isNetworked: false, rows: sessionRows },
  { name: "chain", isNetworked: true, rows: chainRows },
  { name: "impair", isNetworked: true, rows: impairRows },
  { name: "loss", isNetworked: true, rows: lossRows },
  { name: "fair", isNetworked: true, rows: fairnessRows },
  { name: "call", isNetworked: true, rows: callRows },
  { name: "forward", isNetworked: true, rows: forwardRows },
  { name: "stream", isNetworked: false, rows: streamRows },
  { name: "memory", isNetworked: true, rows: memoryRows },
  { name: "alloc", isNetworked: false, rows: allocRows },
];

/**
 * What carries bytes, against others: throughput, latency, processor time and memory of ordinary
 * programs over the mesh, of streams, and on bad paths. PEERNET_BENCH_ROWS=chain,loss measures only
 * these groups (sessions, chain, impair, loss, fair, call, forward, stream, memory, alloc). A busy machine is
 * late itself, so rows tell its load.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const asked = process.env["PEERNET_BENCH_ROWS"]?.split(",");
  const known = GROUPS.map(({ name }) => name);
  const rows: BenchRow[] = unknownRows("hotpath", asked, known);
  for (const group of GROUPS.filter(({ name }) => asked?.includes(name) ?? true)) {
    rows.push(...(await rowsOf(group, options)));
  }
  return rows;
}

async function rowsOf(group: Group, options: BenchOptions): Promise<BenchRow[]> {
  const why = group.isNetworked ? (whyNoNamespaces() ?? whyNoIperf()) : undefined;
  const missing = (note: string): BenchRow[] => [
    { ...benchRow(`hotpath.${group.name}`, null, ""), note },
  ];
  if (why !== undefined) return missing(why);
  const found = await group.rows(options).catch((error: unknown) => {
    console.error(error);
    return missing(String(error));
  });
  const load = `load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`;
  return found.map((row) => ({
    ...row,
    note: row.note === undefined ? load : `${row.note}; ${load}`,
    ...(options.full ? {} : { reduced: true }),
  }));
}
