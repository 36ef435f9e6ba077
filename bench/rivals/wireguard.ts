import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../../test/netns/lab.ts";
import { debianPackage } from "./debian.ts";
import type { MeshRival } from "./mesh.ts";

const PORT = 51_820;

/** wireguard-go between two neighbours: it routes nothing, so for one hop only. */
export function wireguard(): MeshRival {
  const version = debianPackage("wireguard-tools") && debianPackage("wireguard-go");
  // Its control socket has the interface's name and lies in a folder that all namespaces share.
  const device = (host: Host): string => `wg${process.pid % 100_000}x${host.index}`;
  const socketOf = (host: Host): string => `/var/run/wireguard/${device(host)}.sock`;
  const addressOf = (host: Host): string => `10.96.0.${host.index + 1}`;
  const setUp = new Map<Host, string>();
  return {
    name: "wireguard-go",
    version,
    prepare(lab) {
      const keys = lab.hosts.map(() => execFileSync("wg", ["genkey"], { encoding: "utf8" }));
      for (const host of lab.hosts) {
        mkdirSync(host.home, { recursive: true });
        const other = lab.host(1 - host.index);
        const key = join(host.home, "key");
        writeFileSync(key, keys[host.index] ?? "", { mode: 0o600 });
        const input = keys[other.index] ?? "";
        const theirs = execFileSync("wg", ["pubkey"], { input, encoding: "utf8" }).trim();
        const near = lab.ipv4Between(other.index, host.index);
        const name = device(host);
        // One that was killed leaves its socket lying.
        rmSync(socketOf(host), { force: true });
        process.once("exit", () => rmSync(socketOf(host), { force: true }));
        setUp.set(
          host,
          `(until wg set ${name} private-key ${key} listen-port ${PORT} peer ${theirs} ` +
            `allowed-ips ${addressOf(other)}/32 endpoint ${near}:${PORT}; do sleep 0.05; done\n` +
            `ip addr add ${addressOf(host)}/24 dev ${name} && ip link set ${name} up) &\n` +
            `exec wireguard-go -f ${name}`,
        );
      }
    },
    start: (host) => host.spawn("sh", ["-c", setUp.get(host) ?? "exit 1"]),
    address: addressOf,
  };
}
