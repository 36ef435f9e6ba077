import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openWatched, picture, SCREENS } from "./browser.ts";
import { meetByLink, NO_STAGE, setRealStage } from "./real-stage.ts";
import { overflow, tooSmall } from "./stage.ts";

const stage = setRealStage("Anna's laptop", "Ben's phone");

const STORY_MS = 300_000;

async function open(which: number, hash: string, screen: keyof typeof SCREENS) {
  return openWatched(stage.browser(), `${stage.daemon(which).consoleUrl}${hash}`, {
    viewport: SCREENS[screen],
  });
}

/** One person's code as the other reads it, and the meeting itself. */
async function meet(anna: Page, ben: Page): Promise<void> {
  await meetByLink(anna, ben, "Anna");
  await ben.getByRole("heading", { name: "Anna" }).waitFor();
  await anna.locator(".contacts a").first().waitFor();
}

describe.skipIf(NO_STAGE !== undefined)("a person in the console", { timeout: STORY_MS }, () => {
  test("the first evening: name, words once, disk, who is near", async () => {
    const { page, faults } = await open(0, "", "phone");
    await page.getByRole("heading", { name: "Welcome to Peernet" }).waitFor();
    await picture(page, "welcome-phone");
    await page.getByLabel("What this device is called").fill("Annas Laptop");
    await page.getByRole("button", { name: "Use this name" }).click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "Show the words" }).click();
    const words = await page.locator(".word-grid li").allTextContents();
    expect(words).toHaveLength(24);
    expect(await overflow(page)).toBe(0);
    await page.getByRole("button", { name: "I have written them down" }).click();
    expect(await page.locator(".word-grid").count()).toBe(0);
    const fields = page.locator(".few-words input");
    const labels = await page.locator(".few-words label span").allTextContents();
    for (const [at, label] of labels.entries()) {
      await fields.nth(at).fill(words[Number(/\d+/.exec(label)) - 1] ?? "");
    }
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("No page shows them any more").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "10 GB" }).click();
    await page.getByText("You give 10 GB.").waitFor();
    expect(await tooSmall(page)).toEqual([]);
    await picture(page, "welcome-disk-phone");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("Ben's phone").waitFor();
    await picture(page, "welcome-near-phone");
    await page.getByRole("button", { name: "Look around" }).click();
    await page.getByRole("heading", { name: "Around me" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("two people meet, compare words and codes, rename, block and delete", async () => {
    const anna = await open(0, "&view=people", "laptop");
    const ben = await open(1, "&view=people", "phone");
    await meet(anna.page, ben.page);
    await anna.page.locator(".contacts a").first().click();
    for (const { page } of [anna, ben]) {
      await page.getByRole("link", { name: "About this person" }).click();
      await page.getByRole("button", { name: "Verify" }).click();
    }
    await Promise.all(
      [anna, ben].map(({ page }) => page.getByRole("button", { name: "Get four words" }).click()),
    );
    await anna.page.locator(".four-words").waitFor();
    const [words] = await anna.page.locator(".four-words").allTextContents();
    expect(words?.split(" ")).toHaveLength(4);
    await expect.poll(() => ben.page.locator(".four-words").allTextContents()).toEqual([words]);
    await picture(anna.page, "verify-laptop");
    await picture(ben.page, "verify-phone");
    expect(await overflow(ben.page)).toBe(0);
    await anna.page.getByRole("button", { name: "They have the same" }).click();
    await anna.page.getByText("by four words").waitFor();
    await anna.page.getByRole("button", { name: "Verify again" }).click();
    const code = await anna.page.getByLabel("Your code", { exact: true }).inputValue();
    expect(code).toMatch(/^peernet:person\//);
    await anna.page.keyboard.press("Escape");
    await ben.page.getByLabel("Their code").fill(code);
    await ben.page.getByRole("button", { name: "Compare" }).click();
    await ben.page.getByText("by their code").waitFor();
    await picture(ben.page, "about-phone");
    expect(await tooSmall(ben.page)).toEqual([]);

    await anna.page.getByRole("button", { name: "Rename" }).click();
    await anna.page.getByLabel("Only you see this").fill("Benjamin");
    await anna.page.getByRole("button", { name: "Save" }).click();
    await anna.page.getByRole("heading", { name: "Benjamin" }).waitFor();
    await anna.page.getByText("protected against later quantum computers").waitFor();
    await picture(anna.page, "about-laptop");
    await anna.page.getByRole("button", { name: "Block" }).click();
    await anna.page.locator(".contacts").getByText("Blocked").waitFor();
    await anna.page.getByRole("button", { name: "Let in again" }).click();
    await anna.page.locator(".contacts").getByText("Blocked").waitFor({ state: "detached" });
    await ben.page.getByRole("button", { name: "Delete contact" }).click();
    await ben.page.getByRole("dialog").getByRole("button", { name: "Delete contact" }).click();
    await ben.page.getByText("Nobody here yet").waitFor();
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });

  test("settings: devices, recovery, requests, contacts as a file, disk and links", async () => {
    const { page, faults } = await open(0, "&view=settings", "phone");
    await page.getByRole("link", { name: "Devices" }).click();
    await page.getByText("this device · the first").waitFor();
    await picture(page, "devices-phone");
    await page.getByRole("button", { name: "Add a device" }).click();
    const link = await page.getByLabel("Link for the new device").inputValue();
    expect(link).toMatch(/^peernet:/);
    await page.getByRole("img", { name: "The link as a QR code" }).waitFor();
    await picture(page, "add-device-phone");
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Back" }).click();

    await page.getByRole("link", { name: "Recovery" }).click();
    await page.getByText("You have shown that you wrote them down.").waitFor();
    await page.getByRole("button", { name: "Choose friends" }).click();
    await page.getByText("Choose at least two people").waitFor();
    await picture(page, "recovery-phone");
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Back" }).click();

    await page.getByRole("link", { name: "Requests from strangers" }).click();
    await page.getByLabel("Requests shown a day").fill("7");
    // The box shows what the peer says, which comes a moment after the click.
    const strangers = page.getByLabel("Strangers may find a way");
    await strangers.click();
    await expect.poll(() => strangers.isChecked()).toBe(true);
    await page.getByText("None yet. You introduce").waitFor();
    await picture(page, "request-settings-phone");
    await page.reload();
    await expect.poll(() => page.getByLabel("Requests shown a day").inputValue()).toBe("7");
    await page.getByRole("link", { name: "Back" }).click();

    await page.getByRole("link", { name: "Contacts as a file" }).click();
    for (const [button, mark] of [
      ["Save as vCard", "BEGIN:VCARD"],
      ["Save as JSON", '"format": "peernet-contacts"'],
    ] as const) {
      const saved = page.waitForEvent("download");
      await page.getByRole("button", { name: button }).click();
      expect(readFileSync(await (await saved).path(), "utf8")).toContain(mark);
    }
    await picture(page, "contacts-file-phone");
    await page.getByRole("link", { name: "Back" }).click();
    await page.getByRole("link", { name: "Disk and links" }).click();
    await page.getByLabel("Address").fill("tcp://127.0.0.1:1");
    await page.getByRole("button", { name: "Dial" }).click();
    await page.getByText("Dialled").waitFor();
    await picture(page, "space-phone");
    expect(await overflow(page)).toBe(0);
    expect(faults).toEqual([]);
  });
});
