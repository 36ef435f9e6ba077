import { afterEach, describe, expect, test } from "vitest";
import type { StatusBody, TraceBody } from "../../src/api/client/index.ts";
import { Lab, longestGapMs, pingRun, waitUntil, whyNoNamespaces } from "./lab.ts";

const reason = whyNoNamespaces();
if (reason !== undefined) console.log(`SKIPPED network namespace tests: ${reason}`);

let lab: Lab | undefined;
afterEach(async () => {
  await lab?.remove();
  lab = undefined;
});

describe.skipIf(reason !== undefined)("a diamond: two ways from 0 to 3, over 1 or over 2", () => {
  test("the relay in use is killed mid-stream and the other takes over", async () => {
    lab = new Lab(4);
    const diamond = lab;
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ] as const) {
      diamond.link(a, b);
    }
    await Promise.all(diamond.hosts.map((host) => host.start()));
    const [source, target] = [diamond.host(0), diamond.host(3)];
    const ready = await waitUntil(async () => {
      const status = (await source.call("GET", "/v1/status")).json as StatusBody;
      return status.reachableCount === 3 && status.neighbourCount === 2;
    }, 20_000);
    expect(ready).toBeDefined();

    const trace = (await source.call("GET", `/v1/trace?to=${target.up.peerId}`)).json as TraceBody;
    const relay = diamond.hosts.find((host) => host.up.peerId === trace.hops[0]?.peerId);
    expect([1, 2]).toContain(relay?.index);
    let killedAtMs = 0;
    const run = await pingRun(source, target.up.peerId, 50, 6_000, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      killedAtMs = Date.now();
      relay?.kill();
    });
    const gapMs = longestGapMs(run, killedAtMs);
    console.log(`gap after SIGKILL of the relay in use: ${gapMs} ms`);
    expect(gapMs).toBeLessThan(10_000);
    expect(run.answeredAtMs.at(-1)).toBeGreaterThan(killedAtMs + 4_000);
  });
});
