import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { BUILT, clientOf, type Daemon, startDaemon } from "./daemon.ts";
import { jpegPhoto } from "./photo.ts";
import { overflow, tooSmall } from "./stage.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");

/** What needs the other peer's answer may take a while on a busy machine. */
const PATIENT = { timeout: 60_000 };

let browser: Browser;
const daemons: Daemon[] = [];

beforeAll(async () => {
  if (skipped !== undefined) return;
  browser = await launch();
  const first = await startDaemon("Anna", []);
  daemons.push(first, await startDaemon("Ben", [first.endpoint]));
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
});

/** Sides in pixels of a picture that is drawn. */
function sidesOf(page: Page, where: string): Promise<readonly number[]> {
  return page.evaluate(`(() => {
    const image = document.querySelector(${JSON.stringify(where)});
    return image === null ? [] : [image.naturalWidth, image.naturalHeight];
  })()`);
}

describe.skipIf(skipped !== undefined)("the picture of a person", { timeout: 180_000 }, () => {
  test("chosen on the first evening, seen by a contact, changed in the settings, taken away", async () => {
    const [first, second] = daemons as [Daemon, Daemon];
    const [annas, bens] = [clientOf(first), clientOf(second)];
    const phone = { viewport: SCREENS.phone, hasTouch: true };
    const anna = await openWatched(browser, `${first.consoleUrl}&view=welcome`, phone);
    const ben = await openWatched(browser, `${second.consoleUrl}&view=people`, {
      viewport: SCREENS.laptop,
    });
    await anna.page.getByText("You show no picture.").waitFor();
    const file = { name: "me.jpg", mimeType: "image/jpeg", buffer: jpegPhoto() };
    await anna.page.getByLabel("Choose a picture").setInputFiles(file);
    await anna.page.getByText("Contacts and members of your groups see this.").waitFor(PATIENT);
    const own = ".own-picture .portrait img";
    await expect.poll(() => sidesOf(anna.page, own), PATIENT).toHaveLength(2);
    const sides = await sidesOf(anna.page, own);
    expect(Math.max(...sides)).toBeLessThanOrEqual(256);
    expect(new Set(sides).size).toBe(1);
    expect(await overflow(anna.page)).toBe(0);
    expect(await tooSmall(anna.page)).toEqual([]);
    await picture(anna.page, "real-picture-welcome-phone");

    const { link } = await annas.createInvite();
    await bens.addContact(link, "Anna");
    const face = ".contacts .avatar .portrait img";
    await expect.poll(() => sidesOf(ben.page, face), PATIENT).toEqual(sides);
    await ben.page.locator(".contacts a").first().click();
    await ben.page.locator(".chat-head .portrait img").waitFor();
    await picture(ben.page, "real-picture-contact-laptop");
    const address = await ben.page.locator(face).first().getAttribute("src");
    expect(address).toMatch(/^blob:http:\/\/127\.0\.0\.1:/);
    const bytes = await bens.people.picture("Anna");
    expect([...bytes.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect(bytes.length).toBeLessThanOrEqual(16_384);
    // Neither where nor with what it was taken.
    expect(Buffer.from(bytes).includes("Exif")).toBe(false);

    await anna.page.goto(`${first.consoleUrl}&view=settings&page=picture`);
    await anna.page.getByText("Contacts and members of your groups see this.").waitFor();
    const text = { name: "me.png", mimeType: "image/png", buffer: Buffer.from("no picture") };
    await anna.page.getByLabel("Choose a picture").setInputFiles(text);
    await anna.page.getByText("The browser cannot read this as a picture").waitFor();
    await picture(anna.page, "real-picture-settings-phone");
    await anna.page.getByRole("button", { name: "Show none" }).click();
    await anna.page.getByText("You show no picture.").waitFor();
    await expect.poll(() => ben.page.locator(".portrait img").count(), PATIENT).toBe(0);
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});
