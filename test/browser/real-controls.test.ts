import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { ApiClient, LineBody } from "../../src/api/client/index.ts";
import { openWatched, picture, SCREENS } from "./browser.ts";
import { clientOf } from "./daemon.ts";
import { NO_STAGE, PATIENT, setRealStage } from "./real-stage.ts";
import { overflow, tooSmall } from "./stage.ts";

const stage = setRealStage("Anna", "Ben", "Cleo");

const dialogOf = (page: Page) => page.getByRole("dialog");

async function meet(one: ApiClient, other: ApiClient, name: string): Promise<void> {
  const { link } = await one.createInvite();
  await other.addContact(link, name);
  const isMet = async (client: ApiClient): Promise<boolean> =>
    (await client.contacts()).every(({ state }) => state === "met");
  for (const client of [one, other]) await expect.poll(() => isMet(client), PATIENT).toBe(true);
}

/** A line with 50 both ways, in a currency of whoever offers. */
async function share(one: ApiClient, other: ApiClient, who: string, currency: string) {
  await one.money.begin(who, currency, "50");
  const offered = async (): Promise<LineBody | undefined> =>
    (await other.money.lines()).lines.find(({ waitsFor }) => waitsFor === "you");
  await expect.poll(offered, PATIENT).toBeDefined();
  const line = await offered();
  if (line !== undefined) await other.money.begin(line.person, line.currency.id, "50");
  const isOpen = async (): Promise<boolean> =>
    (await one.money.lines()).lines.every(({ state }) => state === "open");
  await expect.poll(isOpen, PATIENT).toBe(true);
}

/** Ben shares a line in his hours with Anna and with Cleo, one in eggs with Anna; Anna and Cleo know each other. */
async function village(anna: ApiClient, ben: ApiClient, cleo: ApiClient): Promise<void> {
  await meet(ben, anna, "Ben");
  await meet(ben, cleo, "Ben");
  await meet(cleo, anna, "Cleo");
  await ben.money.issue({ name: "Kilburn hours", unit: "hour" });
  await ben.money.issue({ name: "Eggs", unit: "egg", decimals: 0 });
  await share(ben, anna, "Anna", "hours");
  await share(ben, cleo, "Cleo", "hours");
  await share(ben, anna, "Anna", "eggs");
}

describe.skipIf(NO_STAGE !== undefined)("what money does by itself", { timeout: 300_000 }, () => {
  test("over others, at a rate, hidden, and switched off", async () => {
    const [first, second, third] = [stage.daemon(0), stage.daemon(1), stage.daemon(2)];
    const [anna, ben, cleo] = [clientOf(first), clientOf(second), clientOf(third)];
    await village(anna, ben, cleo);
    const laptop = { viewport: SCREENS.laptop };
    const phone = { viewport: SCREENS.phone, hasTouch: true };
    const annas = await openWatched(stage.browser(), `${first.consoleUrl}&view=money`, laptop);
    const bens = await openWatched(
      stage.browser(),
      `${second.consoleUrl}&view=money&page=rates`,
      phone,
    );

    const { page } = annas;
    await page.locator(".view-head").getByRole("button", { name: "Pay", exact: true }).click();
    const whom = dialogOf(page).getByLabel("Whom", { exact: true });
    await whom.selectOption({ label: "Somebody else, over people in between" });
    await dialogOf(page).getByLabel("Whom, among your contacts").selectOption({ label: "Cleo" });
    await dialogOf(page).getByLabel("In which currency").selectOption({ index: 0 });
    await dialogOf(page).getByLabel("How much").fill("60");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("More than all your lines in it let you pay").waitFor();
    await dialogOf(page).getByLabel("How much").fill("4");
    await dialogOf(page).getByLabel("What for").fill("jam");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("Cleo’s device is asked for a request now").waitFor();
    await picture(page, "real-controls-over-others-laptop");
    await dialogOf(page).getByRole("button", { name: "Pay 4.00 hours" }).click();
    await dialogOf(page).getByText("Paid: Cleo has all of 4.00 hours.").waitFor(PATIENT);
    await page.keyboard.press("Escape");

    await bens.page.getByText("No rate yet").waitFor();
    await bens.page.getByRole("button", { name: "Set a rate" }).click();
    const rate = dialogOf(bens.page);
    const eggs = (await ben.money.currencies()).currencies.find(({ unit }) => unit === "egg");
    const hours = (await ben.money.currencies()).currencies.find(({ unit }) => unit === "hour");
    await rate.getByLabel("What you get", { exact: true }).selectOption(eggs?.id ?? "");
    await rate.getByLabel("What you give for it", { exact: true }).selectOption(hours?.id ?? "");
    await rate.getByLabel("What you get. How much, in eggs").fill("4");
    await rate.getByLabel("What you give for it. How much, in hours").fill("1");
    await bens.page.keyboard.press("Enter");
    await rate.getByText("Whoever gives you 4 eggs gets 1.00 hour from you.").waitFor();
    await rate.getByRole("button", { name: "Set a rate" }).click();
    await bens.page
      .getByRole("region", { name: "Your rates" })
      .getByText("4 eggs for 1.00 hour")
      .waitFor();
    expect(await overflow(bens.page)).toBe(0);
    expect(await tooSmall(bens.page)).toEqual([]);
    await picture(bens.page, "real-controls-rates-phone");
    await page.getByRole("link", { name: "Exchange rates" }).click();
    const theirs = page.getByRole("region", { name: "Rates of those with whom you have lines" });
    await theirs.getByText("4 eggs for 1.00 hour").waitFor(PATIENT);

    const { link } = await cleo.money.request("2", "hours", "soap");
    await page.getByRole("button", { name: "Pay a link" }).click();
    await dialogOf(page).getByLabel("The link or code you were given").fill(link);
    await dialogOf(page).getByRole("button", { name: "Read it" }).click();
    await dialogOf(page)
      .getByLabel("Pay in")
      .selectOption(eggs?.id ?? "");
    const most = dialogOf(page).getByLabel("At most. How much, in eggs");
    expect(await most.inputValue()).toBe("8");
    await most.fill("7");
    await dialogOf(page).getByText("It costs 8 eggs now, which is more than that").waitFor();
    await most.fill("9");
    await dialogOf(page).getByText("It costs you 9 eggs at most, which Ben exchanges.").waitFor();
    await dialogOf(page).getByRole("button", { name: "Pay 2.00 hours" }).click();
    await dialogOf(page).getByText("Paid: Cleo has all of 2.00 hours.").waitFor(PATIENT);
    await page.keyboard.press("Escape");

    await bens.page.getByRole("button", { name: "Remove" }).click();
    await dialogOf(bens.page).getByRole("button", { name: "Remove" }).click();
    await bens.page.getByText("No rate yet").waitFor();

    await page.locator(".split-list .contacts a").filter({ hasText: "Ben" }).first().click();
    await page.getByRole("button", { name: "Hide it from others" }).click();
    await dialogOf(page).getByText("nobody pays over it but you two").waitFor();
    await dialogOf(page).getByRole("button", { name: "Hide it from others" }).click();
    await page.getByText("Hidden: others are not told of this line").waitFor();
    await page.getByRole("button", { name: "Hide it no longer" }).click();
    await dialogOf(page).getByRole("button", { name: "Hide it no longer" }).click();
    await page.getByRole("button", { name: "Hide it from others" }).waitFor();

    const bensPage = bens.page;
    await bensPage.getByRole("link", { name: "Back" }).click();
    await bensPage.getByRole("link", { name: "What goes on by itself" }).click();
    await bensPage.getByRole("checkbox", { name: "Clear debts that go round" }).uncheck();
    await bensPage.getByRole("checkbox", { name: "Give contacts a request" }).uncheck();
    await expect.poll(async () => (await ben.money.clearing()).isOn, PATIENT).toBe(false);
    await expect.poll(async () => (await ben.money.automatic()).answers, PATIENT).toBe(false);
    await bensPage.reload();
    const clearing = bensPage.getByRole("checkbox", { name: "Clear debts that go round" });
    await clearing.waitFor();
    expect(await clearing.isChecked()).toBe(false);
    await picture(bensPage, "real-controls-automatic-phone");
    expect(annas.faults).toEqual([]);
    expect(bens.faults).toEqual([]);
  });
});
