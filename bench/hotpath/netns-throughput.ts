import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Host, type Lab, waitUntil } from "../../test/netns/lab.ts";
import { type MeshRival, neighboursOf } from "../rivals/mesh.ts";
import { chainOf, inLab, pause, statusOf } from "../routing/netns-rig.ts";

/** The port of iperf3 at the far end. */
const PORT = 5_201;
const READY_MS = 60_000;

/** What one chain of hosts came to. */
export interface ChainFigures {
  /** Received by the far end over one TCP connection, in Mbit/s. */
  readonly tcpMbps: number;
  /** Middle round trip of small pings while nothing else goes on, in ms. */
  readonly pingMs: number;
  /** Processor time of all daemons for one gigabyte received, in seconds. */
  readonly cpuSecondsPerGB: number;
  /** UDP packets of 1,200 bytes received per second, offered far more. */
  readonly udpPacketsPerSecond: number;
  /** Resident memory of the largest daemon right after that, in MB; NaN where there is none. */
  readonly rssMB: number;
}

/** A mesh that carries ordinary packets between the ends of a chain. */
export interface Carrier {
  readonly name: string;
  /** Starts it on all hosts; resolves with the address of the last one. */
  start(lab: Lab): Promise<{ readonly address: string; readonly pids: readonly number[] }>;
}

/** Peernet with its virtual interface; the ends are contacts. */
export function peernetCarrier(): Carrier {
  return { name: "peernet", start: startPeernet };
}

async function startPeernet(lab: Lab) {
  for (const host of lab.hosts) {
    mkdirSync(host.home, { recursive: true });
    writeFileSync(join(host.home, "home.json"), '{"format": 1}');
    writeFileSync(join(host.home, "config.json"), JSON.stringify({ tun: "peernet0" }));
  }
  await Promise.all(lab.hosts.map((host) => host.start()));
  const [first, last] = [lab.host(0), lab.host(lab.hosts.length - 1)];
  await until(async () => (await statusOf(first)).reachableCount === lab.hosts.length - 1);
  const invite = (await last.call("POST", "/v1/invites", {})).json as { readonly link: string };
  await first.call("POST", "/v1/contacts", { link: invite.link, petname: "last" });
  await until(async () => (await statusOf(last)).contactCount === 1);
  last.peernet("allow", "host0", String(PORT));
  return { address: last.up.address, pids: lab.hosts.map((host) => host.up.pid) };
}

/** Another mesh program. */
export function rivalCarrier(rival: MeshRival): Carrier {
  return {
    name: rival.name,
    async start(lab) {
      rival.prepare(lab, neighboursOf(lab.hosts.length, chainOf(lab.hosts.length)));
      const daemons = lab.hosts.map((host) => rival.start(host));
      const address = rival.address(lab.host(lab.hosts.length - 1));
      await until(async () => pings(lab.host(0), address, 1, "1").length > 0);
      return { address, pids: daemons.map(({ pid }) => pid ?? 0) };
    },
  };
}

/** The kernel's own routing along the chain, nothing encrypted: what the cables carry. */
export function kernelCarrier(): Carrier {
  return {
    name: "kernel",
    async start(lab) {
      const end = lab.hosts.length - 1;
      for (const host of lab.hosts) {
        host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        if (host.index < end) {
          const next = lab.ipv4Between(host.index + 1, host.index);
          host.run("ip", "route", "replace", "10.99.0.0/16", "via", next);
        }
      }
      for (let index = end; index > 0; index--) {
        const back = lab.ipv4Between(index - 1, index);
        const host = lab.host(index);
        if (index === end) host.run("ip", "route", "replace", "10.99.0.0/16", "via", back);
        else if (index > 1) host.run("ip", "route", "replace", "10.99.0.0/24", "via", back);
      }
      return { address: lab.ipv4Between(end, end - 1), pids: [] };
    },
  };
}

async function until(done: () => Promise<boolean>): Promise<void> {
  if ((await waitUntil(done, READY_MS, 100)) === undefined) throw new RangeError("not ready");
}

/** Runs one carrier over so many hops; null: it did not come up or lost its way. */
export async function measureChain(
  carrier: Carrier,
  hops: number,
  seconds: number,
): Promise<ChainFigures | null> {
  return inLab(
    hops + 1,
    chainOf(hops + 1),
    async (lab) => {
      try {
        const { address, pids } = await carrier.start(lab);
        await pause(1_000);
        const [first, last] = [lab.host(0), lab.host(hops)];
        last.spawn("iperf3", ["-s", "-p", String(PORT)]);
        await pause(500);
        // All of them are measured warm: programs that have run for a while.
        iperf(first, address, ["-t", "2"]);
        const times = pings(first, address, 100, "0.02");
        const before = cpuSeconds(pids);
        const tcp = iperf(first, address, ["-t", String(seconds)]);
        const used = cpuSeconds(pids) - before;
        const udp = iperf(first, address, ["-t", "3", "-u", "-l", "1200", "-b", "3G"]);
        const { sum_received, sum } = tcp.end;
        const received = sum_received ?? sum;
        return {
          tcpMbps: (received?.bits_per_second ?? 0) / 1e6,
          pingMs: times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN,
          cpuSecondsPerGB: (used * 1e9) / (received?.bytes ?? Number.NaN),
          udpPacketsPerSecond: udpRate(udp, 3),
          rssMB: Math.max(...pids.map(residentMB), ...(pids.length > 0 ? [] : [Number.NaN])),
        };
      } catch (error) {
        console.error(`${carrier.name}, ${hops} hops: ${String(error)}`);
        return null;
      }
    },
    true,
  );
}

interface IperfSum {
  readonly bits_per_second?: number;
  readonly bytes?: number;
  readonly packets?: number;
  readonly lost_packets?: number;
}

interface IperfReport {
  readonly end: { readonly sum_received?: IperfSum; readonly sum?: IperfSum };
  readonly error?: string;
}

function udpRate({ end }: IperfReport, seconds: number): number {
  const { packets = 0, lost_packets: lost = 0 } = end.sum ?? {};
  return (packets - lost) / seconds;
}

function iperf(host: Host, address: string, words: readonly string[]): IperfReport {
  const args = ["netns", "exec", host.namespace, "iperf3", "-J", "-c", address, "-p", `${PORT}`];
  for (let attempt = 1; ; attempt++) {
    const { stdout } = spawnSync("ip", [...args, ...words], { encoding: "utf8", timeout: 60_000 });
    const report = JSON.parse(stdout) as IperfReport;
    if (report.error === undefined) return report;
    // The server takes one test at a time and may still be clearing up after the one before.
    if (attempt === 3) throw new RangeError(report.error);
    spawnSync("sleep", ["0.5"]);
  }
}

function pings(host: Host, address: string, count: number, interval: string): number[] {
  const args = ["netns", "exec", host.namespace, "ping", "-n", "-i", interval];
  const { stdout } = spawnSync("ip", [...args, "-c", String(count), "-W", "1", address], {
    encoding: "utf8",
  });
  return [...stdout.matchAll(/time=([\d.]+) ms/g)].map((match) => Number(match[1]));
}

function residentMB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1_000;
}

/** Processor time that processes have used, children's not included, in seconds. */
function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}
