import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const OUT = join(import.meta.dirname, "..", "dist", "console");

/** Tells the service worker which files the page is made of, and a name for this version. */
function listFiles(): Plugin {
  return {
    name: "list-files",
    closeBundle() {
      const path = join(OUT, "sw.js");
      const files = readdirSync(OUT, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !["sw.js", "index.html"].includes(entry.name))
        .map((entry) => (entry.parentPath === OUT ? entry.name : `assets/${entry.name}`))
        .sort();
      const hash = createHash("sha256").update(readFileSync(join(OUT, "index.html")));
      for (const name of files) hash.update(name).update(readFileSync(join(OUT, name)));
      const list = [hash.digest("hex").slice(0, 16), ...files].join(" ");
      const text = readFileSync(path, "utf8");
      if (!text.includes("__FILES__")) throw new TypeError("sw.js has no place for its files");
      writeFileSync(path, text.replace("__FILES__", list));
    },
  };
}

/** Builds the console page into the package; works under any path and under a strict CSP. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [listFiles()],
  build: {
    outDir: "../dist/console",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    rolldownOptions: {
      input: {
        index: join(import.meta.dirname, "index.html"),
        sw: join(import.meta.dirname, "src", "offline", "sw.ts"),
      },
      output: {
        // Its place says what it is responsible for.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
