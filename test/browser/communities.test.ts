import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { COMMUNITY_ID } from "./fake-communities.ts";
import { idOf } from "./fake-data.ts";
import { cutOff, overflow, setStage, squeezed, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

const COMMUNITY = `money&page=communities&community=${COMMUNITY_ID}`;

/** Every part, with a text that proves that it is there. */
const PLACES: Readonly<Record<string, string>> = {
  "money&page=communities": "of the group Choir · 12.50 hours",
  [COMMUNITY]: "For the time since your last payment 0.10 hours are due.",
  [`${COMMUNITY}&part=market`]: "Oma offers · 0.50 hours",
  [`${COMMUNITY}&part=members`]: "may owe up to 50.00 hours · 2.00 hours not settled",
  [`${COMMUNITY}&part=rules`]: "Each payment gives 1.5 % to the community, on top of it.",
  [`${COMMUNITY}&part=stewards`]: "15.00 hours of at most 100.00 hours",
};

const dialogOf = (page: Page) => page.getByRole("dialog");

describe.skipIf(SKIPPED !== undefined)("community currencies", { timeout: 180_000 }, () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`every part fits and says what it should, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      for (const [place, text] of Object.entries(PLACES)) {
        const { page, faults } = await open(peer, place, screen);
        await page.getByRole("main").getByText(text).filter({ visible: true }).first().waitFor();
        const part = /part=(\w+)/.exec(place)?.[1] ?? (place === COMMUNITY ? "account" : "all");
        await picture(page, `community-${part}-${screen}`);
        expect([place, await overflow(page)]).toEqual([place, 0]);
        expect([place, await cutOff(page)]).toEqual([place, []]);
        expect([place, await squeezed(page)]).toEqual([place, []]);
        if (screen === "phone") expect([place, await tooSmall(page)]).toEqual([place, []]);
        expect(faults).toEqual([]);
        await page.context().close();
      }
    });
  }

  test("paying says what it costs and what it waits for, then how far it is", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, COMMUNITY, "phone");
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await dialogOf(page).getByLabel("Whom").selectOption({ label: "the community" });
    const amount = dialogOf(page).getByLabel("How much, in hours");
    await amount.fill("60.01");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("More than you can pay now: 60.00 hours.").waitFor();
    await amount.fill("45.50");
    await dialogOf(page).getByLabel("What for").fill("paint");
    await page.keyboard.press("Enter");
    for (const words of [
      "the community gets 45.50 hours.",
      "What for: paint",
      // 1.5 % of 45.50 is 0.6825, rounded down.
      "The community gets 1.5 % on top: 0.68 hours.",
      "Afterwards your balance is −33.68 hours.",
      "That is below the soft limit",
      "It counts once 2 stewards have signed",
    ]) {
      await dialogOf(page).getByText(words).waitFor();
    }
    expect(peer.communities.done).toEqual([]);
    await picture(page, "community-pay-phone");
    await dialogOf(page).getByRole("button", { name: "Pay 45.50 hours" }).click();
    await dialogOf(page).getByText("1 of 2 stewards have signed").waitFor();
    await dialogOf(page).getByText("1 of 2 stewards that are needed are in reach").waitFor();
    expect(peer.communities.done).toEqual(["pay 45.50 paint"]);
    peer.communities.communities = peer.communities.communities.map((body) => ({
      ...{ ...body, order: null },
    }));
    peer.hub.emit("community-changed", { id: COMMUNITY_ID });
    await dialogOf(page).getByText("Paid: the community has 45.50 hours").waitFor();
    expect(faults).toEqual([]);
  });

  test("the directory is searched, added to, and taken from", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, `${COMMUNITY}&part=market`);
    const market = page.getByRole("region", { name: "Offers and wants" });
    await market.getByText("A ladder").waitFor();
    await market.getByLabel("Find in the directory").fill("BREAD rye");
    await market.getByText("1 of 1 shown").waitFor();
    await market.getByLabel("Show", { exact: true }).selectOption("want");
    await market.getByText("Nothing of that kind.").waitFor();
    await market.getByLabel("Find in the directory").fill("");
    await market.getByRole("button", { name: "Take it back" }).click();
    await page.getByText("Taken back.").waitFor();
    await page.getByRole("button", { name: "Offer something" }).click();
    await dialogOf(page).getByRole("button", { name: "Add" }).click();
    await dialogOf(page).getByRole("alert").getByText("Say what it is.").waitFor();
    await dialogOf(page).getByLabel("What it is", { exact: true }).fill("ä".repeat(41));
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("Too long: 80 bytes at most.").waitFor();
    await dialogOf(page).getByLabel("What it is", { exact: true }).fill("Haircuts");
    await dialogOf(page).getByLabel("What it costs, in hours").fill("0,5");
    await dialogOf(page).getByLabel("For how many days").fill("90");
    await picture(page, "community-offer-laptop");
    await dialogOf(page).getByRole("button", { name: "Add" }).click();
    await market.getByLabel("Show", { exact: true }).selectOption("all");
    await market.getByText("Haircuts").waitFor();
    expect(peer.communities.done).toEqual(["withdraw", "offer Haircuts 0.50 90"]);
    expect(faults).toEqual([]);
  });

  test("a steward sees what would be different, signs it, and lets somebody in", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, `${COMMUNITY}&part=stewards`, "phone");
    const waiting = page.getByRole("region", { name: "What waits for stewards" });
    const rules = waiting.locator(".lines > .line").filter({ hasText: "Rules, version 3" });
    await rules.getByText("A member may owe up to 80.00 hours.").waitFor();
    expect(await rules.locator(".plain-list li").count()).toBe(1);
    expect(await waiting.getByRole("button", { name: "Sign it" }).count()).toBe(1);
    await rules.getByRole("button", { name: "Sign it" }).click();
    await dialogOf(page).getByText("What you sign cannot be taken back.").waitFor();
    await dialogOf(page).getByRole("button", { name: "Sign it" }).click();
    await page.getByText("Signed.", { exact: true }).waitFor();
    await rules.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Let in" }).click();
    await page.getByText("Nobody waits to be let in.").waitFor();
    expect(peer.communities.done).toEqual(["sign", `admit ${"04".repeat(16)}`]);
    expect(faults).toEqual([]);
  });

  test("rules are proposed only where they are possible ones", async () => {
    const { page } = await open(await peerOf("street"), `${COMMUNITY}&part=rules`, "phone");
    await page.getByRole("button", { name: "Propose other rules" }).click();
    const form = dialogOf(page);
    expect(await form.getByLabel("How much a member may owe").first().inputValue()).toBe("50.00");
    expect(await form.getByLabel("What a payment gives").inputValue()).toBe("1.5");
    await form.getByLabel("How many of them sign together").fill("1");
    await form.getByRole("button", { name: "Propose them" }).click();
    await form.getByText("More than half of the stewards").last().waitFor();
    await form.getByLabel("How many of them sign together").fill("2");
    await form.getByLabel("What a payment gives").fill("x");
    await form.getByRole("button", { name: "Propose them" }).click();
    await form.getByRole("alert").getByText("Type digits with at most one point").waitFor();
    expect(await cutOff(page)).toEqual([]);
    expect(await tooSmall(page)).toEqual([]);
    await picture(page, "community-rules-form-phone");
  });

  test("the statement is searched, and saved as CSV", async () => {
    const { page, faults } = await open(await peerOf("street"), COMMUNITY);
    const statement = page.getByRole("region", { name: "What happened on your account" });
    await statement.getByLabel("Find in the statement").fill("levy");
    await statement.getByText("1 of 1 shown").waitFor();
    const saved = page.waitForEvent("download");
    await statement.getByRole("button", { name: "Save as CSV" }).click();
    const rows = readFileSync(await (await saved).path(), "utf8").split("\r\n");
    expect(rows[0]).toBe("when,what,with,amount,memo");
    expect(rows[1]).toContain(",paid,Oma,13.00,choir scores");
    expect(faults).toEqual([]);
  });

  test("nothing there says so; a community that is gone, too; words stay when the peer is silent", async () => {
    const alone = await open(await peerOf("alone"), "money&page=communities", "phone");
    await alone.page.getByText("No community currency yet").waitFor();
    await picture(alone.page, "empty-communities-phone");
    await alone.page.getByRole("button", { name: "Found a community" }).click();
    await dialogOf(alone.page).getByText("Issue a currency for a group first").waitFor();
    const peer = await peerOf("street");
    const { page } = await open(peer, `${COMMUNITY.slice(0, -3)}xyz`);
    await page.getByText("No such community here").waitFor();
    await page.getByRole("main").getByRole("link", { name: "Community currencies" }).last().click();
    await page.getByText("of the group Choir · 12.50 hours").click();
    await page.getByText("You can pay 60.00 hours now").waitFor();
    await peer.close();
    await page.getByText("The peer is not answering").waitFor();
    await page.getByText("You can pay 60.00 hours now").waitFor();
    await page.getByRole("link", { name: "Balances" }).click();
    await page.getByText("This could not be loaded").waitFor();
    expect(idOf(8000)).toBe(COMMUNITY_ID);
  });
});
