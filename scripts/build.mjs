// Builds dist/: the WASM kernel, the TypeScript sources, the console page.
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { asciiOnly } from "./ascii-only.mjs";
import { root, run } from "./ensure.mjs";

/**
 * The command as a few files: reading and linking hundreds of modules would take half of its start,
 * and reading the whole peer half of that of a command that only asks one. What few commands need
 * is imported when they do. The package's library stays as it is, a file for each module.
 */
async function bundleCommand() {
  const { build } = await import("vite");
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    plugins: [asciiOnly],
    build: {
      ssr: "src/cli/main.ts",
      outDir: "dist/cli",
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      target: "node20",
      rolldownOptions: {
        output: {
          entryFileNames: "main.js",
          chunkFileNames: "part-[name].js",
          comments: { jsdoc: false },
        },
      },
    },
  });
}

const bin = (name) => join(root, "node_modules", ...name.split("/"));

run(process.execPath, [join(root, "scripts", "build-wasm.mjs")]);
run(process.execPath, [bin("typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
if (existsSync(join(root, "console", "vite.config.ts"))) {
  run(process.execPath, [bin("vite/bin/vite.js"), "build", "console", "--logLevel", "warn"]);
}
await bundleCommand();
chmodSync(join(root, "dist", "cli", "main.js"), 0o755);
