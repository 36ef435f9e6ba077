import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { openWatched, SCREENS } from "../../test/browser/browser.ts";
import { type BenchRival, type BenchRow, benchRow, median } from "../row.ts";
import { withBrowser } from "./page.ts";
import { startSyncthing } from "./syncthing.ts";

const ROUNDS = 7;

/** Weight of the first load, and how soon the page does what one wants, with a real peer. */
export async function loadRows(): Promise<BenchRow[]> {
  const home = mkdtempSync(join(tmpdir(), "peernet-bench-console-"));
  const { child, url } = await startPeer(home);
  try {
    return await withBrowser(async (browser) => {
      const rival = await rivalLoad(browser);
      const kB = await firstLoadKB(browser, `${url}&view=people`, "/v1/");
      const map = await firstLoadKB(browser, `${url}&view=map`, "/v1/");
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        times.push(await interactiveMs(browser, `${url}&view=people`, OURS));
      }
      const weight = "page, script, style and pictures of the people view, gzip -9 of each";
      const spread = `${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))}`;
      return [
        { ...benchRow("console.first-load.kB", kB, "kB", [rival.weight]), note: weight },
        benchRow("console.first-load.with-map.kB", map, "kB"),
        {
          ...benchRow("console.interactive.ms", median(times), "ms", [rival.speed]),
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

/** What a page shows once it does what one wants: texts of CSS selectors. */
interface Marks {
  /** A button that opens a dialog, what the program itself has answered, and the dialog. */
  readonly button: string;
  readonly answer: string;
  readonly dialog: string;
}

const OURS: Marks = {
  button: ".split-list .buttons button:nth-child(2)",
  answer: ".brand small .name",
  dialog: "dialog[open]",
};
const SYNCTHINGS: Marks = {
  button: "button[ng-click='addFolder()']",
  answer: ".navbar-text",
  dialog: ".modal.in",
};

/** The same of the rival's page, by the same browser, at the same size, in as many rounds. */
async function rivalLoad(browser: Browser): Promise<{ weight: BenchRival; speed: BenchRival }> {
  const rival = await startSyncthing();
  if (typeof rival === "string") {
    const row = { name: "Syncthing", value: null, note: rival };
    return { weight: row, speed: row };
  }
  const { name, url, end } = rival;
  try {
    const kB = await firstLoadKB(browser, url, "/rest/");
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(await interactiveMs(browser, url, SYNCTHINGS));
    }
    const spread = `${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))}`;
    const until = `from opening until 'Add Folder', with the device's name beside it, has opened its dialog (for which it asks the program once); median of ${ROUNDS}, ${spread}`;
    return {
      weight: { name, value: kB, note: "all of its one page, gzip -9 of each file" },
      speed: { name, value: median(times), note: until },
    };
  } finally {
    await end();
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

/** Everything that is fetched but answers of the API, which are below one path. */
async function firstLoadKB(browser: Browser, url: string, api: string): Promise<number> {
  const context = await browser.newContext({ locale: "en-GB", viewport: SCREENS.laptop });
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith(api)) return;
    sizes.push(response.body().then((body) => gzipSync(body, { level: 9 }).length));
  });
  await page.goto(url);
  await page.locator("h1, .panel-title").first().waitFor();
  await page.waitForTimeout(1_500);
  const all = await Promise.all(sizes);
  await context.close();
  return all.reduce((sum, size) => sum + size, 0) / 1_000;
}

/** Until the program's answer stands there and a button works, on the page's own clock. */
async function interactiveMs(browser: Browser, url: string, marks: Marks): Promise<number> {
  const { page } = await openWatched(browser, "about:blank", { viewport: SCREENS.laptop });
  await page.addInitScript(`(() => {
    const { button, answer, dialog } = ${JSON.stringify(marks)};
    const shown = (selector) =>
      [...document.querySelectorAll(selector)].find((each) => each.offsetParent !== null);
    const look = () => {
      if (document.querySelector(dialog) !== null) globalThis.benchReadyMs = performance.now();
      else {
        const found = shown(button);
        const text = shown(answer)?.textContent.trim() ?? "";
        if (found !== undefined && text !== "" && !text.includes("{{")) found.click();
        requestAnimationFrame(look);
      }
    };
    requestAnimationFrame(look);
  })()`);
  await page.goto(url);
  await page.locator(marks.dialog).first().waitFor();
  let ms: number | undefined;
  while (ms === undefined) ms = await page.evaluate<number | undefined>("globalThis.benchReadyMs");
  await page.context().close();
  return ms;
}
