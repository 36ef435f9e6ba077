// Another Node than the one that runs this, as the npm registry has it: downloaded once into .cache/.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./ensure.mjs";

const isWindows = process.platform === "win32";

/**
 * The binary of the Node with this major version that was the newest when it was first asked for; a path where nothing is if it
 * could not be had.
 */
export function nodeOf(major) {
  const folder = join(root, ".cache", `node${major}`);
  const binary = join(folder, "node_modules", "node", "bin", isWindows ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const words = ["install", ...quiet, "--prefix", ".", `node@${major}`];
  spawnSync("npm", words, { cwd: folder, stdio: ["ignore", 2, 2], shell: isWindows });
  return binary;
}
