// `npm test`: sets up what is missing, then form, types and all tests that need neither root nor a
// browser. Further arguments go to vitest (`npm test -- src/link`).
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBuild, ensureNode, ensurePackages, root, run } from "./ensure.mjs";

ensureNode();
ensurePackages();
ensureBuild();
const bin = (name) => join(root, "node_modules", ...name.split("/"));
const chosen = process.argv.slice(2);
if (chosen.every((word) => word.startsWith("-"))) {
  run(process.execPath, [join(root, "scripts", "check.mjs")]);
}
const result = spawnSync(process.execPath, [bin("vitest/vitest.mjs"), "run", ...chosen], {
  cwd: root,
  stdio: "inherit",
});
process.exit(result.status ?? 1);
