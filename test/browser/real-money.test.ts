import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openWatched, picture, SCREENS } from "./browser.ts";
import { meetByLink, NO_STAGE, PATIENT, setRealStage } from "./real-stage.ts";
import { overflow, tooSmall } from "./stage.ts";

const stage = setRealStage("Anna", "Ben");

const dialogOf = (page: Page) => page.getByRole("dialog");

async function meet(anna: Page, ben: Page): Promise<void> {
  await meetByLink(anna, ben, "Anna");
  await anna.locator(".contacts a").getByText("Ben").waitFor(PATIENT);
}

async function issueAndOffer(anna: Page): Promise<void> {
  await anna.getByRole("link", { name: "Money" }).click();
  await anna.getByText("No money yet").waitFor();
  await anna.getByRole("link", { name: "Currencies", exact: true }).click();
  await anna.getByRole("button", { name: "Issue a currency" }).click();
  await dialogOf(anna).getByLabel("What it is called").fill("Kilburn hours");
  await dialogOf(anna).getByLabel("What one of it is called").fill("hour");
  await dialogOf(anna).getByRole("button", { name: "Issue a currency" }).click();
  await anna.getByRole("heading", { name: "Kilburn hours, by you" }).waitFor();
  await anna.getByRole("button", { name: "Offer a line" }).click();
  await dialogOf(anna).getByLabel("How much they may owe you").fill("50");
  await anna.keyboard.press("Enter");
  await dialogOf(anna).getByText("Ben may owe you up to 50.00 hours").waitFor();
  await dialogOf(anna).getByRole("button", { name: "Offer it" }).click();
  await anna.getByText("waits for their answer").filter({ visible: true }).first().waitFor();
}

/** Reads and pays a link, and sees that it is paid. */
async function payLink(page: Page, link: string, words: string): Promise<void> {
  await page.getByRole("button", { name: "Pay a link" }).click();
  await dialogOf(page).getByLabel("The link or code you were given").fill(link);
  await dialogOf(page).getByRole("button", { name: "Read it" }).click();
  await dialogOf(page).getByText(words).waitFor();
  await dialogOf(page).getByRole("button", { name: "Pay 4.00 hours" }).click();
  await dialogOf(page).getByText("has all of 4.00 hours").waitFor(PATIENT);
}

describe.skipIf(NO_STAGE !== undefined)("money of two real peers", { timeout: 300_000 }, () => {
  test("offer, accept, pay, ask by link, statement, receipt, close", async () => {
    const [first, second] = [stage.daemon(0), stage.daemon(1)];
    const laptop = { viewport: SCREENS.laptop };
    const phone = { viewport: SCREENS.phone, hasTouch: true };
    const anna = await openWatched(stage.browser(), `${first.consoleUrl}&view=people`, laptop);
    const ben = await openWatched(stage.browser(), `${second.consoleUrl}&view=people`, phone);
    await meet(anna.page, ben.page);
    await issueAndOffer(anna.page);

    await ben.page.getByRole("link", { name: "Money 1 waiting for you" }).click(PATIENT);
    const offer = ben.page.getByRole("region", { name: "Anna offers you a line" });
    await offer.getByText("Kilburn hours, by Anna").waitFor();
    await offer.getByText("You may owe Anna up to 50.00 hours").waitFor();
    await picture(ben.page, "real-money-offer-phone");
    await offer.getByRole("button", { name: "Accept" }).click();
    await dialogOf(ben.page).getByLabel("How much they may owe you").fill("20");
    await ben.page.keyboard.press("Enter");
    await dialogOf(ben.page).getByRole("button", { name: "Accept" }).click();
    const bensLine = ben.page.getByRole("region", { name: "Anna", exact: true });
    await bensLine.getByText("up to 50.00 hours").waitFor(PATIENT);

    await bensLine.getByRole("button", { name: "Pay" }).click();
    await dialogOf(ben.page).getByLabel("How much, in hours").fill("12.50");
    await dialogOf(ben.page).getByLabel("What for").fill("roof tiles");
    await ben.page.keyboard.press("Enter");
    await dialogOf(ben.page).getByText("Afterwards: You owe Anna 12.50 hours.").waitFor();
    await dialogOf(ben.page).getByRole("button", { name: "Pay 12.50 hours" }).click();
    await bensLine.getByText("You owe Anna 12.50 hours").waitFor();
    const annasLine = anna.page.getByRole("region", { name: "Ben", exact: true });
    await annasLine.getByText("Ben owes you 12.50 hours").waitFor(PATIENT);
    await annasLine.getByText("roof tiles").waitFor(PATIENT);
    await picture(anna.page, "real-money-line-laptop");

    await annasLine.getByRole("button", { name: "Ask for money" }).click();
    await dialogOf(anna.page).getByLabel("How much, in hours").fill("4");
    await dialogOf(anna.page).getByLabel("What for").fill("bread");
    await dialogOf(anna.page).getByRole("button", { name: "Make the link" }).click();
    const link = await dialogOf(anna.page).getByLabel("Link of the request").inputValue();
    await picture(anna.page, "real-money-request-laptop");
    await ben.page.getByRole("link", { name: "Back" }).click();
    await payLink(ben.page, link, "Anna asks for 4.00 hours of Kilburn hours, by Anna.");
    await picture(ben.page, "real-money-paid-phone");
    await dialogOf(anna.page).getByText("Paid: you have got 4.00 hours.").waitFor(PATIENT);
    await anna.page.keyboard.press("Escape");
    await annasLine.getByText("Ben owes you 16.50 hours").waitFor(PATIENT);

    await dialogOf(ben.page).getByRole("link", { name: "See the receipt" }).click();
    await ben.page.getByText("You paid Anna 4.00 hours").waitFor();
    const saved = ben.page.waitForEvent("download");
    await ben.page.getByRole("button", { name: "Save" }).click();
    const receipt = readFileSync(await (await saved).path(), "utf8");
    await anna.page.getByRole("link", { name: "Receipts" }).click();
    await anna.page.getByRole("button", { name: "Check a receipt" }).click();
    await dialogOf(anna.page).getByLabel("The receipt, as a link").fill(receipt);
    await dialogOf(anna.page).getByRole("button", { name: "Check it" }).click();
    await dialogOf(anna.page).getByText("What for: bread").waitFor();
    await anna.page.keyboard.press("Escape");

    await ben.page.getByRole("link", { name: "Back" }).click();
    await ben.page.locator(".split-list .contacts a").filter({ hasText: "Anna" }).click();
    const statement = ben.page.getByRole("region", { name: "Statement" });
    await statement.getByText("−12.50", { exact: true }).waitFor();
    expect(await overflow(ben.page)).toBe(0);
    expect(await tooSmall(ben.page)).toEqual([]);
    await picture(ben.page, "real-money-line-phone");
    await statement.getByLabel("Find in the statement").fill("roof 12.50");
    await statement.getByText("1 of 1 shown").waitFor();
    const csv = ben.page.waitForEvent("download");
    await statement.getByRole("button", { name: "Save as CSV" }).click();
    const rows = readFileSync(await (await csv).path(), "utf8").split("\r\n");
    expect(
      rows.filter((row) => /,you,paid,-12\.50,-12\.50,Kilburn hours,roof tiles$/.test(row)),
    ).toHaveLength(1);

    await ben.page.getByRole("button", { name: "Close the line" }).click();
    await dialogOf(ben.page).getByText("You owe Anna 16.50 hours.").waitFor();
    await dialogOf(ben.page).getByRole("button", { name: "Close the line" }).click();
    await anna.page.getByText("is being closed").filter({ visible: true }).first().waitFor(PATIENT);
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});
