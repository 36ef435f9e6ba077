import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Files that git tracks or would track, relative to the root. */
export function trackedFiles(): readonly string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", args, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((name) => name !== "" && existsSync(join(root, name)));
}

/** Our own TypeScript: sources, tests, benches and the console. */
export function codeFiles(): readonly string[] {
  return trackedFiles().filter(
    (name) => /^(src|test|bench|console)\//.test(name) && /\.tsx?$/.test(name),
  );
}

/** Sources that ship, without their tests. */
export function sourceFiles(): readonly string[] {
  return codeFiles().filter((name) => name.startsWith("src/") && !name.endsWith(".test.ts"));
}

/** The text of a file of the repository. */
export function read(name: string): string {
  return readFileSync(join(root, name), "utf8");
}
