// Runs libp2p's own tests against `peernet/libp2p`, and those of IPFS against our block store: needs a
// built dist/ and Node 22 or newer, which libp2p asks for (PEERNET_NODE22 names one). Installs what they need beside this file, away from Peernet's own
// packages. `node run.mjs FILE` writes the counts to a file.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePackages } from "../../../scripts/ensure.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const isNewEnough = Number(process.versions.node.split(".")[0]) >= 22;
const node = isNewEnough ? process.execPath : (process.env.PEERNET_NODE22 ?? "");
if (!existsSync(node)) {
  console.log(`Skipped: libp2p needs Node 22, and this is ${process.versions.node}.`);
  console.log("PEERNET_NODE22 names the binary of a newer one.");
  process.exit(0);
}

ensurePackages(here);
const [file] = process.argv.slice(2);
const report =
  file === undefined ? [] : ["--reporter", "json", "--reporter-option", `output=${file}`];
const mocha = join(here, "node_modules", "mocha", "bin", "mocha.js");
const args = [mocha, "--timeout", "60000", "--exit", ...report, "*.test.mjs"];
const { status } = spawnSync(node, args, { cwd: here, stdio: "inherit" });
if (file !== undefined && existsSync(file)) {
  const { failures, passes } = JSON.parse(readFileSync(file, "utf8"));
  for (const { fullTitle } of passes) console.log(`passed: ${fullTitle}`);
  for (const { fullTitle, err } of failures) console.log(`FAILED: ${fullTitle}\n${err.stack}`);
}
process.exit(status ?? 1);
