import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { idOf } from "./fake-data.ts";
import { PAY_LINK, RECEIPT_LINK } from "./fake-money.ts";
import { overflow, setStage, squeezed, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

const LINE = `money&line=${idOf(6300)}`;

/** Every place of the view, with a text that proves that it is there. */
const PLACES: Readonly<Record<string, string>> = {
  money: "Miriam offers you a line",
  [LINE]: "Anna owes you 12.50 hours",
  "money&page=payments": "3.00 hours to Oma",
  "money&page=requests": "not paid yet",
  "money&page=receipts": "You paid Miriam 7.25 hours",
  "money&page=currencies": "which looks like it",
  "money&page=rates": "4 loafs for 1.00 hour",
  "money&page=automatic": "Clear debts that go round in circles",
};

const dialogOf = (page: Page) => page.getByRole("dialog");

describe.skipIf(SKIPPED !== undefined)("money in a browser", { timeout: 180_000 }, () => {
  for (const screen of ["phone", "laptop"] as const) {
    for (const scheme of screen === "phone" ? (["light"] as const) : (["dark"] as const)) {
      test(`every page fits and says what it should, on a ${screen}, ${scheme}`, async () => {
        const peer = await peerOf("street");
        for (const [place, text] of Object.entries(PLACES)) {
          const { page, faults } = await open(peer, place, screen, scheme);
          await page.getByRole("main").getByText(text).filter({ visible: true }).first().waitFor();
          const name = place === LINE ? "money-line" : place.replace(/[^a-z]+/g, "-");
          await picture(page, `${name}-${screen}-${scheme}`);
          expect([place, await overflow(page)]).toEqual([place, 0]);
          expect([place, await squeezed(page)]).toEqual([place, []]);
          if (screen === "phone") expect([place, await tooSmall(page)]).toEqual([place, []]);
          expect(faults).toEqual([]);
          await page.context().close();
        }
      });
    }
  }

  for (const screen of ["phone", "laptop"] as const) {
    test(`paying says what will happen before anything does, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, LINE, screen);
      await page.getByRole("region", { name: "Anna" }).getByRole("button", { name: "Pay" }).click();
      const dialog = dialogOf(page);
      const amount = dialog.getByLabel("How much, in hours");
      await dialog.getByRole("button", { name: "Look it over" }).click();
      await dialog.getByText("Type digits with at most one point, such as 12.50").waitFor();
      for (const [typed, words] of [
        ["0", "An amount is more than nothing"],
        ["1.234", "this currency has 2 places behind the point"],
        ["1,234", "This could mean two amounts"],
        ["32.51", "More than you can pay over this line now: 32.50 hours."],
      ] as const) {
        await amount.fill(typed);
        await dialog.getByRole("button", { name: "Look it over" }).click();
        await dialog.getByRole("alert").getByText(words).waitFor();
        expect(await amount.getAttribute("aria-invalid")).toBe("true");
      }
      await amount.fill("20,5");
      await dialog.getByLabel("What for").fill("tiles");
      await amount.press("Enter");
      const heading = dialog.getByRole("heading", { name: "What will happen" });
      await heading.waitFor();
      await dialog
        .locator("h1:focus, h2:focus, h3:focus", { hasText: /^What will happen$/ })
        .waitFor();
      for (const words of [
        "Anna gets 20.50 hours of Kilburn hours, by you.",
        "It costs you 20.50 hours, nothing on top.",
        "Afterwards: You owe Anna 8.00 hours.",
        "It counts at once and cannot be taken back.",
        "which looks like it",
      ]) {
        await dialog.getByText(words).waitFor();
      }
      expect(peer.money.done).toEqual([]);
      await picture(page, `money-pay-${screen}`);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      await dialog.getByRole("button", { name: "Pay 20.50 hours" }).click();
      await page.getByText("You owe Anna 8.00 hours").filter({ visible: true }).first().waitFor();
      expect(peer.money.done).toEqual(["pay 20.50 tiles"]);
      const notice = page.locator(".notice").getByText("Anna is paid 20.50 hours.");
      const colour = await notice.evaluate((one) => getComputedStyle(one).color);
      expect(colour).toBe(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
      const statement = page.getByRole("region", { name: "Statement" });
      await statement.getByText("tiles").waitFor();
      await statement.getByText("−20.50").waitFor();
      expect(faults).toEqual([]);
    });

    test(`a link is read, explained, paid and receipted, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "money", screen);
      await page.getByRole("button", { name: "Pay a link" }).click();
      const dialog = dialogOf(page);
      await dialog.getByLabel("The link or code you were given").fill("peernet:invite/abc");
      await dialog.getByRole("button", { name: "Read it" }).click();
      await dialog.getByText("begins with peernet:pay/").waitFor();
      await dialog.getByLabel("The link or code you were given").fill(PAY_LINK.toUpperCase());
      await dialog.getByRole("button", { name: "Read it" }).click();
      for (const words of [
        "Miriam asks for 4.00 hours of Kilburn hours, by you.",
        "What for: jam",
        "It costs you 4.00 hours.",
        "Your lines in it let you pay 34.50 hours now.",
        "They get all of it or nothing.",
        "it stays locked until they are back",
      ]) {
        await dialog.getByText(words).waitFor();
      }
      await picture(page, `money-link-${screen}`);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      expect(peer.money.done).toEqual([]);
      await dialog.getByRole("button", { name: "Pay 4.00 hours" }).click();
      await dialog.getByText("A way is being looked for.").waitFor();
      const [paying] = peer.money.payments;
      peer.money.payments = peer.money.payments.filter((one) => one !== paying);
      peer.money.receipts = peer.money.receipts.map((one) => ({ ...one, id: idOf(6000) }));
      peer.hub.emit("line-changed", { id: idOf(6300) });
      await dialog.getByText("Paid: Miriam has all of 4.00 hours.").waitFor();
      await dialog.getByRole("link", { name: "See the receipt" }).click();
      await page.getByText("You paid Miriam 7.25 hours").waitFor();
      expect(faults).toEqual([]);
    });

    test(`asking for money makes a code and says when it is paid, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "money", screen);
      await page.getByRole("button", { name: "Ask for money" }).click();
      const dialog = dialogOf(page);
      await dialog.getByLabel("In which currency").selectOption({ index: 1 });
      await dialog.getByLabel("How much, in loafs").fill("3.5");
      await dialog.getByRole("button", { name: "Make the link" }).click();
      await dialog.getByText("this currency has 0 places behind the point").waitFor();
      await dialog.getByLabel("How much, in loafs").fill("3");
      await dialog.getByLabel("What for").fill("rye");
      await dialog.getByLabel("Open for how many hours").fill("48");
      await dialog.getByRole("button", { name: "Make the link" }).click();
      const code = dialog.getByRole("img", { name: "The request as a QR code" });
      expect((await code.locator("path").getAttribute("d"))?.length).toBeGreaterThan(1000);
      expect(await dialog.getByLabel("Link of the request").inputValue()).toBe(PAY_LINK);
      await dialog.getByText("Whoever pays this pays you 3 loafs, once.").waitFor();
      expect(peer.money.done).toEqual(["ask 3 rye 48"]);
      await picture(page, `money-request-${screen}`);
      expect(await overflow(page)).toBe(0);
      const [made] = peer.money.invoices;
      peer.money.receipts = [
        {
          ...{ id: made?.id ?? "", direction: "in", payee: "you", person: idOf(999), amount: "3" },
          ...{ currency: made?.currency ?? null, memo: "rye", atMs: 0, link: RECEIPT_LINK },
        },
      ];
      peer.hub.emit("line-changed", { id: idOf(6302) });
      await dialog.getByText("Paid: you have got 3 loafs.").waitFor();
      expect(faults).toEqual([]);
    });

    test(`an offer is accepted with a limit, and another made, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "money", screen);
      const nav = page.getByRole("link", { name: "Money 1 waiting for you" });
      await nav.waitFor();
      const offer = page.getByRole("region", { name: "Miriam offers you a line" });
      await offer.getByText("This one is issued by Miriam.").waitFor();
      await offer.getByRole("button", { name: "Accept" }).click();
      await dialogOf(page).getByLabel("How much they may owe you").fill("10");
      await page.keyboard.press("Enter");
      await dialogOf(page).getByText("Miriam may owe you up to 10 loafs: if that").waitFor();
      await picture(page, `money-accept-${screen}`);
      await dialogOf(page).getByRole("button", { name: "Accept" }).click();
      await page.getByRole("region", { name: "Miriam" }).getByText("open").waitFor();
      await nav.waitFor({ state: "detached" });
      if (screen === "phone") await page.getByRole("link", { name: "Back" }).click();
      await page.getByRole("button", { name: "Offer a line" }).click();
      await dialogOf(page).getByLabel("Whom").waitFor();
      const options = await dialogOf(page).getByLabel("Whom").locator("option").allTextContents();
      expect(options).toEqual(["Anna", "Miriam", "Jonas"]);
      await dialogOf(page).getByLabel("In which currency").selectOption({ index: 1 });
      await dialogOf(page).getByLabel("How much they may owe you").fill("30");
      await page.keyboard.press("Enter");
      await dialogOf(page).getByText("Anna says how much you may owe.").waitFor();
      await dialogOf(page).getByRole("button", { name: "Offer it" }).click();
      await page.getByText("waits for their answer").filter({ visible: true }).first().waitFor();
      expect(peer.money.done).toEqual(["accept 10", "offer 30"]);
      expect(faults).toEqual([]);
    });
  }

  test("names of views fit below on a phone", async () => {
    const { page } = await open(await peerOf("street"), "money", "phone");
    await page.getByText("Miriam offers you a line").waitFor();
    const cut = await page.evaluate(`[...document.querySelectorAll(".navigation a > span")]
      .filter((one) => one.getBoundingClientRect().width > 0)
      .filter((one) => one.scrollWidth > one.parentElement.clientWidth)
      .map((one) => one.textContent)`);
    expect(cut).toEqual([]);
  });
});
