import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./tree.ts";

test("packages behind a link are another checkout's: nothing is installed over them", () => {
  const folder = mkdtempSync(join(tmpdir(), "peernet-ensure-"));
  try {
    const [shared, checkout] = [join(folder, "shared"), join(folder, "checkout")];
    mkdirSync(join(shared, "kept"), { recursive: true });
    mkdirSync(checkout);
    symlinkSync(shared, join(checkout, "node_modules"));
    const lock = { name: "x", version: "1.0.0", lockfileVersion: 3, packages: {} };
    writeFileSync(join(checkout, "package-lock.json"), JSON.stringify(lock));
    writeFileSync(join(checkout, "package.json"), '{"name":"x","version":"1.0.0"}');
    const script = "import(process.argv[1]).then((m) => m.ensurePackages(process.argv[2]))";
    const words = ["-e", script, join(root, "scripts/ensure.mjs"), checkout];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, expect.stringContaining("is a link")]);
    expect(existsSync(join(shared, "kept"))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
