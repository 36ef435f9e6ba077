import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { BUILT, type Daemon, startDaemon } from "./daemon.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");
if (skipped !== undefined) console.log(`Browser test of real peers skipped: ${skipped}.`);

let browser: Browser;
const daemons: Daemon[] = [];

beforeAll(async () => {
  if (skipped !== undefined) return;
  browser = await launch();
  const first = await startDaemon("first", []);
  daemons.push(first, await startDaemon("second", [first.endpoint]));
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
});

describe.skipIf(skipped !== undefined)("two real peers and their consoles", () => {
  test("meet, write, and share a file", async () => {
    const [first, second] = daemons;
    const anna = await openWatched(browser, `${first?.consoleUrl}&view=map`, {
      viewport: SCREENS.laptop,
    });
    const ben = await openWatched(browser, `${second?.consoleUrl}&view=people`, {
      viewport: SCREENS.phone,
    });

    await anna.page.getByText("1 peer", { exact: false }).first().waitFor();
    await anna.page.locator(".peer-list button").first().click();
    const card = anna.page.getByRole("region", { name: "Peer", exact: true });
    await card.getByRole("button", { name: "Ping" }).click();
    await card.getByText(/ms over 1 hop/).waitFor();
    await picture(anna.page, "real-map-laptop");

    await anna.page.getByRole("link", { name: "People" }).click();
    await anna.page.getByRole("button", { name: "Invite" }).click();
    const invite = await anna.page.getByLabel("Invite link").inputValue();
    await anna.page.keyboard.press("Escape");
    await ben.page.getByRole("button", { name: "Add by link" }).click();
    await ben.page.getByLabel("Their invite link").fill(invite);
    await ben.page.getByLabel("What you call them").fill("Anna");
    await ben.page.getByRole("button", { name: "Add", exact: true }).click();
    await ben.page.getByLabel("Message to Anna").fill("hello over there");
    await ben.page.getByRole("button", { name: "Send" }).click();
    await ben.page.locator(".bubble").getByText("delivered").waitFor();

    await anna.page.locator(".contacts a").first().click();
    await anna.page.locator(".bubble").getByText("hello over there").waitFor();
    await anna.page.getByLabel(/Message to/).fill("and back");
    await anna.page.keyboard.press("Enter");
    await ben.page.locator(".bubble").getByText("and back").waitFor();
    await picture(ben.page, "real-chat-phone");

    await anna.page.getByRole("link", { name: "Drive" }).click();
    const bytes = Buffer.alloc(300_000, "a few bytes ");
    const file = { name: "shared.bin", mimeType: "application/octet-stream", buffer: bytes };
    await anna.page.locator("input[type=file]").setInputFiles(file);
    await anna.page.getByText("On your drive").waitFor();
    await picture(anna.page, "real-drive-laptop");
    await anna.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await anna.page.getByRole("button", { name: "Copy the link" }).click();
    const link = await anna.page.evaluate<string>("navigator.clipboard.readText()");
    await ben.page.getByRole("link", { name: "Drive" }).click();
    const saved = ben.page.waitForEvent("download");
    await ben.page.getByLabel("Open a link").fill(link);
    await ben.page.getByRole("button", { name: "Open" }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe("shared.bin");
    expect(readFileSync(await download.path()).equals(bytes)).toBe(true);

    await ben.page.getByRole("link", { name: "Status" }).click();
    await ben.page.getByRole("heading", { name: "Doctor" }).waitFor();
    await picture(ben.page, "real-status-phone");
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});
