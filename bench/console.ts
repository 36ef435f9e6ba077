import { existsSync } from "node:fs";
import { CHROMIUM } from "../test/browser/browser.ts";
import { accessibilityRows } from "./console/accessibility.ts";
import { hostileRows } from "./console/hostile.ts";
import { loadRows } from "./console/load.ts";
import { motionRows } from "./console/motion.ts";
import { groupRows } from "./groups.ts";
import { type BenchOptions, type BenchRow, benchRow } from "./row.ts";

/** Needs a system Chromium and takes minutes. */
export const slow = true;

/** The console in a real Chromium: weight, speed, who can use it, and what does it no harm. */
export function run(options: BenchOptions): Promise<BenchRow[]> {
  const why = whyNot();
  if (why !== undefined) return Promise.resolve([{ ...benchRow("console", null, ""), note: why }]);
  const groups = {
    load: loadRows,
    accessibility: accessibilityRows,
    motion: motionRows,
    hostile: hostileRows,
  };
  return groupRows("console", groups, options);
}

function whyNot(): string | undefined {
  if (CHROMIUM === undefined) return "no Chromium at /usr/bin/chromium, and CHROMIUM names none";
  if (!existsSync("dist/console/index.html")) return "dist/console is missing: npm run build";
  return undefined;
}
