import { CHILD } from "./hotpath/role.ts";
import { runChild } from "./hotpath/stream-child.ts";
import { startStreamChain } from "./hotpath/stream-peer.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "./row.ts";

if (process.env[CHILD] === "stream") void runChild();

const BYTES = Number(process.env["PEERNET_BENCH_MB"] ?? 64) * (1 << 20);
const ROUNDS = Number(process.env["PEERNET_BENCH_ROUNDS"] ?? 3);

async function measure(hops: number, scheme: "udp" | "tcp"): Promise<BenchRow[]> {
  const peers = await startStreamChain(hops, scheme);
  const [first, last] = [peers[0], peers.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rates: number[] = [];
  const cpu: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await Promise.all(peers.map((peer) => peer.cpuUs()));
    rates.push(await first.sendTo(last, BYTES));
    const after = await Promise.all(peers.map((peer) => peer.cpuUs()));
    cpu.push(after.map((us, i) => (us - (before[i] ?? 0)) / (BYTES / 1e6)));
  }
  const relays = cpu.flatMap((of) => of.slice(1, -1));
  for (const peer of peers) peer.end();
  const name = `stream.${scheme}.hops${hops}`;
  return [
    benchRow(`${name}.MBps`, median(rates), "MB/s"),
    benchRow(`${name}.send.cpu`, median(cpu.map((of) => of[0] ?? 0)), "us/MB"),
    benchRow(`${name}.receive.cpu`, median(cpu.map((of) => of.at(-1) ?? 0)), "us/MB"),
    ...(hops > 1 ? [benchRow(`${name}.relay.cpu`, median(relays), "us/MB")] : []),
  ];
}

/** Bytes of one stream between processes on this machine, and the processor time they take. */
export async function run(_: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const scheme of ["udp", "tcp"] as const) {
    for (const hops of [1, 3]) rows.push(...(await measure(hops, scheme)));
  }
  return rows;
}
