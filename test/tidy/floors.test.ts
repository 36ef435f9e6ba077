import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { read, root } from "./tree.ts";

function importing(room: string): string {
  return `import { thing } from "../${room}/index.ts";\nexport const other: unknown = thing;\n`;
}

const FORBIDDEN_IMPORTS = [
  ["base", "wire"],
  ["wire", "crypto"],
  ["crypto", "identity"],
  ["identity", "link"],
  ["link", "routing"],
  ["routing", "session"],
  ["session", "link"],
  ["feed", "store"],
  ["media", "store"],
  ["media", "crypto"],
  ["messages", "contacts"],
  ["gateway", "contacts"],
  ["gateway", "adapters"],
  ["session", "gateway"],
  ["store", "messages"],
  ["peer", "api"],
  ["api", "cli"],
  ["api", "adapters"],
  ["link", "simulation"],
] as const;

const ALLOWED_IMPORTS = [
  ["wire", "base"],
  ["routing", "link"],
  ["session", "routing"],
  ["store", "feed"],
  ["store", "media"],
  ["media", "wire"],
  ["peer", "messages"],
  ["gateway", "session"],
  ["cli", "gateway"],
  ["api", "peer"],
  ["cli", "adapters"],
] as const;

const AMBIENT = {
  timer: "setTimeout(() => undefined, 1);\nexport const a: number = 1;\n",
  date: "export const a: number = Date.now();\n",
  process: "export const a: string = process.cwd();\n",
  promise: "export const a: unknown = Promise.resolve(1);\n",
  buffer: "export const a: unknown = Buffer.alloc(1);\n",
  node: 'import { platform } from "node:os";\nexport const a: string = platform();\n',
} as const;

const BIG_FUNCTION = `export function big(): void {\n${'  console.log("x");\n'.repeat(71)}}\n`;

/** Rules that Biome reported, by planted file. */
const found = new Map<string, Set<string>>();
let folder = "";

/** Lints all planted files in a house of their own, with the project's rules. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-floors-"));
  const plant = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  plant("biome.json", read("biome.json").replace(/.*"\$schema".*\n/, ""));
  for (const [room, other] of [...FORBIDDEN_IMPORTS, ...ALLOWED_IMPORTS]) {
    plant(`src/${room}/imports-${other}.ts`, importing(other));
  }
  for (const [name, text] of Object.entries(AMBIENT)) {
    for (const room of ["session", "peer", "adapters"])
      plant(`src/${room}/ambient-${name}.ts`, text);
  }
  plant("src/wire/big.ts", BIG_FUNCTION);
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const args = ["lint", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = spawnSync(process.execPath, [biome, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  const report = JSON.parse(stdout) as {
    readonly diagnostics: readonly {
      readonly severity: string;
      readonly category: string;
      readonly location: { readonly path: string | { readonly file: string } };
    }[];
  };
  for (const { severity, category, location } of report.diagnostics) {
    const path = typeof location.path === "string" ? location.path : location.path.file;
    if (severity === "error") found.set(path, (found.get(path) ?? new Set()).add(category));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function rulesBrokenIn(file: string): readonly string[] {
  return [...(found.get(file) ?? [])];
}

describe("imports run downwards only", () => {
  test.each(FORBIDDEN_IMPORTS)("%s may not import %s", (room, other) => {
    const broken = rulesBrokenIn(`src/${room}/imports-${other}.ts`);
    expect(broken).toContain("lint/style/noRestrictedImports");
  });

  test.each(ALLOWED_IMPORTS)("%s may import %s", (room, other) => {
    expect(rulesBrokenIn(`src/${room}/imports-${other}.ts`)).toEqual([]);
  });
});

describe("protocol rooms have no hands", () => {
  test.each(Object.keys(AMBIENT))("%s is refused below the adapters", (name) => {
    expect(rulesBrokenIn(`src/session/ambient-${name}.ts`)).not.toEqual([]);
    expect(rulesBrokenIn(`src/peer/ambient-${name}.ts`)).not.toEqual([]);
    expect(rulesBrokenIn(`src/adapters/ambient-${name}.ts`)).toEqual([]);
  });
});

test("functions of more than 70 lines are refused", () => {
  expect(rulesBrokenIn("src/wire/big.ts")).toContain("lint/complexity/noExcessiveLinesPerFunction");
});
