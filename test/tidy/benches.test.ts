import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

test("what npm run bench lists can be run: helpers and tests beside the benches are not listed", () => {
  const listed = spawnSync(process.execPath, ["scripts/bench.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  const names = /Benches: (.+)/.exec(listed.stdout + listed.stderr)?.[1]?.split(", ") ?? [];
  expect(names).toContain("hotpath");
  for (const name of names) {
    const text = readFileSync(join(root, "bench", `${name}.ts`), "utf8");
    expect([name, /export (async )?function run\(|export \{[^}]*\brun\b/.test(text)]).toEqual([
      name,
      true,
    ]);
  }
});
