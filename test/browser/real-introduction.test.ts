import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openWatched, picture, SCREENS, type WatchedPage } from "./browser.ts";
import { meetByLink, NO_STAGE, setRealStage } from "./real-stage.ts";

const stage = setRealStage("Anna", "Ben", "Cleo");

function open(which: number, screen: keyof typeof SCREENS): Promise<WatchedPage> {
  const url = `${stage.daemon(which).consoleUrl}&view=people`;
  return openWatched(stage.browser(), url, { viewport: SCREENS[screen] });
}

async function meet(host: Page, guest: Page): Promise<void> {
  await meetByLink(host, guest);
  await guest.locator(".contacts").getByText("In reach").waitFor({ state: "attached" });
}

describe.skipIf(NO_STAGE !== undefined)("introductions", { timeout: 300_000 }, () => {
  test("Anna introduces two contacts; both find a request, accept, and can write", async () => {
    const [anna, ben, cleo] = [
      await open(0, "laptop"),
      await open(1, "phone"),
      await open(2, "laptop"),
    ];
    await meet(anna.page, ben.page);
    await meet(anna.page, cleo.page);
    await anna.page.locator(".contacts a").filter({ hasText: "Ben" }).click();
    await anna.page.getByRole("link", { name: "About this person" }).click();
    await anna.page.getByRole("button", { name: "Introduce" }).click();
    await anna.page.getByLabel("To whom").selectOption({ label: "Cleo" });
    await anna.page.getByLabel("A word to both").fill("You both bake.");
    await picture(anna.page, "introduce-laptop");
    await anna.page.getByRole("dialog").getByRole("button", { name: "Introduce" }).click();
    await anna.page.getByText("Both are asked.").waitFor();
    await ben.page.getByRole("link", { name: "Back", exact: true }).click();
    for (const { page } of [ben, cleo]) {
      await page.getByText("You both bake.").waitFor({ timeout: 60_000 });
      await page.getByRole("button", { name: "Accept" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Accept" }).click();
      await page.getByText("You both bake.").waitFor({ state: "detached" });
    }
    await cleo.page.locator(".contacts a").filter({ hasText: "Ben" }).click();
    await cleo.page.getByLabel("Message to Ben").fill("Rolls or bread?");
    await cleo.page.getByLabel("Message to Ben").press("Enter");
    await ben.page.locator(".contacts a").filter({ hasText: "Cleo" }).click();
    await ben.page.locator(".bubble").getByText("Rolls or bread?").waitFor({ timeout: 60_000 });
    await anna.page.goto(`${anna.page.url().split("#")[0]}#view=settings&page=requests`);
    await anna.page.getByText("was told of").first().waitFor();
    await picture(anna.page, "introductions-sent-laptop");
    for (const { faults } of [anna, ben, cleo]) expect(faults).toEqual([]);
  });
});
