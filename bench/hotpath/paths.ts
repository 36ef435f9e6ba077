import { spawnSync } from "node:child_process";
import { type Host, Lab } from "../../test/netns/lab.ts";
import { inImpairedLab } from "../impair/join.ts";
import type { Impairment } from "../impair/way.ts";

/** A path between two hosts on which measurements run. */
export interface BenchPath {
  /** As part of a row's id. */
  readonly name: string;
  /** Runs a measurement between two hosts on it, removing all of it afterwards. */
  run<T>(measure: (lab: Lab) => Promise<T>): Promise<T>;
}

/** A path of our own impairing link: whatever is not given is unlimited. */
export function impairedPath(name: string, impairment: Partial<Impairment>): BenchPath {
  const bitsPerSecond = Number.POSITIVE_INFINITY;
  const whole = { delayMs: 0, lossShare: 0, bitsPerSecond, queueBytes: 0, ...impairment };
  return {
    name,
    run: (measure) =>
      inImpairedLab(whole, (lab) => {
        useCubic(lab);
        return measure(lab);
      }),
  };
}

/** A cable without delay on which the kernel drops a share of the packets, at random. */
export function shortPath(name: string, lossShare: number): BenchPath {
  return {
    name,
    async run(measure) {
      const lab = new Lab(2);
      try {
        lab.link(0, 1, "10.99.0");
        useCubic(lab);
        for (const [host, device] of [
          [lab.host(0), "e1"],
          [lab.host(1), "e0"],
        ] as const) {
          onePacketPerBuffer(host, device);
          drop(host, device, lossShare);
        }
        return await measure(lab);
      } finally {
        await lab.remove();
      }
    },
  };
}

/** Otherwise a buffer of 64 kB is lost or arrives as a whole. */
function onePacketPerBuffer(host: Host, device: string): void {
  host.run("ip", "link", "set", device, "gso_max_segs", "1");
}

function drop(host: Host, device: string, lossShare: number): void {
  const hook = `{ type filter hook ingress device ${device} priority 0; }`;
  const chance = `numgen random mod 1000 < ${Math.round(lossShare * 1_000)}`;
  host.run("nft", "add", "table", "netdev", "loss");
  host.run("nft", "add", "chain", "netdev", "loss", "in", hook);
  host.run("nft", "add", "rule", "netdev", "loss", "in", ...chance.split(" "), "drop");
}

/**
 * The congestion control of nearly all systems for whatever crosses the cable; some machines have
 * another one set, which fares otherwise, and a namespace may not choose its own default.
 */
function useCubic(lab: Lab): void {
  for (const [host, device, address] of [
    [lab.host(0), "e1", "10.99.0.1"],
    [lab.host(1), "e0", "10.99.0.2"],
  ] as const) {
    const change = (...words: readonly string[]): string =>
      host.run("ip", ...words, "dev", device, "proto", "kernel", "congctl", "cubic");
    change("route", "change", "10.99.0.0/24", "scope", "link", "src", address);
    change("-6", "route", "change", "fe80::/64", "metric", "256");
  }
}

/** Why the kernel cannot lose packets for us here, or undefined. */
export function whyNoDrops(): string | undefined {
  const { status } = spawnSync("nft", ["--version"], { stdio: "ignore" });
  return status === 0 ? undefined : "nft is not installed (Debian package nftables)";
}
