import type { Host } from "./lab.ts";

/** What happens to a host: its process dies, its cables are pulled, or it swallows all packets. */
export type Fault = "kill" | "down" | "drop";

/** Every fault, the loudest first. */
export const FAULTS: readonly Fault[] = ["kill", "down", "drop"];

const CUT = [
  "table inet cut {",
  "chain i { type filter hook prerouting priority -300; policy drop; iif lo accept; }",
  "chain o { type filter hook output priority -300; policy drop; oif lo accept; }",
  "}",
].join("\n");

function setLinks(host: Host, state: "up" | "down"): void {
  const script = `for d in /sys/class/net/e*; do ip link set $(basename $d) ${state}; done`;
  host.run("sh", "-c", script);
}

/** Pulls the cable from a host to another one, or plugs it in again. */
export function setCable(host: Host, other: number, state: "up" | "down"): void {
  host.run("ip", "link", "set", `e${other}`, state);
}

/** Strikes a host; its API, on loopback, stays in reach unless the process is killed. */
export function strike(host: Host, fault: Fault, kill: () => void = () => host.kill()): void {
  if (fault === "kill") kill();
  else if (fault === "down") setLinks(host, "down");
  else host.run("nft", CUT);
}

/** Undoes what `strike` did to a host with a Peernet peer. */
export async function heal(host: Host, fault: Fault): Promise<void> {
  if (fault === "kill") await host.start();
  else if (fault === "down") setLinks(host, "up");
  else host.run("nft", "delete", "table", "inet", "cut");
}

/** Bytes that a host has sent so far on its cables, all of them or the one to `other`. */
export function sentBytes(host: Host, other: number | "*" = "*"): number {
  const text = host.run("sh", "-c", `cat /sys/class/net/e${other}/statistics/tx_bytes`);
  return text.split("\n").reduce((sum, line) => sum + Number(line), 0);
}
