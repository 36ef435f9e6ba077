// `npm run demo`: sets up what is missing, then runs `peernet demo` in this very process.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureAll, root } from "./ensure.mjs";

ensureAll();
process.argv = [
  process.argv[0],
  join(root, "dist", "cli", "main.js"),
  "demo",
  ...process.argv.slice(2),
];
await import(pathToFileURL(process.argv[1]).href);
