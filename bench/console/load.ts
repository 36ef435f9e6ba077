import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { openWatched, SCREENS } from "../../test/browser/browser.ts";
import { type BenchRow, benchRow, median } from "../row.ts";
import { withBrowser } from "./page.ts";

const ROUNDS = 7;

/** Weight of the first load, and how soon the page does what one wants, with a real peer. */
export async function loadRows(): Promise<BenchRow[]> {
  const home = mkdtempSync(join(tmpdir(), "peernet-bench-console-"));
  const { child, url } = await startPeer(home);
  try {
    return await withBrowser(async (browser) => {
      const kB = await firstLoadKB(browser, `${url}&view=people`);
      const map = await firstLoadKB(browser, `${url}&view=map`);
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        times.push(await interactiveMs(browser, `${url}&view=people`));
      }
      const weight = "page, script, style and pictures of the people view, gzip -9 of each";
      const spread = `${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))}`;
      return [
        { ...benchRow("console.first-load.kB", kB, "kB"), note: weight },
        benchRow("console.first-load.with-map.kB", map, "kB"),
        {
          ...benchRow("console.interactive.ms", median(times), "ms"),
          note: `from the click on the link until a button of the page, with the peer's answer beside it, has done its work; median of ${ROUNDS}, ${spread}`,
        },
      ];
    });
  } finally {
    child.kill();
    await once(child, "exit");
    rmSync(home, { recursive: true, force: true });
  }
}

async function startPeer(home: string): Promise<{ child: ChildProcess; url: string }> {
  const words = ["up", "--json", "--no-open", "--no-discovery", "--home", home, "--name", "bench"];
  const child = spawn(
    process.execPath,
    ["dist/cli/main.js", ...words, "--listen", "tcp://127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, url: (JSON.parse(line) as { consoleUrl: string }).consoleUrl };
  }
  throw new RangeError("the peer did not tell where its console is");
}

/** Everything that is fetched but answers of the API. */
async function firstLoadKB(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ locale: "en-GB", viewport: SCREENS.laptop });
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/v1/")) return;
    sizes.push(response.body().then((body) => gzipSync(body, { level: 9 }).length));
  });
  await page.goto(url);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForTimeout(1_500);
  const all = await Promise.all(sizes);
  await context.close();
  return all.reduce((sum, size) => sum + size, 0) / 1_000;
}

/** Until the peer's answer stands there and a button works, on the page's own clock. */
async function interactiveMs(browser: Browser, url: string): Promise<number> {
  const { page } = await openWatched(browser, "about:blank", { viewport: SCREENS.laptop });
  await page.addInitScript(`(() => {
    const look = () => {
      const button = document.querySelector(".split-list .buttons button:nth-child(2)");
      const name = document.querySelector(".brand small .name");
      const dialog = document.querySelector("dialog[open]");
      if (dialog !== null) globalThis.benchReadyMs = performance.now();
      else {
        if (button !== null && name !== null) button.click();
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  })()`);
  await page.goto(url);
  await page.locator("dialog[open]").waitFor();
  let ms: number | undefined;
  while (ms === undefined) ms = await page.evaluate<number | undefined>("globalThis.benchReadyMs");
  await page.context().close();
  return ms;
}
