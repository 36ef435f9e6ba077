import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MountBody } from "../../src/api/client/index.ts";
import { PeerProcess, peernet } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-mount-"));
const peer = new PeerProcess(join(folder, "home"));

beforeAll(async () => {
  await peer.start();
});
afterAll(async () => {
  await peer.end();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: readonly string[]) => peernet([...words, "--home", peer.home]);

test("a folder is mounted, read and written, over a restart, and unmounted", async () => {
  expect((await run("folder", "new", "Photos")).code).toBe(0);
  const mounted = await run("mount", "Photos");
  const url = mounted.stdout.trim();
  expect([mounted.code, url]).toEqual([
    0,
    expect.stringMatching(/^http:\/\/127.0.0.1:\d+\/[\w-]{32}\/$/),
  ]);
  expect(mounted.stderr).toContain(`dav:${url.slice("http:".length)}`);
  const bytes = randomBytes(2_500_000);
  const put = await fetch(`${url}big.bin`, { method: "PUT", body: bytes });
  expect(put.status).toBe(201);
  expect(
    (await fetch(`${url}big.bin`, { method: "PUT", body: "x", headers: { "if-none-match": "*" } }))
      .status,
  ).toBe(412);
  await peer.end();
  await peer.start();
  const part = await fetch(`${url}big.bin`, { headers: { range: "bytes=2000000-2000999" } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(2_000_000, 2_001_000))).toBe(
    true,
  );
  const whole = await fetch(`${url}big.bin`);
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  const [listed] = JSON.parse((await run("mount", "--list", "--json")).stdout) as MountBody[];
  expect(listed).toMatchObject({ name: "Photos", url, isOpen: true });
  expect((await run("unmount", "Photos")).code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
  expect((await run("mount")).stdout).toContain("Nothing is mounted");
});

test("what cannot be mounted is said in words", async () => {
  const unknown = await run("mount", "Nothing");
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringMatching(/Nothing|folder/)]);
  expect((await run("mount", "Photos", "--port", "99999")).stderr).toContain("1 to 65535");
  const notMounted = await run("unmount", "Photos");
  expect([notMounted.code, notMounted.stderr]).toEqual([
    1,
    expect.stringContaining("peernet mount --list"),
  ]);
});
