import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Host, type Lab, waitUntil } from "../../test/netns/lab.ts";
import { type MeshRival, neighboursOf } from "../rivals/mesh.ts";
import { chainOf, statusOf } from "../routing/netns-rig.ts";
import { IPERF_PORT, PROBE_PORT, pings, UDP_APP_PORT } from "./tools.ts";

const READY_MS = 60_000;

/** A mesh that carries ordinary packets between the ends of a chain. */
export interface Carrier {
  readonly name: string;
  /** Starts it on all hosts; resolves with the address of the last one. */
  start(lab: Lab): Promise<{ readonly address: string; readonly pids: readonly number[] }>;
}

/** Peernet with its virtual interface, as it is unless told otherwise; the ends are contacts. */
export function peernetCarrier(): Carrier {
  return { name: "peernet", start: startPeernet };
}

async function startPeernet(lab: Lab) {
  const [, last] = await startContacts(lab, '{"tun": "peernet0"}');
  last.peernet("allow", "host0", `${IPERF_PORT},${PROBE_PORT},${UDP_APP_PORT}`);
  return { address: last.up.address, pids: lab.hosts.map((host) => host.up.pid) };
}

/** Starts peers on all hosts; the first and the last, which are contacts: `host0` and `last`. */
export async function startContacts(
  lab: Lab,
  config = "{}",
): Promise<readonly [first: Host, last: Host]> {
  for (const host of lab.hosts) {
    mkdirSync(host.home, { recursive: true });
    writeFileSync(join(host.home, "home.json"), '{"format": 1}');
    writeFileSync(join(host.home, "config.json"), config);
  }
  await Promise.all(lab.hosts.map((host) => host.start()));
  const [first, last] = [lab.host(0), lab.host(lab.hosts.length - 1)];
  await until(async () => (await statusOf(first)).reachableCount === lab.hosts.length - 1);
  const invite = (await last.call("POST", "/v1/invites", {})).json as { readonly link: string };
  await first.call("POST", "/v1/contacts", { link: invite.link, petname: "last" });
  await until(async () => (await statusOf(last)).contactCount === 1);
  return [first, last];
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
