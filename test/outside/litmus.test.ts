import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MemoryFileTree } from "../../src/testing/index.ts";
import { hasProgram, runProgram, serveTree } from "./mount.ts";

const SUITES = ["basic", "copymove", "props", "locks", "http"] as const;

/** "passed" and "run" of a suite's last line. */
function counts(text: string): readonly number[] {
  const [, run, passed, failed] = /of (\d+) tests run: (\d+) passed, (\d+) failed/.exec(text) ?? [];
  return [run, passed, failed].map(Number);
}

test.skipIf(!hasProgram("litmus")).each(SUITES)("litmus: %s", async (suite) => {
  const server = await serveTree(new MemoryFileTree((action) => setImmediate(action)));
  const cwd = await mkdtemp(join(tmpdir(), "peernet-litmus-"));
  try {
    const { code, text } = await runProgram("litmus", [server.url], { cwd, env: { TESTS: suite } });
    const [run = 0, passed, failed] = counts(text);
    expect(text).not.toMatch(/FAIL|WARNING/);
    expect({ code, passed, failed }).toEqual({ code: 0, passed: run, failed: 0 });
    expect(run).toBeGreaterThan(3);
  } finally {
    await server.close();
    await rm(cwd, { recursive: true, force: true });
  }
});
