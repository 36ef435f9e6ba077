import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { ApiClient } from "../../src/api/client/index.ts";
import { openWatched, picture, SCREENS } from "./browser.ts";
import { clientOf } from "./daemon.ts";
import { NO_STAGE, PATIENT, setRealStage } from "./real-stage.ts";
import { overflow, squeezed, tooSmall } from "./stage.ts";

const stage = setRealStage("Anna", "Ben");

const dialogOf = (page: Page) => page.getByRole("dialog");
const dialogButton = (page: Page, name: string) =>
  dialogOf(page).getByRole("button", { name, exact: true });

/** Both in one group, for which Anna issues a currency. */
async function group(anna: ApiClient, ben: ApiClient): Promise<void> {
  const { id } = await anna.groups.create("Our Coop");
  const { link } = await anna.groups.invite("our-coop", { uses: 1 });
  await ben.groups.join(link);
  for (const client of [anna, ben]) {
    await expect
      .poll(async () => (await client.groups.list()).groups[0]?.members.length, PATIENT)
      .toBe(2);
  }
  await anna.money.issue({ name: "Coop hours", unit: "hour", decimals: 2, group: id });
}

/** Anna founds it with Ben as the second steward, who has to sign. */
async function found(anna: Page): Promise<void> {
  await anna.getByRole("button", { name: "Found a community" }).click();
  await dialogOf(anna).getByLabel("Ben").check();
  await dialogOf(anna).getByLabel("How much a member may owe").first().fill("50");
  await dialogOf(anna).getByLabel("From where on members are warned").fill("10");
  await dialogOf(anna).getByLabel("What a payment gives").fill("1");
  await dialogOf(anna).getByRole("button", { name: "Add a teller" }).click();
  await dialogOf(anna).getByLabel("Whom").selectOption({ label: "Ben" });
  await dialogOf(anna).getByLabel("Up to how much in all").fill("20");
  await dialogOf(anna).getByLabel("Up to how much of one member").fill("20");
  await dialogButton(anna, "Add").click();
  await picture(anna, "real-community-found-laptop");
  await dialogButton(anna, "Found it").click();
  await anna.getByRole("note").getByText("waits for its stewards").waitFor();
}

describe.skipIf(NO_STAGE !== undefined)("a group's own money", { timeout: 300_000 }, () => {
  test("founded, signed, joined, paid, offered, and its rules changed", async () => {
    const [first, second] = [stage.daemon(0), stage.daemon(1)];
    await group(clientOf(first), clientOf(second));
    const where = "&view=money&page=communities";
    const laptop = { viewport: SCREENS.laptop };
    const phone = { viewport: SCREENS.phone, hasTouch: true };
    const anna = await openWatched(stage.browser(), `${first.consoleUrl}${where}`, laptop);
    const ben = await openWatched(stage.browser(), `${second.consoleUrl}${where}`, phone);
    await anna.page.getByText("No community currency yet").waitFor();
    await found(anna.page);

    await ben.page.getByText("waits for its stewards").click(PATIENT);
    await ben.page.getByRole("link", { name: "Stewards" }).click();
    await ben.page.getByText("Found the community").waitFor(PATIENT);
    await ben.page.getByText("Who owes more than 10.00 hours is warned.").waitFor();
    await picture(ben.page, "real-community-sign-phone");
    await ben.page.getByRole("button", { name: "Sign it" }).click();
    await dialogButton(ben.page, "Sign it").click();
    await anna.page.getByRole("link", { name: "Account" }).click();
    for (const { page } of [anna, ben]) {
      await page.getByRole("link", { name: "Account" }).click();
      await page.getByRole("button", { name: "Ask for an account" }).click(PATIENT);
      await page.getByRole("region", { name: "Your balance" }).waitFor(PATIENT);
    }

    await ben.page.getByRole("button", { name: "Pay", exact: true }).click();
    await dialogOf(ben.page).getByLabel("Whom").selectOption({ label: "Anna" });
    await dialogOf(ben.page).getByLabel("How much, in hours").fill("12.50");
    await dialogOf(ben.page).getByLabel("What for").fill("bread");
    await ben.page.keyboard.press("Enter");
    await dialogOf(ben.page).getByText("on top: 0.12 hours").waitFor();
    await dialogOf(ben.page).getByText("your balance is −12.62 hours").waitFor();
    await dialogButton(ben.page, "Pay 12.50 hours").click();
    await dialogOf(ben.page).getByText("Paid: Anna has 12.50 hours").waitFor(PATIENT);
    await ben.page.keyboard.press("Escape");
    await ben.page.getByText("You are below the soft limit").waitFor();
    const balance = anna.page.getByRole("region", { name: "Your balance" });
    await balance.getByText("12.50 hours", { exact: true }).waitFor(PATIENT);
    await anna.page.getByRole("region", { name: "What happened" }).getByText("bread").waitFor();
    expect(await overflow(ben.page)).toBe(0);
    expect(await squeezed(ben.page)).toEqual([]);
    expect(await tooSmall(ben.page)).toEqual([]);
    await picture(ben.page, "real-community-account-phone");

    await anna.page.getByRole("link", { name: "Offers and wants" }).click();
    await anna.page.getByRole("button", { name: "Offer something" }).click();
    await dialogOf(anna.page).getByLabel("What it is", { exact: true }).fill("Bread on Fridays");
    await dialogOf(anna.page).getByLabel("What it costs").fill("0.5");
    await dialogButton(anna.page, "Add").click();
    await ben.page.getByRole("link", { name: "Offers and wants" }).click();
    await ben.page.getByText("Bread on Fridays").waitFor(PATIENT);
    await ben.page.getByText("Anna offers · 0.50 hours").waitFor();
    await anna.page.getByRole("button", { name: "Take it back" }).click();
    await ben.page.getByText("Nobody offers or wants anything yet").waitFor(PATIENT);

    await anna.page.getByRole("link", { name: "Balances" }).click();
    const balances = anna.page.getByRole("region", { name: "Balances of members" });
    await balances.getByText("−12.62 hours").waitFor();
    await balances.getByText("0.12 hours").waitFor();
    await picture(anna.page, "real-community-balances-laptop");

    await anna.page.getByRole("link", { name: "Rules" }).click();
    await anna.page.getByRole("button", { name: "Propose other rules" }).click();
    await dialogOf(anna.page).getByLabel("How much a member may owe").first().fill("80");
    await dialogButton(anna.page, "Propose them").click();
    await ben.page.getByRole("link", { name: "Stewards" }).click();
    await ben.page.getByText("A member may owe up to 80.00 hours.").waitFor(PATIENT);
    await ben.page.getByRole("button", { name: "Sign it" }).click();
    await dialogButton(ben.page, "Sign it").click();
    await anna.page.getByRole("region", { name: "Rules, version 2" }).waitFor(PATIENT);
    await anna.page.getByText("A member may owe up to 80.00 hours.").waitFor();
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});
