import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import { GROUP_ID, groupMessage } from "./fake-chats.ts";
import { MANY } from "./long-talk.ts";
import { overflow, setStage, squeezed, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

describe.skipIf(SKIPPED !== undefined)("a group's chat", { timeout: 180_000 }, () => {
  test("unread marks, who wrote, who has it, an answer, a file, news; on a phone", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "people", "phone");
    const link = page.locator(".navigation [data-view=groups]");
    await link.getByText("1 unread").waitFor();
    await link.click();
    await page.locator(".contacts .row").getByText("1 unread").waitFor();
    await picture(page, "groups-unread-phone");
    expect(await overflow(page)).toBe(0);
    await page.locator(".contacts .row").click();

    const bubbles = page.locator(".bubble");
    await bubbles.getByText("See you then").waitFor();
    await link.getByText("unread").waitFor({ state: "detached" });
    // The same author's second message in a row does not name them again.
    await bubbles.filter({ hasText: "Who brings bread?" }).locator(".author").waitFor();
    expect(await bubbles.filter({ hasText: "salt" }).locator(".author").count()).toBe(0);
    await bubbles.filter({ hasText: "See you then" }).locator(".author").getByText("Oma").waitFor();
    await bubbles.filter({ hasText: "And <b>salt</b>?" }).waitFor();
    expect(await bubbles.locator("b, script, img").count()).toBe(0);

    const both = bubbles.filter({ hasText: "I bring both." });
    await both.locator(".quote").getByText("Who brings bread?").waitFor();
    await both.getByRole("button", { name: "with 5 of 8" }).click();
    await both.getByText(/^Opened by Oma, .*3 members have not told this device yet/).waitFor();
    await both.getByText("Of Jonas no device is known here yet").waitFor();
    const waiting = bubbles.filter({ hasText: "At seven." });
    await waiting.getByRole("button", { name: "waiting" }).click();
    await waiting.getByText("It waits here until a member is in reach.").waitFor();
    await picture(page, "group-chat-phone");

    const bread = bubbles.filter({ hasText: "And <b>salt</b>?" });
    await bread.getByRole("button", { name: "Answer" }).click();
    const field = page.getByLabel(/^Message to/);
    await field.fill("Salt too.");
    await field.press("Enter");
    const mine = bubbles.filter({ hasText: "Salt too." });
    await mine.locator(".quote").getByText("And <b>salt</b>?").waitFor();

    const sent = peer.chats.messages.at(-1);
    const state = { state: "everybody", deliveredTo: ["Oma"], memberCount: 1 } as const;
    if (sent !== undefined) peer.hub.emit("group-message-state", { ...sent, ...state });
    await mine.getByRole("button", { name: "with the other member" }).waitFor();
    const news = groupMessage("g9", { text: "Late by an hour", sentAtMs: 1_000 });
    peer.chats.messages = [...peer.chats.messages, news];
    peer.hub.emit("group-message", news);
    await bubbles.last().getByText("Late by an hour").waitFor();
    expect(await tooSmall(page)).toEqual([]);
    expect(await squeezed(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    expect(faults).toEqual([]);
  });

  test("a device that told two stories is named; the page about the group leads back", async () => {
    const peer = await peerOf("street");
    peer.chats.forked = ["fd12:3456::7"];
    const { page, faults } = await open(peer, `groups&group=${GROUP_ID}`, "phone");
    await page.getByRole("link", { name: "About this group" }).click();
    await page.getByText("fd12:3456::7").waitFor();
    await page.getByRole("region", { name: "Members" }).waitFor();
    expect(await squeezed(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.getByRole("link", { name: "Messages" }).click();
    await page.getByText("See you then").waitFor();
    expect(faults).toEqual([]);
  });

  test("10,000 messages are scrolled to the first one, and few are in the page", async () => {
    const peer = await peerOf("street");
    peer.chats.messages = Array.from({ length: MANY }, (_, at) =>
      groupMessage(String(at).padStart(8, "0"), { text: `message ${at}`, state: "read" }),
    );
    const { page, faults } = await open(peer, `groups&group=${GROUP_ID}`, "laptop");
    await page.getByText(`message ${MANY - 1}`).waitFor();
    const first = page.locator(`.window-row[data-id="${"0".repeat(8)}"]`);
    let isThere = 0;
    for (let turn = 0; turn < 4_000 && isThere < 5; turn += 1) {
      await page.evaluate(`document.querySelector(".messages").scrollTop = 0`);
      await page.waitForTimeout(30);
      expect(await page.locator(".window-row").count()).toBeLessThan(120);
      isThere = (await first.count()) === 0 ? 0 : isThere + 1;
    }
    await first.waitFor();
    expect(faults).toEqual([]);
  });
});
