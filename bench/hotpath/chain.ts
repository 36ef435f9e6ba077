import type { Lab } from "../../test/netns/lab.ts";
import { tinc, yggdrasil } from "../rivals/mesh.ts";
import { wireguard } from "../rivals/wireguard.ts";
import { chainOf, inLab, pause } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { type Carrier, kernelCarrier, peernetCarrier, rivalCarrier } from "./carriers.ts";
import {
  cpuSeconds,
  iperf,
  pings,
  receivedMbps,
  residentMB,
  serveIperf,
  UDP_APP_PORT,
  udpRate,
} from "./tools.ts";
import { segmentedUdpRate } from "./udp-app.ts";

const HOPS = [1, 2, 4] as const;
/** What five daemons on two cores carry still grows for so long. */
const WARM_SECONDS = 30;
/** The same of single packets. */
const WARM_UDP_SECONDS = 6;

/** What one chain of hosts came to. */
interface ChainFigures {
  /** Received by the far end over one TCP connection, in Mbit/s. */
  readonly tcpMbps: number;
  /** Middle round trip of small pings while nothing else goes on, in ms. */
  readonly pingMs: number;
  /** Processor time of all daemons for one gigabyte received, in seconds. */
  readonly cpuSecondsPerGB: number;
  /** UDP packets of 1,200 bytes received per second, offered far more. */
  readonly udpPacketsPerSecond: number;
  /** The same of a program that sends many packets with one call, as those of HTTP/3 do. */
  readonly segmentedPerSecond: number;
  /** Resident memory of the largest daemon right after that, in MB; NaN where there is none. */
  readonly rssMB: number;
}

type Key = keyof ChainFigures;

/** What all carriers came to over so many hops, in all rounds. */
class Found {
  readonly #figures = new Map<string, ChainFigures[]>();

  add(name: string, figures: ChainFigures): void {
    this.#figures.set(name, [...(this.#figures.get(name) ?? []), figures]);
  }

  /** The middle of all rounds. */
  middle(name: string, key: Key): number | null {
    return median((this.#figures.get(name) ?? []).map((figures) => figures[key]));
  }

  /** How many times a rival's figure ours is. */
  ratio(key: Key, rival: string): number | null {
    const [ours, theirs] = [this.middle("peernet", key), this.middle(rival, key)];
    return ours === null || theirs === null || theirs === 0 ? null : ours / theirs;
  }
}

/** TCP, UDP, ping, processor time and memory over chains; PEERNET_BENCH_HOPS=1,4 measures fewer. */
export async function chainRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const words = process.env["PEERNET_BENCH_HOPS"]?.split(",").map(Number);
  const rounds = full ? 5 : 3;
  const chains: Chain[] = [];
  for (const hops of HOPS.filter((one) => words?.includes(one) ?? true)) {
    chains.push(await measureChain(hops, rounds, full));
  }
  const note = `middle of ${rounds} interleaved rounds`;
  const rows = [...chains.flatMap(rowsOf), ...addedRows(chains)];
  return rows.map((row) => ({ ...row, note }));
}

/** What each hop more adds to a round trip: of the longest chain over the shortest one, as in the figures of rivals. */
function addedRows(chains: readonly Chain[]): BenchRow[] {
  const [short, long] = [chains[0], chains.at(-1)];
  if (short === undefined || long === undefined || short === long) return [];
  const added = (name: string): number | null => {
    const [from, to] = [short, long].map(({ found }) => found.middle(name, "pingMs"));
    return from == null || to == null ? null : (to - from) / (long.hops - short.hops);
  };
  const rivals = long.rivals.map(({ name, note }) => ({ name, value: added(name), note }));
  return [benchRow("hotpath.ping.added-per-hop.ms", added("peernet"), "ms", rivals)];
}

/** All carriers over one number of hops. */
interface Chain {
  readonly hops: number;
  readonly found: Found;
  readonly rivals: readonly { readonly name: string; readonly note: string }[];
}

async function measureChain(hops: number, rounds: number, full: boolean): Promise<Chain> {
  const rivals = [yggdrasil(), tinc(), ...(hops === 1 ? [wireguard()] : [])];
  const there = rivals.filter(({ version }) => version !== null);
  const carriers = [peernetCarrier(), kernelCarrier(), ...there.map(rivalCarrier)];
  const found = new Found();
  for (let round = 0; round < rounds; round++) {
    for (const carrier of carriers) await measure(carrier, hops, full ? 10 : 4, found);
  }
  const kernel = { name: "kernel", note: "routing of the kernel, nothing encrypted" };
  const named = rivals.map(({ name, version }) => ({
    name,
    note: version ?? "not to be had here",
  }));
  return { hops, found, rivals: [...named, kernel] };
}

function rowsOf({ hops, found, rivals }: Chain): BenchRow[] {
  const rivalsOf = (key: Key, scale = 1): readonly BenchRival[] =>
    rivals.map(({ name, note }) => ({ name, value: scaled(found.middle(name, key), scale), note }));
  const daemonsOf = (key: Key): readonly BenchRival[] =>
    rivalsOf(key).filter(({ name }) => name !== "kernel");
  const ours = (key: Key, scale = 1): number | null => scaled(found.middle("peernet", key), scale);
  const at = `hotpath.hops${hops}`;
  return [
    benchRow(`${at}.tcp.Mbps`, ours("tcpMbps"), "Mbit/s", rivalsOf("tcpMbps")),
    benchRow(`${at}.tcp.over-yggdrasil`, found.ratio("tcpMbps", "yggdrasil"), "x"),
    benchRow(`${at}.tcp.over-kernel`, found.ratio("tcpMbps", "kernel"), "x"),
    benchRow(`${at}.ping.per-hop.ms`, ours("pingMs", hops), "ms", rivalsOf("pingMs", hops)),
    benchRow(`${at}.cpu.over-yggdrasil`, found.ratio("cpuSecondsPerGB", "yggdrasil"), "x"),
    benchRow(
      `${at}.udp1200.kpps`,
      ours("udpPacketsPerSecond", 1_000),
      "kpps",
      rivalsOf("udpPacketsPerSecond", 1_000),
    ),
    benchRow(
      `${at}.udp1200.segmented.kpps`,
      ours("segmentedPerSecond", 1_000),
      "kpps",
      rivalsOf("segmentedPerSecond", 1_000),
    ),
    benchRow(`${at}.rss.MB`, ours("rssMB"), "MB", daemonsOf("rssMB")),
    benchRow(`${at}.udp1200.over-yggdrasil`, found.ratio("udpPacketsPerSecond", "yggdrasil"), "x"),
    benchRow(
      `${at}.udp1200.segmented.over-yggdrasil`,
      found.ratio("segmentedPerSecond", "yggdrasil"),
      "x",
    ),
    ...(hops === 1 ? overWireguard(at, found) : []),
  ];
}

function overWireguard(at: string, found: Found): BenchRow[] {
  const keys = ["tcpMbps", "udpPacketsPerSecond", "segmentedPerSecond"] as const;
  const [tcp, udp, segmented] = keys.map((key) => found.ratio(key, "wireguard-go"));
  return [
    benchRow(`${at}.tcp.over-wireguard-go`, tcp ?? null, "x"),
    benchRow(`${at}.udp1200.over-wireguard-go`, udp ?? null, "x"),
    benchRow(`${at}.udp1200.segmented.over-wireguard-go`, segmented ?? null, "x"),
  ];
}

function scaled(value: number | null, scale: number): number | null {
  return value === null || Number.isNaN(value) ? null : value / scale;
}

/** Runs one carrier over so many hops once; one that does not come up adds nothing. */
async function measure(
  carrier: Carrier,
  hops: number,
  seconds: number,
  found: Found,
): Promise<void> {
  const links = chainOf(hops + 1);
  const run = (lab: Lab): Promise<ChainFigures> => measureIn(lab, carrier, seconds);
  try {
    const figures = await inLab(hops + 1, links, run, true);
    found.add(carrier.name, figures);
    const { tcpMbps, pingMs, cpuSecondsPerGB, rssMB } = figures;
    const { udpPacketsPerSecond, segmentedPerSecond } = figures;
    console.error(
      `${carrier.name}, ${hops} hops: ${tcpMbps.toFixed(0)} Mbit/s, ping ${pingMs.toFixed(2)} ms, ` +
        `${cpuSecondsPerGB.toFixed(1)} s of CPU per GB, ${udpPacketsPerSecond.toFixed(0)} UDP packets/s, ` +
        `${segmentedPerSecond.toFixed(0)} of many at once, ` +
        `${rssMB.toFixed(0)} MB`,
    );
  } catch (error) {
    console.error(`${carrier.name}, ${hops} hops: ${String(error)}`);
  }
}

async function measureIn(lab: Lab, carrier: Carrier, seconds: number): Promise<ChainFigures> {
  const { address, pids } = await carrier.start(lab);
  await pause(1_000);
  const [first, last] = [lab.host(0), lab.host(lab.hosts.length - 1)];
  await serveIperf(last);
  // All of them are measured warm: programs that have run for a while.
  await iperf(first, address, ["-t", String(WARM_SECONDS)]);
  const times = pings(first, address, 100, "0.02");
  const before = cpuSeconds(pids);
  const tcp = await iperf(first, address, ["-t", String(seconds)]);
  const used = cpuSeconds(pids) - before;
  const flood = ["-u", "-l", "1200", "-b", "3G"];
  // Other code than that of a stream, which is as cold as it was before.
  await iperf(first, address, ["-t", String(WARM_UDP_SECONDS), ...flood]);
  const udp = await iperf(first, address, ["-t", "3", ...flood]);
  const udpTimes = { warmMs: WARM_UDP_SECONDS * 1_000, forMs: 3_000 };
  const segmentedPerSecond = await segmentedUdpRate([first, last], address, UDP_APP_PORT, udpTimes);
  const received = tcp.end.sum_received ?? tcp.end.sum;
  return {
    tcpMbps: receivedMbps(tcp),
    pingMs: median(times) ?? Number.NaN,
    cpuSecondsPerGB: (used * 1e9) / (received?.bytes ?? Number.NaN),
    udpPacketsPerSecond: udpRate(udp, 3),
    segmentedPerSecond,
    rssMB: Math.max(...pids.map(residentMB), ...(pids.length > 0 ? [] : [Number.NaN])),
  };
}
