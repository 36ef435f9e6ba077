import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { MessageBody } from "../../src/api/contract.ts";
import { picture, SKIPPED } from "./browser.ts";
import { idOf } from "./fake-data.ts";
import { longTalk, MANY } from "./long-talk.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

const rows = (page: Page): Promise<number> => page.locator(".window-row").count();

/** The first row that shows whole, and how far below the upper edge it is. */
function topRow(page: Page): Promise<{ id: string; top: number }> {
  return page.evaluate(`(() => {
    const edge = document.querySelector(".messages").getBoundingClientRect().top;
    const row = [...document.querySelectorAll(".window-row")]
      .find((one) => one.getBoundingClientRect().top >= edge);
    return { id: row.dataset.id, top: Math.round(row.getBoundingClientRect().top - edge) };
  })()`);
}

describe.skipIf(SKIPPED !== undefined)("a conversation", { timeout: 180_000 }, () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`of 10,000 messages is scrolled through to its first one, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      peer.world.messages = longTalk();
      const { page, faults } = await open(peer, "people", screen);
      await page.getByRole("link", { name: "Anna" }).click();
      await page.getByText(`message ${MANY - 1}`).waitFor();
      expect(await rows(page)).toBeLessThan(80);
      await picture(page, `chat-long-${screen}`);
      const first = page.locator(`.window-row[data-id="${"0".repeat(8)}"]`);
      // What one reads stays where it is, so the last older ones that come move the first out of sight once more.
      let isThere = 0;
      for (let turn = 0; turn < 4_000 && isThere < 5; turn += 1) {
        await page.evaluate(`document.querySelector(".messages").scrollTop = 0`);
        await page.waitForTimeout(30);
        expect(await rows(page)).toBeLessThan(120);
        isThere = (await first.count()) === 0 ? 0 : isThere + 1;
      }
      await first.waitFor();
      await page.evaluate(`(() => { const box = document.querySelector(".messages");
        box.scrollTop = box.scrollHeight; })()`);
      await page.getByText(`message ${MANY - 1}`).waitFor();
      expect(await overflow(page)).toBe(0);
      expect(faults).toEqual([]);
    });
  }

  test("what one reads stays where it is while older and newer messages come in", async () => {
    const peer = await peerOf("street");
    peer.world.messages = longTalk();
    const { page, faults } = await open(peer, "people");
    await page.getByRole("link", { name: "Anna" }).click();
    await page.getByText(`message ${MANY - 1}`).waitFor();
    await page.evaluate(`document.querySelector(".messages").scrollTop = 3000`);
    await page.waitForTimeout(400);
    const before = await topRow(page);
    const message: MessageBody = {
      ...{ id: "z-new", contact: "Anna", personId: idOf(1000), direction: "in", kind: "text" },
      ...{ text: "a new one", sentAtMs: Date.now(), state: "unread", deliveredAtMs: null },
    };
    peer.world.messages = [...peer.world.messages, message];
    peer.hub.emit("message", message);
    await page.getByRole("button", { name: "New messages" }).waitFor();
    expect(await topRow(page)).toEqual(before);
    await page.getByRole("button", { name: "New messages" }).click();
    await page.getByText("a new one").waitFor();
    expect(faults).toEqual([]);
  });

  test("one tap tells why a message waits; an answer shows what it answers", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "people", "phone");
    await page.getByRole("link", { name: "Anna" }).click();
    const waiting = page.locator(".bubble").filter({ hasText: "See you on Sunday?" });
    await waiting.getByRole("button", { name: /waiting/ }).click();
    await waiting.getByText("Keep this peer running <b>near</b> them.").waitFor();
    await picture(page, "why-phone");
    const asked = page.locator(".bubble").filter({ hasText: "Did the antenna" });
    await asked.getByRole("button", { name: "Answer" }).click();
    await page.getByLabel("Message to Anna").fill("It did.");
    await page.getByLabel("Message to Anna").press("Enter");
    await page.locator(".bubble .quote").getByText("Did the antenna").waitFor();
    await picture(page, "reply-phone");
    expect(await page.locator(".replying").count()).toBe(0);
    expect(await tooSmall(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    expect(faults).toEqual([]);
  });
});
