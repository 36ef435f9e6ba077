import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Host } from "../../test/netns/lab.ts";
import { pause } from "../routing/netns-rig.ts";
import { urgent } from "./urgent.ts";

/** The port of iperf3 at the far end. */
export const IPERF_PORT = 5_201;
/** The port of the call's far end. */
export const PROBE_PORT = 5_202;
/** The port of a far end that reads many datagrams with one call. */
export const UDP_APP_PORT = 5_203;
const ATTEMPTS = 3;

/** What iperf3 says of one direction. */
export interface IperfSum {
  readonly bits_per_second?: number;
  readonly bytes?: number;
  readonly packets?: number;
  readonly lost_packets?: number;
}

/** What we read of iperf3's JSON. */
export interface IperfReport {
  readonly end: { readonly sum_received?: IperfSum; readonly sum?: IperfSum };
  readonly error?: string;
}

/** Why programs over the mesh cannot be measured here, or undefined. */
export function whyNoIperf(): string | undefined {
  const { status } = spawnSync("iperf3", ["--version"], { stdio: "ignore" });
  return status === 0 ? undefined : "iperf3 is not installed (Debian package)";
}

/** Starts the far end of iperf3 and waits until it listens. */
export async function serveIperf(host: Host): Promise<void> {
  host.spawn("iperf3", ["-s", "-p", String(IPERF_PORT)]);
  await pause(500);
}

/**
 * One run of iperf3 to an address; other work goes on beside it.
 * @throws RangeError where it came to nothing
 */
export async function iperf(
  host: Host,
  address: string,
  words: readonly string[],
  limitMs: number = 60_000,
  port: number = IPERF_PORT,
): Promise<IperfReport> {
  const command = ["netns", "exec", host.namespace, "iperf3", "-J", "-c", address];
  const args = [...command, "-p", `${port}`, ...words];
  for (let attempt = 1; ; attempt++) {
    const report = parse(await output("ip", args, limitMs));
    if (report.error === undefined) return report;
    // The server takes one test at a time and may still be clearing up after the one before.
    if (attempt === ATTEMPTS) throw new RangeError(report.error);
    await pause(500);
  }
}

function parse(text: string): IperfReport {
  try {
    return JSON.parse(text) as IperfReport;
  } catch {
    return { end: {}, error: "iperf3 did not end in time" };
  }
}

/** What a program prints until it ends, or is ended after `limitMs`. */
function output(command: string, args: readonly string[], limitMs: number): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], timeout: limitMs });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return new Promise((resolve) => child.once("close", () => resolve(text)));
}

/** Mbit/s that arrived over TCP. */
export function receivedMbps({ end }: IperfReport): number {
  return ((end.sum_received ?? end.sum)?.bits_per_second ?? 0) / 1e6;
}

/** UDP packets that arrived per second. */
export function udpRate({ end }: IperfReport, seconds: number): number {
  const { packets = 0, lost_packets: lost = 0 } = end.sum ?? {};
  return (packets - lost) / seconds;
}

/** Round trips of so many pings, in milliseconds. */
export function pings(host: Host, address: string, count: number, interval: string): number[] {
  const ping = ["ping", "-n", "-i", interval, "-c", String(count), "-W", "1", address];
  const [command, ...words] = urgent(["ip", "netns", "exec", host.namespace, ...ping]);
  const { stdout } = spawnSync(command, words, { encoding: "utf8" });
  return [...stdout.matchAll(/time=([\d.]+) ms/g)].map((match) => Number(match[1]));
}

/** Resident memory of a process, in MB. */
export function residentMB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1_000;
}

/** Processor time that processes have used, children's not included, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}
