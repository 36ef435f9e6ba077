import { afterEach, describe, expect, test } from "vitest";
import type { StatusBody, TraceBody } from "../../src/api/client/index.ts";
import {
  DIAMOND,
  type Host,
  Lab,
  longestGapMs,
  pingRun,
  waitUntil,
  whyNoNamespaces,
} from "./lab.ts";
import { readWhile } from "./reading.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED network namespace tests: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

/** Four hosts, started, with both ways known at host 0. */
async function startDiamond(): Promise<Lab> {
  const diamond = new Lab(4);
  lab = diamond;
  diamond.linkAll(DIAMOND);
  await Promise.all(diamond.hosts.map((host) => host.start()));
  const ready = await waitUntil(async () => {
    const status = (await diamond.host(0).call("GET", "/v1/status")).json as StatusBody;
    return status.reachableCount === 3 && status.neighbourCount === 2;
  }, 20_000);
  expect(ready).toBeDefined();
  return diamond;
}

/** The relay that packets from 0 to 3 take now. */
async function relayInUse(diamond: Lab): Promise<Host> {
  const path = `/v1/trace?to=${diamond.host(3).up.peerId}`;
  const trace = (await diamond.host(0).call("GET", path)).json as TraceBody;
  const relay = diamond.hosts.find((host) => host.up.peerId === trace.hops[0]?.peerId);
  expect([1, 2]).toContain(relay?.index);
  return relay ?? diamond.host(1);
}

describe.skipIf(reason !== undefined)("a diamond: two ways from 0 to 3, over 1 or over 2", () => {
  test("a file that is being read arrives whole although the relay in use is killed", async () => {
    const diamond = await startDiamond();
    const relay = await relayInUse(diamond);
    const stallMs = await readWhile(diamond.host(0), diamond.host(3), 40_000_000, () =>
      relay.kill(),
    );
    console.log(`a file read while the relay was killed: longest stall ${stallMs} ms`);
  });

  test("the relay in use is killed under a ping and the other takes over", async () => {
    const diamond = await startDiamond();
    const [source, target] = [diamond.host(0), diamond.host(3)];
    const relay = await relayInUse(diamond);
    let killedAtMs = 0;
    const run = await pingRun(source, target.up.peerId, 50, 6_000, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      killedAtMs = Date.now();
      relay.kill();
    });
    const gapMs = longestGapMs(run, killedAtMs);
    console.log(`gap after SIGKILL of the relay in use: ${gapMs} ms`);
    expect(gapMs).toBeLessThan(10_000);
    expect(run.answeredAtMs.at(-1)).toBeGreaterThan(killedAtMs + 4_000);
  });
});
