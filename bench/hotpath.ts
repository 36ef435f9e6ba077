import { spawnSync } from "node:child_process";
import { whyNoNamespaces } from "../test/netns/lab.ts";
import {
  type Carrier,
  type ChainFigures,
  kernelCarrier,
  measureChain,
  peernetCarrier,
  rivalCarrier,
} from "./hotpath/netns-throughput.ts";
import { tinc, yggdrasil } from "./rivals/mesh.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "./row.ts";
import { run as sessionRows } from "./sessions.ts";

/** Takes minutes: chains of namespaces with rivals, one after the other in each round. */
export const slow = true;

const HOPS = [1, 2, 4] as const;
type Key = keyof ChainFigures;

/** Ordinary programs over the mesh: throughput, latency, processor time; against others. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const why = whyNotHere();
  const rows = await sessionRows(options);
  if (why !== undefined) return [{ ...benchRow("hotpath.chain", null, ""), note: why }, ...rows];
  const rounds = options.full ? 5 : 3;
  for (const hops of asked(HOPS)) rows.push(...(await chainRows(hops, rounds, options.full)));
  return rows;
}

function whyNotHere(): string | undefined {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  const { status } = spawnSync("iperf3", ["--version"], { stdio: "ignore" });
  return status === 0 ? undefined : "iperf3 is not installed (Debian package)";
}

function asked(hops: readonly number[]): readonly number[] {
  const words = process.env["PEERNET_BENCH_HOPS"]?.split(",").map(Number);
  return words === undefined ? hops : hops.filter((one) => words.includes(one));
}

async function chainRows(hops: number, rounds: number, full: boolean): Promise<BenchRow[]> {
  const others = [yggdrasil(), tinc()].filter(({ version }) => version !== null);
  const carriers = [peernetCarrier(), kernelCarrier(), ...others.map(rivalCarrier)];
  const found = new Map<string, ChainFigures[]>();
  for (let round = 0; round < rounds; round++) {
    for (const carrier of carriers) await measure(carrier, hops, full, found);
  }
  const middle = (name: string, key: Key): number | null =>
    median((found.get(name) ?? []).map((figures) => figures[key]));
  const rivalsOf = (key: Key): readonly BenchRival[] =>
    ["yggdrasil", "tinc", "kernel"].map((name) => ({ name, value: middle(name, key) }));
  const ratio = (key: Key, rival: string): number | null => {
    const [ours, theirs] = [middle("peernet", key), middle(rival, key)];
    return ours === null || theirs === null || theirs === 0 ? null : ours / theirs;
  };
  const at = `hotpath.hops${hops}`;
  const note = `middle of ${rounds} interleaved rounds`;
  const noted = (row: BenchRow): BenchRow => ({ ...row, note, ...(full ? {} : { reduced: true }) });
  const perHop = (value: number | null): number | null => (value === null ? null : value / hops);
  const pingsOfRivals = rivalsOf("pingMs").map((one) => ({ ...one, value: perHop(one.value) }));
  return [
    benchRow(`${at}.tcp.Mbps`, middle("peernet", "tcpMbps"), "Mbit/s", rivalsOf("tcpMbps")),
    benchRow(`${at}.tcp.over-yggdrasil`, ratio("tcpMbps", "yggdrasil"), "x"),
    benchRow(`${at}.tcp.over-kernel`, ratio("tcpMbps", "kernel"), "x"),
    benchRow(`${at}.ping.per-hop.ms`, perHop(middle("peernet", "pingMs")), "ms", pingsOfRivals),
    benchRow(`${at}.cpu.over-yggdrasil`, ratio("cpuSecondsPerGB", "yggdrasil"), "x"),
    benchRow(
      `${at}.udp1200.kpps`,
      inThousands(middle("peernet", "udpPacketsPerSecond")),
      "kpps",
      rivalsOf("udpPacketsPerSecond").map((one) => ({ ...one, value: inThousands(one.value) })),
    ),
    benchRow(`${at}.rss.MB`, middle("peernet", "rssMB"), "MB", rivalsOf("rssMB")),
    benchRow(`${at}.udp1200.over-yggdrasil`, ratio("udpPacketsPerSecond", "yggdrasil"), "x"),
  ].map(noted);
}

function inThousands(value: number | null): number | null {
  return value === null ? null : value / 1_000;
}

async function measure(
  carrier: Carrier,
  hops: number,
  full: boolean,
  found: Map<string, ChainFigures[]>,
): Promise<void> {
  const figures = await measureChain(carrier, hops, full ? 10 : 4);
  if (figures === null) return;
  const { tcpMbps, pingMs, cpuSecondsPerGB, udpPacketsPerSecond, rssMB } = figures;
  console.error(
    `${carrier.name}, ${hops} hops: ${tcpMbps.toFixed(0)} Mbit/s, ping ${pingMs.toFixed(2)} ms, ` +
      `${cpuSecondsPerGB.toFixed(1)} s of CPU per GB, ${udpPacketsPerSecond.toFixed(0)} UDP packets/s, ` +
      `${rssMB.toFixed(0)} MB`,
  );
  found.set(carrier.name, [...(found.get(carrier.name) ?? []), figures]);
}
