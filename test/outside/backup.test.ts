import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DavServer } from "../../src/adapters/node/webdav/server.ts";
import { MemoryFileTree } from "../../src/testing/index.ts";
import { type Ended, hasProgram, runProgram, serveTree } from "./mount.ts";

const CLOUDS = ["other", "owncloud"] as const;

let server: DavServer;
let folder = "";

beforeEach(async () => {
  server = await serveTree(new MemoryFileTree((action) => setImmediate(action), Date.now));
  folder = await mkdtemp(join(tmpdir(), "peernet-outside-"));
  await cp("docs", join(folder, "tree"), { recursive: true });
  await writeFile(join(folder, "tree", "große Datei & mehr #1?.bin"), randomBytes(20_000_000));
  await writeFile(join(folder, "tree", "empty"), "");
  const old = new Date("2001-02-03T04:05:06Z");
  await utimes(join(folder, "tree", "empty"), old, old);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** @param vendor which cloud rclone believes to speak to: "owncloud" tells times of changes */
function environment(vendor: string): Record<string, string> {
  return {
    RCLONE_CONFIG: "/dev/null",
    RCLONE_CONFIG_P_TYPE: "webdav",
    RCLONE_CONFIG_P_URL: server.url,
    RCLONE_CONFIG_P_VENDOR: vendor,
    RESTIC_PASSWORD: "outside",
    RESTIC_CACHE_DIR: join(folder, "cache"),
    HOME: folder,
  };
}

function run(vendor: string, name: string, ...words: readonly string[]): Promise<Ended> {
  return runProgram(name, words, { cwd: folder, env: environment(vendor) });
}

test.skipIf(!hasProgram("rclone")).each(CLOUDS)("rclone as to %s", async (vendor) => {
  const rclone = (...words: string[]) => run(vendor, "rclone", ...words);
  expect(await rclone("copy", "tree", "P:tree")).toMatchObject({ code: 0 });
  const checked = await rclone("check", "--download", "tree", "P:tree");
  expect(checked.text).toContain("0 differences found");
  expect(checked.code).toBe(0);
  expect(await rclone("moveto", "P:tree", "P:moved")).toMatchObject({ code: 0 });
  expect(await rclone("copy", "P:moved", "back")).toMatchObject({ code: 0 });
  expect(spawnSync("diff", ["-r", "tree", "back"], { cwd: folder }).status).toBe(0);
  if (vendor === "owncloud") {
    const { text } = await rclone("lsl", "P:moved");
    expect(text).toMatch(/0 2001-02-03 04:05:06\S* empty/);
  }
  expect(await rclone("purge", "P:moved")).toMatchObject({ code: 0 });
  expect((await rclone("lsf", "P:")).text).toBe("");
});

test.skipIf(!hasProgram("restic"))("restic backs up, checks every byte, and restores", async () => {
  const restic = (...words: string[]) => run("other", "restic", "-r", "rclone:P:repo", ...words);
  expect(await restic("init")).toMatchObject({ code: 0 });
  expect(await restic("backup", "tree")).toMatchObject({ code: 0 });
  await writeFile(join(folder, "tree", "later"), "more");
  expect(await restic("backup", "tree")).toMatchObject({ code: 0 });
  const checked = await restic("check", "--read-data");
  expect(checked.text).toContain("no errors were found");
  expect(checked.code).toBe(0);
  expect(await restic("forget", "--keep-last", "1", "--prune")).toMatchObject({ code: 0 });
  expect(await restic("restore", "latest", "--target", "back")).toMatchObject({ code: 0 });
  expect(spawnSync("diff", ["-r", "tree", "back/tree"], { cwd: folder }).status).toBe(0);
});
