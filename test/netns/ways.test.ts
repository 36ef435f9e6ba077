import { afterEach, describe, expect, test } from "vitest";
import { debianPackage } from "../../bench/rivals/debian.ts";
import type { ExplainBody, TraceBody } from "../../src/api/client/index.ts";
import { type Fault, heal, strike } from "./faults.ts";
import { DIAMOND, type Host, Lab, waitUntil, whyNoNamespaces } from "./lab.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED network namespace tests: ${reason}`);

/** Swallowing packets needs Debian's nftables. */
const FAULTS_HERE: readonly Fault[] =
  reason === undefined && debianPackage("nftables") !== null
    ? ["down", "drop", "kill"]
    : ["down", "kill"];

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

async function traceOf(host: Host, to: string): Promise<TraceBody> {
  return (await host.call("GET", `/v1/trace?to=${to}`)).json as TraceBody;
}

async function explained(host: Host, to: string): Promise<ExplainBody> {
  return (await host.call("GET", `/v1/explain?to=${to}`)).json as ExplainBody;
}

/** Whether 1 s of pings was answered without a break since a wall time. */
function flows(ping: ReturnType<Host["ping"]>, sinceMs: number): Promise<boolean> {
  return Promise.resolve(ping.isSteady(sinceMs, 20, 200));
}

describe.skipIf(reason !== undefined)("a diamond seen by trace and explain", () => {
  test("hops, delays and backup are told; each fault of the relay passes, and is explained", async () => {
    lab = new Lab(4);
    const diamond = lab;
    diamond.linkAll(DIAMOND);
    await Promise.all(diamond.hosts.map((host) => host.start()));
    const [source, target] = [diamond.host(0), diamond.host(3)];
    const to = target.up.peerId;
    const relays = [1, 2].map((index) => diamond.host(index).up.peerId).sort();
    const hasBoth = async (): Promise<boolean> => {
      const [first, last] = (await traceOf(source, to)).hops;
      return first?.backup !== null && first !== undefined && last?.peerId === to;
    };
    expect(await waitUntil(hasBoth, 30_000, 200)).toBeDefined();
    const { hops, complete } = await traceOf(source, to);
    expect(complete).toBe(true);
    expect([hops[0]?.peerId, hops[0]?.backup?.peerId].sort()).toEqual(relays);
    for (const { cost, roundTripMs, addedMs } of hops) {
      expect(cost).toBeGreaterThan(0);
      expect(roundTripMs).toBeGreaterThan(0);
      expect(addedMs).toBeGreaterThanOrEqual(0);
    }
    expect(await explained(source, to)).toMatchObject({ verdict: "reachable" });

    const ping = source.ping(to, 50);
    for (const fault of FAULTS_HERE) {
      expect(await waitUntil(hasBoth, 30_000, 200)).toBeDefined();
      const calmAtMs = Date.now();
      expect(await waitUntil(() => flows(ping, calmAtMs), 20_000)).toBeDefined();
      const used = (await traceOf(source, to)).hops[0]?.peerId;
      const relay = diamond.hosts.find((host) => host.up.peerId === used) ?? diamond.host(1);
      const hitAtMs = Date.now();
      strike(relay, fault);
      expect(await waitUntil(() => flows(ping, hitAtMs), 20_000), fault).toBeDefined();
      const { verdict, summary } = await explained(source, to);
      expect([fault, verdict, summary]).toEqual([fault, "reachable", expect.any(String)]);
      await heal(relay, fault);
    }
    await ping.stop();
    for (const index of [1, 2]) diamond.host(index).kill();
    const isLost = async (): Promise<boolean> =>
      ["no-neighbours", "lost"].includes((await explained(source, to)).verdict);
    expect(await waitUntil(isLost, 60_000, 200)).toBeDefined();
  });
});
