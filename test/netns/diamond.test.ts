import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
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

/** The longest time for which a file that is being written did not grow, until `ended`. */
async function longestStallMs(file: string, ended: Promise<unknown>): Promise<number> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  let longestMs = 0;
  let sizeBytes = 0;
  let grewAtMs = performance.now();
  while (!isOver && existsSync(file)) {
    const nowBytes = statSync(file, { throwIfNoEntry: false })?.size ?? sizeBytes;
    if (nowBytes > sizeBytes) grewAtMs = performance.now();
    sizeBytes = nowBytes;
    longestMs = Math.max(longestMs, performance.now() - grewAtMs);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return Math.round(longestMs);
}

describe.skipIf(reason !== undefined)("a diamond: two ways from 0 to 3, over 1 or over 2", () => {
  test("a file that is being read arrives whole although the relay in use is killed", async () => {
    const diamond = await startDiamond();
    const [source, target] = [diamond.host(0), diamond.host(3)];
    const file = join(target.home, "sent.bin");
    writeFileSync(file, randomBytes(40_000_000));
    const peernet = (host: Host, ...words: string[]): string =>
      host.run(process.execPath, resolve("dist/cli/main.js"), ...words, "--home", host.home);
    const link = peernet(target, "put", file, "--wait", "0").trim();
    const relay = await relayInUse(diamond);
    const received = join(source.home, "received.bin");
    const reading = source.spawn(process.execPath, [
      ...[resolve("dist/cli/main.js"), "get", link, "-o", received, "--home", source.home],
    ]);
    let talk = "";
    reading.stderr?.on("data", (chunk: Buffer) => {
      talk += chunk.toString();
    });
    const ended = new Promise<number | null>((done) => reading.once("exit", done));
    await waitUntil(async () => existsSync(`${received}.partial`), 20_000, 5);
    expect(existsSync(received)).toBe(false);
    relay.kill();
    const killedAtMs = performance.now();
    const stallMs = longestStallMs(`${received}.partial`, ended);
    const code = await ended;
    const tookMs = Math.round(performance.now() - killedAtMs);
    const log = join(source.home, "peernet.log");
    const why = existsSync(log) ? readFileSync(log, "utf8") : "";
    expect(code, `${talk}\n${why}`).toBe(0);
    console.log(`read after SIGKILL of the relay: ${tookMs} ms, longest stall ${await stallMs} ms`);
    expect(await stallMs).toBeLessThan(10_000);
    expect(readFileSync(received).equals(readFileSync(file))).toBe(true);
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
