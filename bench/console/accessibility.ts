import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { COMMUNITY_ID } from "../../test/browser/fake-communities.ts";
import { idOf } from "../../test/browser/fake-data.ts";
import { rivalPackages } from "../rivals/npm.ts";
import { type BenchRow, benchRow } from "../row.ts";
import { openView, peerIn, withBrowser } from "./page.ts";

const AXE = "4.14.1";

/** Every view, as the part of the address behind `view=`. */
const PLACES = [
  ...["map", "people", `people&with=${idOf(1000)}`, "groups", `groups&group=${"0a".repeat(16)}`],
  `groups&group=${"0a".repeat(16)}&page=about`,
  "settings&page=browsers",
  ...["money", `money&line=${idOf(6300)}`, "money&page=payments", "money&page=requests"],
  ...["money&page=receipts", "money&page=currencies", "money&page=rates", "money&page=automatic"],
  ...[
    "money&page=communities",
    ...["account", "market", "members", "rules", "stewards"].map(
      (part) => `money&page=communities&community=${COMMUNITY_ID}&part=${part}`,
    ),
  ],
  ...[
    "drive",
    "status",
    "settings",
    "settings&page=look",
    "settings&page=picture",
    "settings&page=devices",
  ],
  ...["settings&page=recovery", "settings&page=requests", "settings&page=contacts"],
  ...["settings&page=space", "welcome"],
] as const;

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds that keeps people out, on every view, on phone and laptop, light and dark. */
export async function accessibilityRows(): Promise<BenchRow[]> {
  const installed = rivalPackages("axe", { "axe-core": AXE });
  if ("why" in installed) {
    return [{ ...benchRow("console.axe.serious", null, "findings"), note: installed.why }];
  }
  const axe = readFileSync(join(installed.folder, "node_modules/axe-core/axe.min.js"), "utf8");
  const found = new Map<string, string>();
  let pages = 0;
  await withBrowser(async (browser) => {
    const peer = await peerIn("street");
    try {
      for (const [screen, scheme] of [
        ["laptop", "light"],
        ["laptop", "dark"],
        ["phone", "light"],
      ] as const) {
        for (const place of PLACES) {
          const { page } = await openView(browser, peer, place, screen, scheme);
          await page.locator("h1").waitFor({ state: "attached" });
          await page.waitForTimeout(900);
          for (const finding of await serious(page, axe)) {
            const html = finding.nodes[0]?.html.slice(0, 160) ?? "";
            found.set(`${finding.id} in ${place.split("=")[0]}`, html);
          }
          pages += 1;
          await page.context().close();
        }
      }
    } finally {
      await peer.close();
    }
  });
  const list = [...found].map(([where, html]) => `${where}: ${html}`).join("; ");
  const note = `axe-core ${AXE}, serious and critical, on ${pages} pages${list === "" ? "" : `: ${list}`}`;
  return [{ ...benchRow("console.axe.serious", found.size, "findings"), note }];
}

async function serious(page: Page, axe: string): Promise<readonly Finding[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    "globalThis.axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical");
}
