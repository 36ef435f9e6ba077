import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { HOSTILE, idOf } from "./fake-data.ts";
import { PAY_LINK, RECEIPT_LINK } from "./fake-money.ts";
import { jpegPhoto } from "./photo.ts";
import { cutOff, overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open, browser } = setStage();

const LINE = `money&line=${idOf(6300)}`;

const dialogOf = (page: Page) => page.getByRole("dialog");

describe.skipIf(SKIPPED !== undefined)("lines and books of money", { timeout: 180_000 }, () => {
  test("a line's limit is changed and the line closed, with what that means", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, LINE);
    await page.getByRole("button", { name: "Change the limit" }).click();
    expect(await dialogOf(page).getByLabel("New limit").inputValue()).toBe("50.00");
    await dialogOf(page).getByLabel("New limit").fill("0");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("Anna may owe you nothing").waitFor();
    await dialogOf(page).getByText("What is owed already stays.").waitFor();
    await dialogOf(page).getByRole("button", { name: "Change the limit" }).click();
    await page.getByText("up to 0.00 hours").waitFor();
    await page.getByRole("button", { name: "Hide it from others" }).click();
    await dialogOf(page).getByText("nobody pays over it but you two").waitFor();
    await dialogOf(page).getByRole("button", { name: "Hide it from others" }).click();
    await page.getByText("Hidden: others are not told of this line").waitFor();
    await page.getByRole("button", { name: "Hide it no longer" }).waitFor();
    await page.getByRole("button", { name: "Close the line" }).click();
    await dialogOf(page).getByText("Neither of you can owe more from then on.").waitFor();
    await picture(page, "money-close-laptop");
    await dialogOf(page).getByRole("button", { name: "Close the line" }).click();
    await page.getByText("is being closed").first().waitFor();
    expect(peer.money.done).toEqual(["limit 0.00", "hide", "close Anna"]);
    expect(faults).toEqual([]);
  });

  test("the statement is searched, and saved as CSV; signing says what comes next", async () => {
    const { page, faults } = await open(await peerOf("street"), LINE);
    const statement = page.getByRole("region", { name: "Statement" });
    await statement.getByText("roof of the shed").waitFor();
    await statement.getByLabel("Find in the statement").fill("15.00 ROOF");
    await statement.getByText("1 of 1 shown").waitFor();
    expect(await statement.locator(".entry").count()).toBe(1);
    await statement.getByLabel("Find in the statement").fill("nothing like it");
    await statement.getByText("Nothing of that kind.").waitFor();
    const saved = page.waitForEvent("download");
    await statement.getByRole("button", { name: "Save as CSV" }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe("peernet-statement.csv");
    const lines = readFileSync(await download.path(), "utf8").split("\r\n");
    expect(lines[0]).toBe("time,by,what,amount,balance,currency,memo");
    expect(lines[3]).toContain(",Anna,paid,15.00,15.00,Kilburn hours,roof of the shed");
    await statement.getByRole("button", { name: "Have it signed" }).click();
    await page.getByText("They sign by themselves when in reach").waitFor();
    // The browser notes answers with an error status by itself; nothing else is wrong.
    expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
  });

  test("payments tell why they wait, and are given up", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "money&page=payments");
    const hanging = page.getByRole("region", { name: "3.00 hours to Oma" });
    await hanging.getByText("locked on the way, until the payee").waitFor();
    await hanging.getByText("3.00 hours over Anna").waitFor();
    const failed = page.getByRole("region", { name: "900.00 hours to a stranger" });
    await failed.getByText("Not paid. There is no way for that much").waitFor();
    expect(await failed.getByRole("button").count()).toBe(0);
    await hanging.getByRole("button", { name: "Give up" }).click();
    await dialogOf(page).getByText("Until they have, it may still be paid").waitFor();
    await dialogOf(page).getByRole("button", { name: "Give up" }).click();
    await hanging.getByText("It is being let go of.").waitFor();
    expect(peer.money.done).toEqual(["give up"]);
    expect(faults).toEqual([]);
  });

  test("requests are shown again and withdrawn; receipts saved and checked", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "money&page=requests");
    await page.getByRole("button", { name: "Show the code" }).click();
    await dialogOf(page).getByRole("img", { name: "The request as a QR code" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Withdraw" }).click();
    await page.getByText("No request is open").waitFor();
    await page.getByRole("link", { name: "Receipts" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save" }).click();
    expect(readFileSync(await (await saved).path(), "utf8")).toBe(`${RECEIPT_LINK}\n`);
    await page.getByRole("button", { name: "Check a receipt" }).click();
    await dialogOf(page).getByLabel("The receipt, as a link").fill(`${RECEIPT_LINK}x`);
    await dialogOf(page).getByRole("button", { name: "Check it" }).click();
    await dialogOf(page).getByText("This receipt was altered").waitFor();
    await dialogOf(page).getByLabel("The receipt, as a link").fill(RECEIPT_LINK);
    await dialogOf(page).getByRole("button", { name: "Check it" }).click();
    await dialogOf(page).getByText("Genuine: Miriam was paid 7.25 hours.").waitFor();
    await dialogOf(page).getByText("It does not say who paid it.").waitFor();
    await picture(page, "money-verify-laptop");
    expect(peer.money.done).toEqual(["withdraw"]);
    expect(faults.filter((fault) => !fault.includes("400"))).toEqual([]);
  });

  test("older receipts are fetched when asked for, and all of them searched", async () => {
    const peer = await peerOf("street");
    const [first] = peer.money.receipts;
    if (first === undefined) return;
    const many = (from: number, memo: string) =>
      Array.from({ length: 150 }, (_, at) => ({ ...first, id: idOf(from + at), memo }));
    peer.money.receipts = many(20_000, "new one");
    peer.money.olderReceipts = [...many(20_149, "old one"), { ...first, memo: "the very first" }];
    const { page, faults } = await open(peer, "money&page=receipts", "phone");
    const list = page.getByRole("region", { name: "Receipts" }).last();
    await list.getByText("100 of 150 shown").waitFor();
    await list.getByRole("button", { name: "Show more" }).click();
    await list.getByText("150 of 150 shown").waitFor();
    await list.getByRole("button", { name: "Fetch older ones as well" }).click();
    // One of them stands in both answers, and is shown once.
    await list.getByText("200 of 300 shown").waitFor();
    expect(await list.getByRole("button", { name: "Fetch older ones as well" }).count()).toBe(0);
    await list.getByLabel("Find in the receipts").fill("VERY 7.25 miriam");
    await list.getByText("1 of 1 shown").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await tooSmall(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("a rate needs two amounts in two currencies, and says what comes of it", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "money&page=rates", "phone");
    await page.getByRole("button", { name: "Set a rate" }).click();
    const dialog = dialogOf(page);
    const give = dialog.getByLabel("What you get", { exact: true });
    const get = dialog.getByLabel("What you give for it", { exact: true });
    await get.selectOption(await give.inputValue());
    await dialog.getByLabel("What you give for it. How much").fill("2");
    await dialog.getByRole("button", { name: "Look it over" }).click();
    await dialog.getByText("A rate is between two different currencies.").waitFor();
    await get.selectOption({ index: 1 });
    await dialog.getByRole("button", { name: "Look it over" }).click();
    await dialog.getByText("Type digits with at most one point").first().waitFor();
    await dialog.getByLabel("What you get. How much, in hours").fill("0.5");
    await page.keyboard.press("Enter");
    await dialog.getByText("Whoever gives you 0.50 hours gets 2 loafs from you.").waitFor();
    await dialog.getByText("which looks like it").waitFor();
    expect(await cutOff(page)).toEqual([]);
    await picture(page, "money-rate-phone");
    await dialog.getByRole("button", { name: "Set a rate" }).click();
    await page.getByRole("region", { name: "Your rates" }).getByRole("button").click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("region", { name: "Your rates" }).waitFor({ state: "detached" });
    expect(peer.money.done).toEqual(["rate 0.50 for 2", "remove rate"]);
    expect(faults).toEqual([]);
  });

  for (const screen of ["phone", "laptop"] as const) {
    test(`an empty peer issues its first currency, on a ${screen}`, async () => {
      const peer = await peerOf("alone");
      const { page, faults } = await open(peer, "money", screen);
      await page.getByText("No money yet").waitFor();
      await picture(page, `empty-money-${screen}`);
      await page.getByRole("button", { name: "Offer a line" }).click();
      await dialogOf(page).getByText("Issue one first.").waitFor();
      await dialogOf(page).getByRole("link", { name: "Currencies" }).click();
      await page.getByText("No currency yet").waitFor();
      await page.getByRole("button", { name: "Issue a currency" }).click();
      await dialogOf(page).getByLabel("What it is called").fill("Rye bread");
      await dialogOf(page).getByLabel("What one of it is called").fill("loaf");
      await dialogOf(page).getByLabel("Places behind the point").fill("0");
      await dialogOf(page).getByText("Amounts look like 12 loafs.").waitFor();
      await picture(page, `money-issue-${screen}`);
      expect(await overflow(page)).toBe(0);
      await dialogOf(page).getByRole("button", { name: "Issue a currency" }).click();
      await page.getByRole("heading", { name: "Rye bread, by you" }).waitFor();
      expect(peer.money.done).toEqual(["issue Rye bread 0 -"]);
      expect(faults).toEqual([]);
    });
  }

  test("own, expired and unpayable requests say so before anything is done", async () => {
    const peer = await peerOf("street");
    const { page } = await open(peer, "money");
    const read = async (): Promise<void> => {
      await page.getByRole("button", { name: "Pay a link" }).click();
      await dialogOf(page).getByLabel("The link or code you were given").fill(PAY_LINK);
      await dialogOf(page).getByRole("button", { name: "Read it" }).click();
    };
    const { asked } = peer.money;
    for (const [change, words, mayPay] of [
      [{ person: idOf(999), payee: "you" }, "This is your own request.", false],
      [{ expiresAtMs: 1_000 }, "It has expired.", false],
      [{ amount: "34.51" }, "let you pay only 34.50 hours now", true],
      [{ payee: idOf(1700), person: idOf(1700) }, "You do not know who asks.", true],
    ] as const) {
      peer.money.asked = { ...asked, ...change };
      await read();
      await dialogOf(page).getByText(words).waitFor();
      const pay = dialogOf(page).getByRole("button", { name: /^Pay / });
      expect([words, await pay.count()]).toEqual([words, mayPay ? 1 : 0]);
      await page.keyboard.press("Escape");
    }
    expect(peer.money.done).toEqual([]);
  });

  test("a request is paid in another currency only where that was chosen, for no more than was said", async () => {
    const peer = await peerOf("street");
    const [hours, loaves] = peer.money.currencies;
    const [first] = peer.money.lines;
    if (hours === undefined || loaves === undefined || first === undefined) return;
    const none = { balance: "0", youMayOwe: "9", theyMayOwe: "0", lockedIn: "0", lockedOut: "0" };
    const baker = { ...first, ...none, id: idOf(6309), currency: loaves, canPay: "9" };
    peer.money.lines = [...peer.money.lines, baker];
    peer.money.asked = {
      ...{ ...peer.money.asked, amount: "40.00" },
      exchange: [{ currency: loaves, cost: "8", by: "Miriam" }],
    };
    const { page, faults } = await open(peer, "money", "phone");
    await page.getByRole("button", { name: "Pay a link" }).click();
    await dialogOf(page).getByLabel("The link or code you were given").fill(PAY_LINK);
    await dialogOf(page).getByRole("button", { name: "Read it" }).click();
    await dialogOf(page).getByText("let you pay only 34.50 hours now").waitFor();
    await dialogOf(page).getByLabel("Pay in").selectOption(loaves.id);
    await dialogOf(page)
      .getByText("It costs you 8 loafs at most, which Miriam exchanges.")
      .waitFor();
    await dialogOf(page).getByText("Your lines in it let you pay 9 loafs now.").waitFor();
    await dialogOf(page).getByLabel("At most. How much, in loafs").fill("7");
    await dialogOf(page).getByText("It costs 8 loafs now, which is more than that").waitFor();
    await dialogOf(page).getByLabel("At most. How much, in loafs").fill("7.5");
    await dialogOf(page).getByRole("button", { name: "Pay 40.00 hours" }).click();
    await dialogOf(page).getByRole("alert").getByText("Too precise").first().waitFor();
    expect(peer.money.done).toEqual([]);
    await dialogOf(page).getByLabel("At most. How much, in loafs").fill("8");
    await picture(page, "money-exchange-phone");
    expect(await cutOff(page)).toEqual([]);
    expect(await tooSmall(page)).toEqual([]);
    await dialogOf(page).getByRole("button", { name: "Pay 40.00 hours" }).click();
    await dialogOf(page).getByText("A way is being looked for.").waitFor();
    expect(peer.money.done).toEqual(["pay link at most 8"]);
    expect(faults).toEqual([]);
  });

  test("a German page has German amounts, and reads them", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await openWatched(browser(), `${peer.consoleUrl}&view=${LINE}`, {
      ...{ viewport: SCREENS.phone, locale: "de-DE", reducedMotion: "reduce" },
    });
    await page.getByText("Anna schuldet dir 12,50 hour").filter({ visible: true }).waitFor();
    await page.getByRole("button", { name: "Zahlen" }).click();
    await dialogOf(page).getByLabel("Wie viel, in hour").fill("1.000");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("Das könnte zweierlei heißen.").waitFor();
    await dialogOf(page).getByLabel("Wie viel, in hour").fill("1,5");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByText("Danach: Anna schuldet dir 11,00 hour.").waitFor();
    await dialogOf(page).getByRole("button", { name: "1,50 hour zahlen" }).click();
    await expect.poll(() => peer.money.done).toEqual(["pay 1.50 "]);
    expect(faults).toEqual([]);
  });

  test("what a partner does shows at once, and stays when the peer is gone", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, LINE);
    const line = page.getByRole("region", { name: "Anna", exact: true });
    await line.getByText("Anna owes you 12.50 hours").waitFor();
    peer.money.lines = peer.money.lines.map((one) =>
      one.with === "Anna" ? { ...one, balance: "13.50", lockedIn: "2.00" } : one,
    );
    peer.money.entries = [
      ...peer.money.entries,
      { atMs: 0, by: "them", what: "paid", amount: "1.00", memo: "plums", balance: "13.50" },
    ];
    peer.hub.emit("line-changed", { id: idOf(6300) });
    await line.getByText("Anna owes you 13.50 hours").waitFor({ timeout: 4_000 });
    await line.getByText("2.00 hours are on their way to you.").waitFor();
    await line.getByText("plums").waitFor();
    expect(faults).toEqual([]);
    await peer.close();
    await page.getByText("The peer is not answering").waitFor();
    await line.getByText("Anna owes you 13.50 hours").waitFor();
    await line.getByRole("button", { name: "Change the limit" }).click();
    await dialogOf(page).getByLabel("New limit").fill("60");
    await page.keyboard.press("Enter");
    await dialogOf(page).getByRole("button", { name: "Change the limit" }).click();
    await dialogOf(page).getByRole("alert").waitFor();
    await picture(page, "silent-money-laptop");
  });

  test("a code in a picture is read where the browser can, and others' words stay words", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "money", "phone");
    await page.addInitScript(`globalThis.BarcodeDetector = class {
      detect() { return Promise.resolve([{ rawValue: "${PAY_LINK.toUpperCase()}" }]); }
    }`);
    await page.reload();
    const { asked } = peer.money;
    const [first] = peer.money.currencies;
    for (const text of Object.values(HOSTILE)) {
      const currency = { ...(first ?? asked.currency), name: text, unit: text, issuer: text };
      peer.money.asked = {
        ...{ ...asked, payee: text, memo: text, person: idOf(1001) },
        currency: {
          ...currency,
          person: idOf(1001),
          alike: [{ id: idOf(7300), name: text, issuer: text, person: idOf(7301) }],
        },
      };
      await page.getByRole("button", { name: "Pay a link" }).click();
      const photo = { name: "code.jpg", mimeType: "image/jpeg", buffer: jpegPhoto() };
      await dialogOf(page).getByLabel("From a picture").setInputFiles(photo);
      const field = dialogOf(page).getByLabel("The link or code you were given");
      await expect.poll(() => field.inputValue()).toBe(PAY_LINK.toUpperCase());
      await dialogOf(page).getByRole("button", { name: "Read it" }).click();
      await dialogOf(page).getByText("asks for 4.00").waitFor();
      expect(await cutOff(page)).toEqual([]);
      await picture(page, "hostile-money-link");
      await page.keyboard.press("Escape");
    }
    expect(await page.evaluate("globalThis.broken")).toBeUndefined();
    expect(await page.locator("main img[src=x], main script, dialog a").count()).toBe(0);
    expect(faults).toEqual([]);
  });
});
