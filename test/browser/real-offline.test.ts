import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { BUILT, type Daemon, startDaemon } from "./daemon.ts";
import { overflow } from "./stage.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");

let browser: Browser;
let daemon: Daemon;

beforeAll(async () => {
  if (skipped !== undefined) return;
  browser = await launch();
  daemon = await startDaemon("Kitchen", []);
});

afterAll(async () => {
  await browser?.close();
  await daemon?.stop();
});

/** Paths of everything that the browser keeps of this page. */
function keptPaths(page: Page): Promise<readonly string[]> {
  return page.evaluate(`(async () => {
    const found = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
    }
    return found.sort();
  })()`);
}

describe.skipIf(skipped !== undefined)("the page as an app", { timeout: 240_000 }, () => {
  test("can be installed; opens while the peer is stopped, says so, and comes back by itself", async () => {
    const { page, faults } = await openWatched(browser, `${daemon.consoleUrl}&view=groups`, {
      ...{ viewport: SCREENS.phone, hasTouch: true, serviceWorkers: "allow" },
    });
    const { origin } = new URL(daemon.consoleUrl);
    await page.getByText("No groups yet").waitFor();
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    const chromium = await page.context().newCDPSession(page);
    const { installabilityErrors } = await chromium.send("Page.getInstallabilityErrors");
    // The test's own window keeps nothing, which Chromium has against installing there.
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(["in-incognito"]);

    // As the browser tells it where somebody installs the page: it gets a token of its own.
    await page.evaluate(`dispatchEvent(new Event("appinstalled"))`);
    await expect.poll(() => page.evaluate(`localStorage.getItem("peernet-token")`)).toBeTruthy();
    await page.getByRole("link", { name: "People" }).click();
    await page.getByText("Nobody here yet").waitFor();

    const kept = await keptPaths(page);
    expect(kept).toContain("/");
    expect(kept.filter((path) => path.startsWith("/v1/"))).toEqual([]);
    expect(
      kept.every((path) => /^\/(assets\/[\w.-]+|icon\.svg|manifest\.webmanifest)?$/.test(path)),
    ).toBe(true);

    await daemon.stop(true);
    const app = await page.context().newPage();
    await app.goto(`${origin}/#view=groups`);
    await app.getByText("The peer is not answering. Is it running?").waitFor();
    await picture(app, "offline-phone");
    expect(await overflow(app)).toBe(0);
    expect(faults.filter((fault) => !fault.includes("Failed to load resource"))).toEqual([]);

    // Another key is in the new link; the app does not need it.
    daemon = await startDaemon("Kitchen", [], daemon.home);
    expect(new URL(daemon.consoleUrl).origin).toBe(origin);
    await app.getByText("No groups yet").waitFor({ timeout: 30_000 });
    await app.getByText("The peer is not answering.").waitFor({ state: "detached" });
    await app.goto(`${origin}/#view=settings&page=browsers`);
    await app.getByText("on this machine").waitFor();
    await picture(app, "browsers-app-phone");
    expect(await overflow(app)).toBe(0);
  });
});
