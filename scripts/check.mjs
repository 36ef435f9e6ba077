// Form and types of everything: `npm run check`, and the first part of `npm test`.
import { join } from "node:path";
import { root, run } from "./ensure.mjs";

const bin = (name) => join(root, "node_modules", ...name.split("/"));

run(process.execPath, [join(root, "scripts", "build-wasm.mjs")]);
run(process.execPath, [bin("@biomejs/biome/bin/biome"), "check", "."]);
for (const project of ["tsconfig.json", "console/tsconfig.json", "test/browser/tsconfig.json"]) {
  run(process.execPath, [bin("typescript/bin/tsc"), "-p", project, "--noEmit"]);
}
