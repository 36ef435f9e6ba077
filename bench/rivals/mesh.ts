import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fault, sentBytes, strike } from "../../test/netns/faults.ts";
import { endNow, type Host, Lab, waitUntil } from "../../test/netns/lab.ts";
import { longestSilence } from "../../test/netns/steady-ping.ts";
import { debianPackage } from "./debian.ts";

/** A mesh program of others that runs in the same namespaces. */
export interface MeshRival {
  readonly name: string;
  /** Installed version, or null where it cannot be had. */
  readonly version: string | null;
  /** Prepares all hosts; `neighbours[i]` are the hosts next to host i. */
  prepare(lab: Lab, neighbours: readonly (readonly number[])[]): void;
  start(host: Host): ChildProcess;
  /** What to ping to reach a host. */
  address(host: Host): string;
}

const SILENT = { stdio: "ignore" } as const;

/** Yggdrasil as Debian has it: zero configuration, multicast discovery. */
export function yggdrasil(): MeshRival {
  const confOf = (host: Host): string => join(host.home, "yggdrasil.json");
  return {
    name: "yggdrasil",
    version: debianPackage("yggdrasil"),
    prepare(lab) {
      for (const host of lab.hosts) {
        mkdirSync(host.home, { recursive: true });
        const made = execFileSync("yggdrasil", ["-genconf", "-json"], { encoding: "utf8" });
        const conf = { ...JSON.parse(made), AdminListen: "none", IfName: "ygg0" };
        writeFileSync(confOf(host), JSON.stringify(conf));
      }
    },
    start: (host) => host.spawn("yggdrasil", ["-useconffile", confOf(host)]),
    address: (host) =>
      execFileSync("yggdrasil", ["-useconffile", confOf(host), "-address"], {
        encoding: "utf8",
      }).trim(),
  };
}

/** babeld: the kernel forwards, so a killed daemon stops no packets; needs addresses on links. */
export function babeld(): MeshRival {
  const addressOf = (host: Host): string => `10.98.0.${host.index + 1}`;
  const devices = new Map<Host, readonly string[]>();
  return {
    name: "babeld",
    version: debianPackage("babeld"),
    prepare(lab, neighbours) {
      for (const host of lab.hosts) {
        mkdirSync(host.home, { recursive: true });
        host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
        host.run("ip", "addr", "add", `${addressOf(host)}/32`, "dev", "lo");
        devices.set(
          host,
          (neighbours[host.index] ?? []).map((other) => `e${other}`),
        );
      }
    },
    start: (host) =>
      host.spawn("babeld", [
        ...["-I", join(host.home, "pid"), "-S", join(host.home, "state"), "-c", "/dev/null"],
        ...["-C", `redistribute local ip ${addressOf(host)}/32 allow`],
        ...["-C", "redistribute local allow", ...(devices.get(host) ?? [])],
      ]),
    address: addressOf,
  };
}

/** tinc with keys and neighbours configured by hand beforehand, as it needs. */
export function tinc(): MeshRival {
  const folderOf = (host: Host): string => join(host.home, "tinc");
  const addressOf = (host: Host): string => `10.97.0.${host.index + 1}`;
  return {
    name: "tinc",
    version: debianPackage("tinc"),
    prepare(lab, neighbours) {
      for (const host of lab.hosts) {
        const folder = folderOf(host);
        mkdirSync(join(folder, "hosts"), { recursive: true });
        const dials = (neighbours[host.index] ?? []).map((other) => `ConnectTo = h${other}`);
        const lines = [
          `Name = h${host.index}`,
          "Interface = tinc0",
          "AddressFamily = ipv4",
          ...dials,
        ];
        writeFileSync(join(folder, "tinc.conf"), `${lines.join("\n")}\n`);
        const up = `#!/bin/sh\nip link set $INTERFACE up\nip addr add ${addressOf(host)}/24 dev $INTERFACE\n`;
        writeFileSync(join(folder, "tinc-up"), up, { mode: 0o755 });
        writeFileSync(join(folder, "hosts", `h${host.index}`), `Subnet = ${addressOf(host)}/32\n`);
        spawnSync("tincd", ["-c", folder, "-K2048"], SILENT);
      }
      const keys = lab.hosts.map((host) =>
        readFileSync(join(folderOf(host), "hosts", `h${host.index}`), "utf8"),
      );
      for (const host of lab.hosts) {
        for (const other of lab.hosts) {
          if (other === host) continue;
          const near = neighbours[host.index]?.includes(other.index) === true;
          const where = near ? `Address = ${lab.ipv4Between(other.index, host.index)}\n` : "";
          writeFileSync(
            join(folderOf(host), "hosts", `h${other.index}`),
            where + (keys[other.index] ?? ""),
          );
        }
      }
    },
    start: (host) =>
      host.spawn("tincd", ["-c", folderOf(host), "-D", `--pidfile=${join(host.home, "pid")}`]),
    address: addressOf,
  };
}

/** Links as pairs, and who is next to whom. */
export function neighboursOf(
  count: number,
  links: readonly (readonly [number, number])[],
): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, host) =>
    links.flatMap(([a, b]) => (a === host ? [b] : b === host ? [a] : [])),
  );
}

function answers(host: Host, address: string): boolean {
  const args = ["netns", "exec", host.namespace, "ping", "-n", "-q", "-c1", "-W1", address];
  return spawnSync("ip", args, SILENT).status === 0;
}

/** Milliseconds from the start of all daemons until host 0 reaches the last one; null: it did not. */
export async function measureReady(
  rival: MeshRival,
  count: number,
  links: readonly (readonly [number, number])[],
): Promise<number | null> {
  const lab = new Lab(count);
  try {
    for (const [index, [a, b]] of links.entries()) lab.link(a, b, `10.99.${index}`);
    rival.prepare(lab, neighboursOf(count, links));
    for (const host of lab.hosts) rival.start(host);
    const target = rival.address(lab.host(count - 1));
    const ms = await waitUntil(async () => answers(lab.host(0), target), 60_000, 50);
    return ms ?? null;
  } finally {
    await lab.remove();
  }
}

/**
 * Bytes per link and second that an idle network sends, all links and directions; null: the ends
 * never reached each other. @param settleMs,watchMs how long it is left alone and then watched
 */
export async function measureIdle(
  rival: MeshRival,
  count: number,
  links: readonly (readonly [number, number])[],
  settleMs: number,
  watchMs: number,
): Promise<number | null> {
  const lab = new Lab(count);
  try {
    for (const [index, [a, b]] of links.entries()) lab.link(a, b, `10.99.${index}`);
    rival.prepare(lab, neighboursOf(count, links));
    for (const host of lab.hosts) rival.start(host);
    const target = rival.address(lab.host(count - 1));
    if ((await waitUntil(async () => answers(lab.host(0), target), 60_000, 100)) === undefined) {
      return null;
    }
    await pause(settleMs);
    return await watchIdle(lab, links.length, watchMs);
  } finally {
    await lab.remove();
  }
}

/** Bytes per link and second that all hosts of a lab send within `watchMs`. */
export async function watchIdle(lab: Lab, linkCount: number, watchMs: number): Promise<number> {
  const sum = (): number => lab.hosts.reduce((total, host) => total + sentBytes(host), 0);
  const before = sum();
  const fromMs = performance.now();
  await pause(watchMs);
  const bytes = sum() - before;
  return bytes / linkCount / ((performance.now() - fromMs) / 1_000);
}

const DIAMOND = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 3],
] as const;

/** Longest wait for a ping to flow again after a hit, in milliseconds. */
const GAP_MS_MAX = 90_000;

/** Longest silence of a 20 Hz ping across a diamond whose relay in use is hit, in ms; null: for good. */
export async function measureGap(rival: MeshRival, fault: Fault): Promise<number | null> {
  const lab = new Lab(4);
  try {
    for (const [index, [a, b]] of DIAMOND.entries()) lab.link(a, b, `10.99.${index}`);
    rival.prepare(lab, neighboursOf(4, DIAMOND));
    const daemons = lab.hosts.map((host) => rival.start(host));
    const target = rival.address(lab.host(3));
    if ((await waitUntil(async () => answers(lab.host(0), target), 60_000, 50)) === undefined) {
      return null;
    }
    await pause(15_000); // routes settle, so that a backup can exist
    let output = "";
    const ping = lab.host(0).spawn("ping", ["-n", "-D", "-i", "0.05", "-s", "800", target]);
    ping.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await pause(1_000);
    const before = [1, 2].map((relay) => sentBytes(lab.host(0), relay));
    await pause(2_000);
    const used = [1, 2].map((relay, index) => sentBytes(lab.host(0), relay) - (before[index] ?? 0));
    const relay = (used[0] ?? 0) >= (used[1] ?? 0) ? 1 : 2;
    const hitAtMs = Date.now();
    strike(lab.host(relay), fault, () => daemons[relay]?.kill("SIGKILL"));
    await pause(5_000);
    const isBack = async (): Promise<boolean> => answeredSince(output, Date.now() - 2_500) >= 40;
    await waitUntil(isBack, GAP_MS_MAX, 250);
    await endNow(ping);
    return longestSilenceMs(output, hitAtMs);
  } finally {
    await lab.remove();
  }
}

/** The same for a relay whose process is killed. */
export function measureKillGap(rival: MeshRival): Promise<number | null> {
  return measureGap(rival, "kill");
}

/** Wall times of the answers in the output of `ping -D`, in milliseconds. */
function answerTimes(output: string): readonly number[] {
  return [...output.matchAll(/^\[([\d.]+)\].*bytes from/gm)].map(
    (match) => Number(match[1]) * 1000,
  );
}

function answeredSince(output: string, sinceMs: number): number {
  return answerTimes(output).filter((time) => time > sinceMs).length;
}

/** The longest silence in the output of `ping -D` since a wall time; null: it never came back. */
export function longestSilenceMs(output: string, sinceMs: number): number | null {
  const times = answerTimes(output);
  if (!times.some((time) => time > sinceMs + 4_000)) return null;
  return longestSilence(times, sinceMs - 100);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
