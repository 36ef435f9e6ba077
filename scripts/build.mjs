// Builds dist/: the WASM kernel, the TypeScript sources, the console page.
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./ensure.mjs";

const bin = (name) => join(root, "node_modules", ...name.split("/"));

run(process.execPath, [join(root, "scripts", "build-wasm.mjs")]);
run(process.execPath, [bin("typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
if (existsSync(join(root, "console", "vite.config.ts"))) {
  run(process.execPath, [bin("vite/bin/vite.js"), "build", "console", "--logLevel", "warn"]);
}
chmodSync(join(root, "dist", "cli", "main.js"), 0o755);
