// Sets up what is missing: the right Node, the packages of the lock file, a current build.
// Used by `npm start`, `npm test`, `npm run demo` and `npm run bench`.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const MINIMUM = [20, 19];

/** Ends the process with words instead of a stack where something outside is at fault. */
export function giveUp(message) {
  console.error(message);
  process.exit(1);
}

export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  giveUp(
    `Peernet needs Node ${MINIMUM.join(".")} or newer; this is ${process.versions.node}. ` +
      "Install a newer one from https://nodejs.org and run the command again.",
  );
}

/** Runs a command with our output; ends the process when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32" && command === "npm",
    ...options,
  });
  if (result.status !== 0) {
    giveUp(
      `'${[command, ...args].join(" ")}' failed${result.error ? `: ${result.error.message}` : ""}.`,
    );
  }
}

/**
 * Installs the packages of the lock file in a folder unless exactly these are there. Scripts of
 * packages are not run.
 */
export function ensurePackages(folder = root) {
  const modules = join(folder, "node_modules");
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = join(modules, ".peernet-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  // What a link leads to is another checkout's, and `npm ci` would empty it.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() && existsSync(modules)) {
    console.error(
      `${modules} is a link: what is there may not be what the lock file names, and stays as it is.`,
    );
    return;
  }
  console.error("Installing what Peernet needs (once) …");
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["ci", ...quiet], { cwd: folder });
  writeFileSync(stamp, lock);
}

/** A fingerprint of names, sizes and times of all files below the folders. */
function fingerprint(folders) {
  const hash = createHash("sha256").update(process.versions.node);
  const walk = (path) => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) return;
    if (info.isDirectory()) {
      for (const name of readdirSync(path).sort()) walk(join(path, name));
    } else {
      hash.update(`${path.slice(root.length)} ${info.size} ${info.mtimeMs}\n`);
    }
  };
  for (const folder of folders) walk(join(root, folder));
  return hash.digest("hex");
}

/** Builds dist/ unless it is current. */
export function ensureBuild() {
  const stamp = join(root, "dist", ".stamp");
  const now = () =>
    fingerprint(["src", "console", "scripts", "tsconfig.build.json", "package.json"]);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now()) return;
  console.error("Building Peernet …");
  run(process.execPath, [join(root, "scripts", "build.mjs")]);
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(stamp, now());
}

export function ensureAll() {
  ensureNode();
  ensurePackages();
  ensureBuild();
}
