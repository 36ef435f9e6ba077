// Another Node than the one that runs this, as the npm registry has it: downloaded once into .cache/.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The binary of the newest Node with this major version; a path where nothing is if it could not be had. */
export function nodeOf(major) {
  const folder = join(root, ".cache", `node${major}`);
  const binary = join(folder, "node_modules", "node", "bin", "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const words = ["install", "--prefix", folder, ...quiet, `node@${major}`];
  spawnSync("npm", words, { stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  return binary;
}
