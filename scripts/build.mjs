// Builds dist/: the WASM kernel, the TypeScript sources, the console page.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { asciiOnly } from "./ascii-only.mjs";
import { root, run } from "./ensure.mjs";

/** The package with native parts that is imported. All others are bundled: some of them are for `import` only. */
const NOT_BUNDLED = ["classic-level"];

/**
 * The command as a few files: reading and linking hundreds of modules would take half of its start,
 * and reading the whole peer half of that of a command that only asks one. What few commands need
 * is loaded when they do. CommonJS, so that the code that V8 made of it can be kept. The package's
 * library stays as it is, a file for each module.
 */
async function bundleCommand() {
  const { build } = await import("vite");
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    plugins: [asciiOnly],
    ssr: { noExternal: true, external: NOT_BUNDLED },
    build: {
      ssr: "src/cli/program.ts",
      outDir: "dist/cli",
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      target: "node20",
      rolldownOptions: {
        output: {
          format: "cjs",
          dynamicImportInCjs: false,
          entryFileNames: "program.cjs",
          chunkFileNames: "part-[name].cjs",
          comments: { jsdoc: false },
        },
      },
    },
  });
}

/** Files of earlier builds, whose parts may have had other names. */
function removeBundle() {
  const folder = join(root, "dist", "cli");
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    if (/^part-|\.code(\.\d+)?$/.test(file)) rmSync(join(folder, file));
  }
}

/** Without it a start takes half as long again, and nothing else is different. */
function keepCode() {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "keep-code.mjs")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0)
    console.error("No peer could be started here to keep its code: starts take longer.");
}

const bin = (name) => join(root, "node_modules", ...name.split("/"));

run(process.execPath, [join(root, "scripts", "build-wasm.mjs")]);
run(process.execPath, [bin("typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
if (existsSync(join(root, "console", "vite.config.ts"))) {
  run(process.execPath, [bin("vite/bin/vite.js"), "build", "console", "--logLevel", "warn"]);
}
removeBundle();
await bundleCommand();
chmodSync(join(root, "dist", "cli", "main.js"), 0o755);
keepCode();
