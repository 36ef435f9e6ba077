import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { BUILT, type Daemon, startDaemon } from "./daemon.ts";
import { jpegPhoto } from "./photo.ts";

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

/** Each of these goes through many views of two peers; a busy machine takes its time. */
const STORY_MS = 300_000;

describe.skipIf(skipped !== undefined)(
  "two real peers and their consoles",
  { timeout: STORY_MS },
  () => {
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
      const minutes = {
        name: "minutes.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("we met"),
      };
      await anna.page.locator(".composer input[type=file]").setInputFiles(minutes);
      await ben.page.locator(".message-file").getByText("minutes.txt").waitFor();
      await ben.page.getByRole("button", { name: "Look" }).click();
      await ben.page.getByRole("dialog").getByText("we met").waitFor();
      await ben.page.keyboard.press("Escape");
      const kept = ben.page.waitForEvent("download");
      await ben.page.getByRole("button", { name: "Download" }).click();
      expect(readFileSync(await (await kept).path(), "utf8")).toBe("we met");
      await anna.page
        .getByRole("button", { name: /delivered|read/ })
        .last()
        .click();
      await anna.page
        .locator(".why-words")
        .getByText(/arrived|read|has it/i)
        .waitFor();
      await picture(anna.page, "real-why-laptop");

      await anna.page.getByRole("link", { name: "Drive" }).click();
      const bytes = Buffer.alloc(300_000, "a few bytes ");
      const file = { name: "shared.bin", mimeType: "application/octet-stream", buffer: bytes };
      await anna.page.locator("input[type=file]").setInputFiles(file);
      await anna.page.getByText("On your drive").waitFor();
      await picture(anna.page, "real-drive-laptop");
      await anna.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      const shared = anna.page.locator(".object").filter({ hasText: "shared.bin" });
      await shared.getByRole("button", { name: "Copy link" }).click();
      const link = await anna.page.evaluate<string>("navigator.clipboard.readText()");
      await ben.page.getByRole("link", { name: "Drive" }).click();
      const saved = ben.page.waitForEvent("download");
      await ben.page.getByLabel("Open a link").fill(link);
      await ben.page.getByRole("button", { name: "Open" }).click();
      const download = await saved;
      expect(download.suggestedFilename()).toBe("shared.bin");
      expect(readFileSync(await download.path()).equals(bytes)).toBe(true);

      await ben.page.getByRole("link", { name: "Settings" }).click();
      await ben.page.getByRole("link", { name: "Status" }).click();
      await ben.page.getByRole("heading", { name: "Doctor" }).waitFor();
      await picture(ben.page, "real-status-phone");
      expect(anna.faults).toEqual([]);
      expect(ben.faults).toEqual([]);
    });

    test("a photo sharpens, and the slider decodes what would be left", async () => {
      const [first, second] = daemons;
      const anna = await openWatched(browser, `${first?.consoleUrl}&view=drive`, {
        viewport: SCREENS.laptop,
      });
      const file = { name: "dusk.jpg", mimeType: "image/jpeg", buffer: jpegPhoto() };
      await anna.page.locator("input[type=file]").setInputFiles(file);
      const object = anna.page.locator(".object").filter({ hasText: "dusk.jpg" });
      await object.getByText("Preview any 3 of 40").waitFor();
      await object.getByRole("button", { name: "Look" }).click();
      const dialog = anna.page.getByRole("dialog");
      const image = dialog.locator(".look-picture img");
      const sideOf = (): Promise<number> =>
        image.evaluate((one: HTMLImageElement) => one.naturalWidth);
      await dialog.getByText("Layer 3 of 3: bit-exact").waitFor();
      expect(await sideOf()).toBe(960);
      await picture(anna.page, "real-look-laptop");
      const slider = dialog.getByRole("slider");
      await slider.fill("12");
      await dialog.getByText("12 of 40 fragments survived: layers 1 to 2 of 3").waitFor();
      expect(await sideOf()).toBe(960);
      await slider.fill("4");
      await dialog.getByText("4 of 40 fragments survived: layer 1 of 3, all of it, soft").waitFor();
      expect(await sideOf()).toBeLessThan(400);
      await picture(anna.page, "real-survivors-laptop");
      await slider.fill("2");
      await dialog.getByText("2 of 40 fragments survived: nothing could be read").waitFor();
      await anna.page.keyboard.press("Escape");
      await object.getByRole("button", { name: "Check" }).click();
      await anna.page.getByText(/holders proved what they keep/).waitFor();
      const space = anna.page.getByRole("region", { name: "Space" });
      await space.getByLabel("Give others at most").fill("7");
      await space.getByRole("button", { name: "Save" }).click();
      await space.getByText("of 7.0 GB given to others").waitFor();
      await anna.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await object.getByRole("button", { name: "Copy link" }).click();
      const link = await anna.page.evaluate<string>("navigator.clipboard.readText()");

      const ben = await openWatched(browser, `${second?.consoleUrl}&view=drive`, {
        viewport: SCREENS.phone,
      });
      await ben.page.getByLabel("Open a link").fill(link);
      await ben.page.locator(".open-link").getByRole("button", { name: "Look" }).click();
      await ben.page.getByRole("dialog").getByText("Layer 3 of 3: bit-exact").waitFor();
      await picture(ben.page, "real-look-phone");
      expect(anna.faults.filter((fault) => !fault.includes("503"))).toEqual([]);
      expect(ben.faults).toEqual([]);
    });

    test("a folder is made, filled, joined by link and changed from both sides", async () => {
      const [first, second] = daemons;
      const anna = await openWatched(browser, `${first?.consoleUrl}&view=drive`, {
        viewport: SCREENS.laptop,
      });
      await anna.page.getByRole("button", { name: "New folder" }).click();
      await anna.page.getByLabel("What it is called").fill("Plans");
      await anna.page.getByRole("button", { name: "Make it" }).click();
      await anna.page.getByRole("link", { name: "Plans" }).click();
      const put = (page: Page, name: string, text: string): Promise<void> => {
        const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
        return page.locator("input[type=file]").setInputFiles(file);
      };
      await put(anna.page, "roof.txt", "tiles");
      await anna.page.locator(".entry").getByText("roof.txt").waitFor();
      await anna.page.getByRole("button", { name: "Share" }).click();
      const link = await anna.page.locator(".share code").first().textContent();
      await anna.page.keyboard.press("Escape");

      const ben = await openWatched(browser, `${second?.consoleUrl}&view=drive`, {
        viewport: SCREENS.phone,
      });
      await ben.page.getByRole("button", { name: "By link" }).click();
      await ben.page.getByLabel("The link you were given").fill(link ?? "");
      await ben.page.getByRole("button", { name: "Take part" }).click();
      await ben.page.getByRole("link", { name: "Plans" }).click();
      const saved = ben.page.waitForEvent("download");
      await ben.page.locator(".entry").getByText("roof.txt").click();
      expect(readFileSync(await (await saved).path(), "utf8")).toBe("tiles");
      await put(ben.page, "walls.txt", "bricks");
      await anna.page.locator(".entry").getByText("walls.txt").waitFor();
      await picture(anna.page, "real-folder-laptop");
      expect(anna.faults).toEqual([]);
      expect(ben.faults).toEqual([]);
    });
  },
);
