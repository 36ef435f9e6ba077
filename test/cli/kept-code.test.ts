import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const LIMIT_MS = 60_000;

/** Starts a peer that says, of each file that it reads, whether V8 took the code that the build kept. */
function check(...flags: readonly string[]): { status: number | null; files: readonly string[] } {
  const words = [...flags, resolve("scripts/keep-code.mjs"), "--check"];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  return { status, files: stderr.trim().split("\n") };
}

test("the built command starts with the code that was kept of it", { timeout: LIMIT_MS }, () => {
  expect(check()).toEqual({ status: 0, files: [""] });
});

test("under other flags of V8 it starts without that code", { timeout: LIMIT_MS }, () => {
  const { status, files } = check("--stack-size=900");
  expect(status).toBe(1);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((line) => !line.endsWith(".cjs: refused"))).toEqual([]);
});
