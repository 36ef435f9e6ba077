import { once } from "node:events";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED, type WatchedPage } from "./browser.ts";
import { type Command, startCommand, withItsWords, wordsOf } from "./command.ts";
import { BUILT, clientOf, type Daemon, startDaemon } from "./daemon.ts";
import { overflow, tooSmall } from "./stage.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");

/** What needs another process' answer may take a while on a busy machine. */
const PATIENT = { timeout: 60_000 };

let browser: Browser;
let laptop: Daemon;
const commands: Command[] = [];
const others: Daemon[] = [];

beforeAll(async () => {
  if (skipped !== undefined) return;
  browser = await launch();
  laptop = await startDaemon("Anna's laptop", []);
});

afterEach(async () => {
  for (const daemon of others.splice(0)) await daemon.stop(true);
  for (const command of commands.splice(0)) await command.end();
});

afterAll(async () => {
  await browser?.close();
  await laptop?.stop();
});

/** `peernet device join` on a new machine. */
function joinAs(name: string, words: readonly string[]): Command {
  const command = startCommand(["device", "join", ...words, "--name", name, "--yes"]);
  commands.push(command);
  return command;
}

function openDevices(screen: keyof typeof SCREENS): Promise<WatchedPage> {
  return openWatched(browser, `${laptop.consoleUrl}&view=settings&page=devices`, {
    ...{ viewport: SCREENS[screen], hasTouch: screen === "phone" },
  });
}

const rowOf = (page: Page, name: string) => page.locator(".line").filter({ hasText: name });

describe.skipIf(skipped !== undefined)("devices in the console", { timeout: 180_000 }, () => {
  test("a device comes in by link, is renamed and revoked", async () => {
    const { page, faults } = await openDevices("laptop");
    await page.getByRole("button", { name: "Add a device" }).click();
    const link = await page.getByLabel("Link for the new device").inputValue();
    const phone = joinAs("phone", [link]);
    await withItsWords(phone, page.getByText("“phone” is your device now.").waitFor(PATIENT));
    await page.keyboard.press("Escape");
    const row = rowOf(page, "phone");
    await row.getByText("added by Anna's laptop").waitFor();
    await row.getByRole("button", { name: "Rename" }).click();
    await page.getByLabel("Your contacts see this name").fill("Anna's phone");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".line").getByText("Anna's phone").waitFor();
    await picture(page, "devices-laptop");
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.locator(".line").getByText("revoked").waitFor();
    expect(faults).toEqual([]);
  });

  for (const screen of ["phone", "laptop"] as const) {
    test(`a device comes in by the four words that it shows, typed on a ${screen}`, async () => {
      const { page, faults } = await openDevices(screen);
      await page.getByRole("button", { name: "Add a device" }).click();
      await page.getByLabel("Link for the new device").waitFor();
      const name = `tablet-${screen}`;
      const tablet = joinAs(name, ["--json", "--no-discovery", "--link", laptop.endpoint]);
      const dialog = page.getByRole("dialog");
      const asking = dialog.getByText(`“${name}” wants to be yours.`);
      await withItsWords(tablet, asking.waitFor(PATIENT));
      await expect.poll(() => wordsOf(tablet).length, PATIENT).toBe(4);
      await picture(page, `device-words-${screen}`);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      // All four may be typed into the first field.
      await dialog.getByLabel("Word 1").fill(wordsOf(tablet).join(" "));
      await dialog.getByRole("button", { name: "They are the same" }).click();
      const added = dialog.getByText(`“${name}” is your device now.`);
      await withItsWords(tablet, added.waitFor(PATIENT));
      await page.keyboard.press("Escape");
      await rowOf(page, name).getByText("added by Anna's laptop").waitFor();
      expect(faults).toEqual([]);
    });
  }

  test("wrong words let nobody in", async () => {
    const { page } = await openDevices("laptop");
    await page.getByRole("button", { name: "Add a device" }).click();
    await page.getByLabel("Link for the new device").waitFor();
    const stranger = joinAs("stranger", ["--json", "--no-discovery", "--link", laptop.endpoint]);
    const dialog = page.getByRole("dialog");
    await withItsWords(
      stranger,
      dialog.getByText("“stranger” wants to be yours.").waitFor(PATIENT),
    );
    await dialog.getByLabel("Word 1").fill("able able able able");
    await dialog.getByRole("button", { name: "They are the same" }).click();
    await dialog.getByRole("button", { name: "Begin again" }).waitFor(PATIENT);
    await page.keyboard.press("Escape");
    expect(await rowOf(page, "stranger").count()).toBe(0);
  });

  test("a device added without the past is given it later", async () => {
    const ben = await startDaemon("Ben", [laptop.endpoint]);
    others.push(ben);
    const [annas, bens] = [clientOf(laptop), clientOf(ben)];
    const { link: invite } = await annas.createInvite();
    await bens.addContact(invite, "anna");
    await expect.poll(async () => (await annas.contacts())[0]?.state, PATIENT).toBe("met");
    await bens.sendMessage("anna", "see you at nine");
    await expect.poll(async () => (await annas.status()).unreadCount, PATIENT).toBe(1);

    const { page, faults } = await openDevices("phone");
    await page.getByLabel("Give a device that I add the messages").uncheck();
    await page.getByRole("button", { name: "Add a device" }).click();
    const link = await page.getByLabel("Link for the new device").inputValue();
    const joining = joinAs("pocket", [link]);
    await withItsWords(joining, page.getByText("“pocket” is your device now.").waitFor(PATIENT));
    if (joining.child.exitCode === null) await once(joining.child, "exit");
    const pocket = await startDaemon("pocket", [laptop.endpoint], joining.home);
    others.push(pocket);
    await page.keyboard.press("Escape");
    const row = rowOf(page, "pocket");
    await row.getByText("in reach").waitFor(PATIENT);
    expect(await row.getByText("of before").count()).toBe(0);
    await row.getByRole("button", { name: "Give it my messages" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("It gets the messages of the last 30 days").waitFor();
    await dialog.getByRole("button", { name: "Give it my messages" }).click();
    await row.getByText("has 1 message of before").waitFor(PATIENT);
    expect(await overflow(page)).toBe(0);
    await picture(page, "device-history-phone");
    const inbox = await openWatched(browser, `${pocket.consoleUrl}&view=people`, {
      viewport: SCREENS.laptop,
    });
    await inbox.page.locator(".contacts a").first().click();
    await inbox.page.getByText("see you at nine").waitFor(PATIENT);
    expect(faults).toEqual([]);
  });
});
