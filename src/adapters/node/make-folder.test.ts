import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "peernet-folder-"));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("folders are made with those around them, for their owner alone, once and again", async () => {
  const inner = join(scratch, "a", "b", "c");
  await makeFolder(inner);
  await makeFolder(inner);
  expect(statSync(inner).mode & 0o777).toBe(0o700);
  expect(statSync(join(scratch, "a")).mode & 0o777).toBe(0o700);
});

test("a file where a folder should be is said, not replaced", async () => {
  const file = join(scratch, "file");
  writeFileSync(file, "text");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(file, "inner"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test.skipIf(!existsSync("/proc/self"))(
  "a place that takes nothing new says so instead of being tried for ever",
  async () => {
    await expect(makeFolder("/proc/peernet-nowhere/home")).rejects.toMatchObject({
      code: "ENOENT",
    });
  },
);
