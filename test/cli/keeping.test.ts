import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PeerProcess, peernet } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-keeping-"));
const peer = new PeerProcess(join(folder, "home"));
const file = join(folder, "words.txt");

beforeAll(async () => {
  writeFileSync(file, "kept by many");
  await peer.start();
});
afterAll(async () => {
  await peer.end();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) => peernet([...words, "--home", peer.home]);

test("what is given to others changes at once, and stays after the next start", async () => {
  const config = join(peer.home, "config.json");
  const given = await run("drive", "--give", "50GB");
  expect([given.code, given.stdout]).toEqual([
    0,
    expect.stringContaining("Up to 50.0 GB are kept for others, 0 B are now."),
  ]);
  expect((await peer.client.keeping()).quotaBytes).toBe(50e9);
  expect(JSON.parse(readFileSync(config, "utf8"))).toEqual({ quota: 50e9 });
  await peer.end();
  await peer.start();
  expect((await peer.client.status()).store.quotaBytes).toBe(50e9);
  const shown = await run("drive", "--peers");
  expect([shown.code, shown.stdout.trim()]).toEqual([0, "0 B of 50.0 GB are kept for others."]);
  const none = await run("drive", "--give", "much");
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("such as 50GB")]);
});

test("an object can be audited, let go, and is then nobody's", async () => {
  const { stdout } = await run("put", file, "--wait", "0");
  const link = stdout.trim();
  const audited = await run("drive", link, "--audit");
  expect([audited.code, audited.stdout]).toEqual([0, expect.stringContaining("proved it")]);
  const gone = await run("drive", link, "--unpin");
  expect([gone.code, gone.stdout]).toEqual([0, expect.stringContaining("let go")]);
  expect((await peer.client.objects()).objects).toEqual([]);
  expect((await peer.client.status()).store.usedBytes).toBe(0);
  const twice = await run("drive", link, "--unpin");
  expect([twice.code, twice.stderr]).toEqual([1, expect.stringContaining("not among yours")]);
  const pinned = await run("drive", link, "--pin");
  expect([pinned.code, pinned.stderr]).toEqual([
    1,
    expect.stringContaining("No peer within reach"),
  ]);
  const which = await run("drive", "--pin");
  expect([which.code, which.stderr]).toEqual([2, expect.stringContaining("Say which object")]);
});
