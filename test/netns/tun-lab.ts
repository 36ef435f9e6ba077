import { accessSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { InviteBody, StatusBody } from "../../src/api/client/index.ts";
import { type Host, Lab, waitUntil, whyNoNamespaces } from "./lab.ts";

/** Why peers with a virtual interface cannot be made here, or undefined where they can. */
export function whyNoTun(): string | undefined {
  const reason = whyNoNamespaces();
  if (reason !== undefined) return reason;
  try {
    accessSync("/dev/net/tun");
    return undefined;
  } catch {
    return "there is no /dev/net/tun";
  }
}

/** Peers of a lab; the caller removes it. */
export interface TunPeers {
  readonly first: Host;
  readonly last: Host;
  readonly started: Lab;
}

/** Peers with a virtual interface each; the first has the last as its contact "last". */
export async function startTunPeers(
  count: number,
  cables: readonly (readonly [number, number])[],
  config: object = {},
): Promise<TunPeers> {
  const started = new Lab(count);
  try {
    started.linkAll(cables);
    for (const host of started.hosts) {
      mkdirSync(host.home, { recursive: true });
      writeFileSync(join(host.home, "home.json"), '{"format": 1}');
      const settings = JSON.stringify({ tun: "peernet0", ...config });
      writeFileSync(join(host.home, "config.json"), settings);
    }
    await Promise.all(started.hosts.map((host) => host.start()));
    const [first, last] = [started.host(0), started.host(count - 1)];
    const ready = await waitUntil(
      async () => (await statusOf(first)).reachableCount === count - 1,
      20_000,
    );
    expect(ready).toBeDefined();
    const { link } = (await last.call("POST", "/v1/invites", {})).json as InviteBody;
    await first.call("POST", "/v1/contacts", { link, petname: "last" });
    const met = await waitUntil(async () => (await statusOf(last)).contactCount === 1, 20_000);
    expect(met).toBeDefined();
    return { first, last, started };
  } catch (error) {
    await started.remove();
    throw error;
  }
}

/** What a peer says about itself. */
export async function statusOf(host: Host): Promise<StatusBody> {
  return (await host.call("GET", "/v1/status")).json as StatusBody;
}
