// Bundles bench/chain/bridge.ts for bench/chain-hook: two folders deep, as src/cli is, so that package.json is found.
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { ensureAll } from "../../scripts/ensure.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
process.chdir(root);
ensureAll();
await build({
  root,
  configFile: false,
  logLevel: "error",
  build: {
    ssr: "bench/chain/bridge.ts",
    outDir: `${root}.cache/chain`,
    emptyOutDir: true,
    minify: false,
    target: "node20",
    rolldownOptions: { output: { entryFileNames: "bridge.mjs" } },
  },
});
