import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Installs exact versions of other projects' packages into a folder of their own below
 * `.cache/rivals`, where nothing of ours finds them; no install script runs.
 * @param overrides what npm shall take instead of packages that these want
 * @returns the folder, or why it failed
 */
export function rivalPackages(
  name: string,
  packages: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string>> = {},
): { readonly folder: string } | { readonly why: string } {
  const folder = resolve(".cache/rivals", name);
  const isThere = Object.entries(packages).every(
    ([one, version]) => installedVersion(folder, one) === version,
  );
  if (isThere) return { folder };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, overrides }));
  const wanted = Object.entries(packages).map(([one, version]) => `${one}@${version}`);
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"];
  const { status } = spawnSync("npm", [...words, ...wanted], { cwd: folder, stdio: "ignore" });
  return status === 0 ? { folder } : { why: `npm could not install ${wanted.join(", ")}` };
}

function installedVersion(folder: string, name: string): string | null {
  const file = join(folder, "node_modules", name, "package.json");
  if (!existsSync(file)) return null;
  const { version }: { version?: string } = JSON.parse(readFileSync(file, "utf8"));
  return version ?? null;
}
