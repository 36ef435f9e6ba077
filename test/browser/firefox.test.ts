// The console in Firefox: every view, and what two people do on a first evening. No screenshots:
// the tool that takes them puts a style into the page, which the console's policy forbids.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  FIREFOX_SKIPPED,
  launchFirefox,
  openWatched,
  SCREENS,
  type WatchedPage,
} from "./browser.ts";
import { BUILT, type Daemon, startDaemon } from "./daemon.ts";
import { type FakePeer, startFakePeer } from "./fake-api.ts";
import { worldOf } from "./fake-data.ts";
import { jpegPhoto } from "./photo.ts";
import { overflow, tooSmall } from "./stage.ts";

const skipped =
  FIREFOX_SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");
if (skipped !== undefined) console.log(`Tests in Firefox skipped: ${skipped}.`);

let browser: Browser;
const fakes: FakePeer[] = [];
const daemons: Daemon[] = [];

beforeAll(async () => {
  if (skipped === undefined) browser = await launchFirefox();
});

afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  for (const fake of fakes.splice(0)) await fake.close();
  await Promise.all(daemons.splice(0).map((daemon) => daemon.stop()));
});

afterAll(async () => {
  await browser?.close();
});

/** What each view shows of the street that the fake peer lives in. */
const PROOF = {
  map: "11 peers",
  people: "Miriam",
  drive: "choir-2026-06.flac",
  money: "hours",
  status: "Lena's laptop",
} as const;

function open(url: string, view: string, screen: keyof typeof SCREENS): Promise<WatchedPage> {
  return openWatched(browser, `${url}&view=${view}`, { viewport: SCREENS[screen] });
}

describe.skipIf(skipped !== undefined)("the console in Firefox", { timeout: 300_000 }, () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`every view fits and breaks no rule of its policy, on a ${screen}`, async () => {
      const fake = await startFakePeer(worldOf("street"));
      fakes.push(fake);
      const faults: string[] = [];
      for (const [view, text] of Object.entries(PROOF)) {
        const { page, faults: seen } = await open(fake.consoleUrl, view, screen);
        await page.getByRole("main").getByText(text).filter({ visible: true }).first().waitFor();
        expect(await overflow(page)).toBeLessThanOrEqual(0);
        if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
        expect(page.url()).not.toContain("token");
        faults.push(...seen);
        await page.context().close();
      }
      expect(faults).toEqual([]);
    });
  }

  test("two real peers meet, write, and look at a photo that sharpens", async () => {
    const first = await startDaemon("first", []);
    daemons.push(first);
    const second = await startDaemon("second", [first.endpoint]);
    daemons.push(second);
    const anna = await open(first.consoleUrl, "people", "laptop");
    const ben = await open(second.consoleUrl, "people", "phone");
    await meetAndWrite(anna.page, ben.page);
    await lookAtPhoto(anna.page);
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});

async function meetAndWrite(anna: Page, ben: Page): Promise<void> {
  await anna.getByRole("button", { name: "Invite" }).click();
  const invite = await anna.getByLabel("Invite link").inputValue();
  await anna.keyboard.press("Escape");
  await ben.getByRole("button", { name: "Add by link" }).click();
  await ben.getByLabel("Their invite link").fill(invite);
  await ben.getByLabel("What you call them").fill("Anna");
  await ben.getByRole("button", { name: "Add", exact: true }).click();
  await ben.getByLabel("Message to Anna").fill("hello from Firefox");
  await ben.getByRole("button", { name: "Send" }).click();
  await ben.locator(".bubble").getByText("delivered").waitFor();
  await anna.locator(".contacts a").first().click();
  await anna.locator(".bubble").getByText("hello from Firefox").waitFor();
  await anna.getByLabel(/Message to/).fill("and back");
  await anna.keyboard.press("Enter");
  await ben.locator(".bubble").getByText("and back").waitFor();
}

async function lookAtPhoto(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Drive" }).click();
  const file = { name: "dusk.jpg", mimeType: "image/jpeg", buffer: jpegPhoto() };
  await page.locator("input[type=file]").setInputFiles(file);
  const object = page.locator(".object").filter({ hasText: "dusk.jpg" });
  await object.getByText("Preview any 3 of 40").waitFor();
  await object.getByRole("button", { name: "Look" }).click();
  const dialog = page.getByRole("dialog");
  const image = dialog.locator(".look-picture img");
  await dialog.getByText("Layer 3 of 3: bit-exact").waitFor();
  await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBe(960);
  await dialog.getByRole("slider").press("Home");
  await dialog.getByText(/of 40 fragments survived/).waitFor();
}
