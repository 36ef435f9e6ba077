import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Host, Lab } from "../../test/netns/lab.ts";
import { tinc, yggdrasil } from "../rivals/mesh.ts";
import { chainOf, inLab, pause, percentile } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { type Carrier, peernetCarrier, rivalCarrier } from "./carriers.ts";
import { iperf, PROBE_PORT, serveIperf } from "./tools.ts";
import { urgent } from "./urgent.ts";

const HOPS = 2;
const INTERVAL_MS = 20;
const PACKET_BYTES = 160;
const SHARE = 0.99;
/** For the bulk flow to fill whatever queues there are, and for late packets to arrive. */
const SETTLE_SECONDS = 2;

const script = resolve("bench/hotpath/call-end.mjs");

interface Call {
  readonly p99Ms: number;
  readonly lostPercent: number;
}

interface CallFigures {
  readonly idleMs: number;
  readonly loadedMs: number;
  readonly overIdleMs: number;
  readonly lostPercent: number;
}

type Key = keyof CallFigures;

/** A call's packets beside a bulk flow between the same ends, against the same call alone. */
export async function callRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const rivals = [yggdrasil(), tinc()];
  const there = rivals.filter(({ version }) => version !== null).map(rivalCarrier);
  const found = new Map<string, CallFigures[]>();
  const rounds = full ? 5 : 1;
  for (let round = 0; round < rounds; round++) {
    for (const carrier of [peernetCarrier(), ...there]) {
      const figures = await measure(carrier, full ? 20 : 6);
      if (figures !== null) found.set(carrier.name, [...(found.get(carrier.name) ?? []), figures]);
    }
  }
  const middle = (name: string, key: Key): number | null =>
    median((found.get(name) ?? []).map((figures) => figures[key]));
  const row = (id: string, key: Key, unit: string): BenchRow => {
    const others = rivals.map(
      ({ name, version }): BenchRival => ({
        ...{ name, value: middle(name, key) },
        note: version ?? "not to be had here",
      }),
    );
    return benchRow(`hotpath.call.${id}`, middle("peernet", key), unit, others);
  };
  const ours = middle("peernet", "overIdleMs");
  const theirs = rivals.map(({ name }) => middle(name, "overIdleMs")).filter((ms) => ms !== null);
  const behind = ours === null || theirs.length === 0 ? null : ours - Math.min(...theirs);
  const note =
    `${1_000 / INTERVAL_MS} UDP packets of ${PACKET_BYTES} bytes per second one way over ${HOPS} hops, ` +
    `iperf3 beside it the same way; middle of ${rounds} rounds`;
  return [
    row("idle.p99.ms", "idleMs", "ms"),
    row("loaded.p99.ms", "loadedMs", "ms"),
    row("over-idle.p99.ms", "overIdleMs", "ms"),
    row("loaded.lost.percent", "lostPercent", "%"),
    benchRow("hotpath.call.behind-best-rival.ms", behind, "ms"),
  ].map((one) => ({ ...one, note }));
}

async function measure(carrier: Carrier, seconds: number): Promise<CallFigures | null> {
  try {
    const figures = await inLab(
      HOPS + 1,
      chainOf(HOPS + 1),
      (lab) => measureIn(lab, carrier, seconds),
      true,
    );
    const { idleMs, loadedMs, lostPercent } = figures;
    console.error(
      `call over ${carrier.name}: p99 ${idleMs.toFixed(2)} ms idle, ${loadedMs.toFixed(2)} ms ` +
        `under load, ${lostPercent.toFixed(1)} % lost`,
    );
    return figures;
  } catch (error) {
    console.error(`call over ${carrier.name}: ${String(error)}`);
    return null;
  }
}

async function measureIn(lab: Lab, carrier: Carrier, seconds: number): Promise<CallFigures> {
  const { address } = await carrier.start(lab);
  const [first, last] = [lab.host(0), lab.host(HOPS)];
  await serveIperf(last);
  // All of them are measured warm.
  await iperf(first, address, ["-t", "2"]);
  await pause(SETTLE_SECONDS * 1_000);
  const idle = await call(first, last, address, seconds);
  const whole = seconds + 3 * SETTLE_SECONDS;
  const bulk = iperf(first, address, ["-t", String(whole)]);
  const during = pause(SETTLE_SECONDS * 1_000).then(() => call(first, last, address, seconds));
  const [loaded] = await Promise.all([during, bulk]);
  return {
    idleMs: idle.p99Ms,
    loadedMs: loaded.p99Ms,
    overIdleMs: loaded.p99Ms - idle.p99Ms,
    lostPercent: loaded.lostPercent,
  };
}

async function call(from: Host, to: Host, address: string, seconds: number): Promise<Call> {
  const count = (seconds * 1_000) / INTERVAL_MS;
  const receiver = startEnd(to, ["receive", String(PROBE_PORT)]);
  let text = "";
  receiver.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  if (receiver.stderr !== null) await once(receiver.stderr, "data");
  const numbers = [PROBE_PORT, count, INTERVAL_MS, PACKET_BYTES].map(String);
  await once(startEnd(from, ["send", address, ...numbers]), "exit");
  await pause(SETTLE_SECONDS * 500);
  receiver.stdin?.end();
  await once(receiver, "close");
  const latencies = JSON.parse(text) as number[];
  const p99Ms = percentile(latencies, SHARE) ?? Number.NaN;
  return { p99Ms, lostPercent: (100 * (count - latencies.length)) / count };
}

function startEnd(host: Host, words: readonly string[]): ChildProcess {
  const end = ["ip", "netns", "exec", host.namespace, process.execPath, script, ...words];
  const [command, ...rest] = urgent(end);
  return spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
}
