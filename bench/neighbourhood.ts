import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { StatusBody, TraceBody } from "../src/api/client/index.ts";
import {
  type Host,
  Lab,
  longestGapMs,
  pingRun,
  waitUntil,
  whyNoNamespaces,
} from "../test/netns/lab.ts";
import { debianPackage } from "./rivals/debian.ts";
import {
  babeld,
  type MeshRival,
  measureKillGap,
  measureReady,
  tinc,
  yggdrasil,
} from "./rivals/mesh.ts";
import { type BenchRival, type BenchRow, benchRow, median } from "./row.ts";

const ROUNDS = 3;
const CHAIN = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
] as const;
const DIAMOND = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 3],
] as const;

interface Started {
  readonly url: string;
  readonly token: string;
  readonly child: ChildProcess;
}

/** `npm start` on a warm clone, in a new home; resolves when the console answers. */
async function npmStart(home: string): Promise<{ readonly ms: number; readonly started: Started }> {
  const startMs = performance.now();
  const words = [
    "start",
    "--silent",
    "--",
    "--home",
    home,
    "--no-open",
    "--json",
    "--no-discovery",
  ];
  const child = spawn("npm", words, { stdio: ["ignore", "pipe", "ignore"], detached: true });
  const line = await new Promise<string>((resolve) => {
    createInterface(child.stdout).once("line", resolve);
  });
  const { url, token } = JSON.parse(line) as { readonly url: string; readonly token: string };
  const page = await fetch(`${url}/`);
  await page.text();
  return { ms: performance.now() - startMs, started: { url, token, child } };
}

async function stop({ url, token, child }: Started): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await fetch(`${url}/v1/stop`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
  await ended;
}

/** A peer gives memory back until ten seconds after its start. */
const IDLE_MS = 15_000;

async function measureStart(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-bench-"));
  const startTimes: number[] = [];
  const memories: StatusBody["memory"][] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { ms, started } = await npmStart(join(folder, String(round)));
      startTimes.push(ms);
      const isLast = round === ROUNDS - 1;
      await new Promise((resolve) => setTimeout(resolve, isLast ? IDLE_MS : 1_000));
      const headers = { authorization: `Bearer ${started.token}` };
      const status = (await (
        await fetch(`${started.url}/v1/status`, { headers })
      ).json()) as StatusBody;
      if (isLast) memories.push(status.memory);
      await stop(started);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const megabytes = (pick: (memory: StatusBody["memory"]) => number): number | null =>
    median(memories.map((memory) => pick(memory) / 1e6));
  return [
    benchRow("start.console.ms", median(startTimes), "ms"),
    benchRow(
      "memory.idle.rss.MB",
      megabytes((memory) => memory.rssBytes),
      "MB",
      [
        {
          name: "node alone",
          value: bareNodeMegabytes(),
          note: "an empty script on the same Node",
        },
      ],
    ),
    benchRow(
      "memory.idle.heap.MB",
      megabytes((memory) => memory.heapUsedBytes),
      "MB",
    ),
    benchRow(
      "memory.idle.external.MB",
      megabytes((memory) => memory.externalBytes),
      "MB",
    ),
  ];
}

function bareNodeMegabytes(): number {
  const script = "process.stdout.write(String(process.memoryUsage.rss()))";
  return Number(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) / 1e6;
}

async function status(host: Host): Promise<StatusBody> {
  return (await host.call("GET", "/v1/status")).json as StatusBody;
}

/** From the start of the second peer's process until the first has it as neighbour. */
async function measureDiscovery(): Promise<number | null> {
  const lab = new Lab(2);
  try {
    lab.link(0, 1);
    await lab.host(0).start();
    const startMs = performance.now();
    const second = lab.host(1).start();
    await waitUntil(async () => (await status(lab.host(0))).neighbourCount === 1, 20_000, 10);
    const ms = performance.now() - startMs;
    await second;
    return ms;
  } finally {
    await lab.remove();
  }
}

/** From the start of the last of five processes until the ends reach each other. */
async function measureChain(): Promise<number | null> {
  const lab = new Lab(5);
  try {
    for (const [a, b] of CHAIN) lab.link(a, b);
    const startMs = performance.now();
    const ups = lab.hosts.map((host) => host.start());
    const target = await ups[4];
    await ups[0];
    const found = await waitUntil(async () => {
      const answer = await lab.host(0).call("POST", "/v1/ping", { to: target?.peerId });
      return typeof (answer.json as { readonly roundTripMs?: unknown }).roundTripMs === "number";
    }, 20_000);
    await Promise.all(ups);
    return found === undefined ? null : performance.now() - startMs;
  } finally {
    await lab.remove();
  }
}

async function measureDiamond(): Promise<number | null> {
  const lab = new Lab(4);
  try {
    for (const [a, b] of DIAMOND) lab.link(a, b);
    await Promise.all(lab.hosts.map((host) => host.start()));
    const [source, target] = [lab.host(0), lab.host(3)];
    await waitUntil(async () => {
      const { reachableCount, neighbourCount } = await status(source);
      return reachableCount === 3 && neighbourCount === 2;
    }, 20_000);
    const trace = (await source.call("GET", `/v1/trace?to=${target.up.peerId}`)).json as TraceBody;
    const relay = lab.hosts.find((host) => host.up.peerId === trace.hops[0]?.peerId);
    let killedAtMs = 0;
    const pings = await pingRun(source, target.up.peerId, 50, 8_000, async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      killedAtMs = Date.now();
      relay?.kill();
    });
    const gapMs = longestGapMs(pings, killedAtMs);
    return Number.isFinite(gapMs) ? gapMs : null;
  } finally {
    await lab.remove();
  }
}

async function repeat(measure: () => Promise<number | null>): Promise<number | null> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const value = await measure();
    if (value === null) return null;
    values.push(value);
  }
  return median(values);
}

async function rivalOf(
  rival: MeshRival,
  measure: () => Promise<number | null>,
): Promise<BenchRival> {
  if (process.env["PEERNET_RIVALS"] === "0") {
    return { name: rival.name, value: null, note: "left out, as PEERNET_RIVALS=0 asks" };
  }
  if (rival.version === null) {
    return { name: rival.name, value: null, note: "not installed (Debian package, needs root)" };
  }
  return { name: rival.name, value: await measure(), note: `Debian ${rival.version}, one run` };
}

/** What the first evening is like: start, memory, finding each other, losing a relay. */
export async function run(): Promise<BenchRow[]> {
  const rows = await measureStart();
  const reason = whyNoNamespaces();
  if (reason !== undefined) {
    console.error(`Without network namespaces (${reason}) the other rows have no value.`);
    return [
      ...rows,
      benchRow("discovery.first-neighbour.ms", null, "ms"),
      benchRow("chain5.reachable.ms", null, "ms"),
      benchRow("diamond.kill.gap.ms", null, "ms"),
    ];
  }
  debianPackage("iputils-ping");
  const rivals = [yggdrasil(), babeld(), tinc()];
  const ready: BenchRival[] = [];
  const gaps: BenchRival[] = [];
  const discovery = await repeat(measureDiscovery);
  const chain = await repeat(measureChain);
  const diamond = await repeat(measureDiamond);
  for (const rival of rivals) {
    ready.push(await rivalOf(rival, () => measureReady(rival, 5, CHAIN)));
    gaps.push(await rivalOf(rival, () => measureKillGap(rival)));
  }
  return [
    ...rows,
    benchRow("discovery.first-neighbour.ms", discovery, "ms"),
    benchRow("chain5.reachable.ms", chain, "ms", ready),
    benchRow("diamond.kill.gap.ms", diamond, "ms", gaps),
  ];
}
