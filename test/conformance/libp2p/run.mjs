// Runs libp2p's own tests against `peernet/libp2p`: needs a built dist/ and Node 22 or newer, which libp2p
// asks for (PEERNET_NODE22 names one). Installs what they need beside this file, away from Peernet's own
// packages. `--json FILE` writes the counts.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const isNewEnough = Number(process.versions.node.split(".")[0]) >= 22;
const node = isNewEnough ? process.execPath : (process.env.PEERNET_NODE22 ?? "");
if (!existsSync(node)) {
  console.log(`Skipped: libp2p needs Node 22, and this is ${process.versions.node}.`);
  console.log("PEERNET_NODE22 names the binary of a newer one.");
  process.exit(0);
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: here, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(here, "node_modules", ".package-lock.json"))) {
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
}
const [, file] = process.argv.slice(2);
const report =
  file === undefined ? [] : ["--reporter", "json", "--reporter-option", `output=${file}`];
const mocha = join(here, "node_modules", "mocha", "bin", "mocha.js");
run(node, [mocha, "--timeout", "60000", "--exit", ...report, "*.test.mjs"]);
