import { describe, expect, test } from "vitest";
import { openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { INVITE_LINK, startFakePeer } from "./fake-api.ts";
import { HOSTILE, idOf, worldOf } from "./fake-data.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

if (SKIPPED !== undefined) console.log(`Browser tests skipped: ${SKIPPED}.`);

const { peerOf, open, adopt, browser } = setStage();

const PROOF: Readonly<Record<string, string>> = {
  map: "11 peers",
  people: "Miriam",
  drive: "choir-2026-06.flac",
  status: "Lena's laptop",
};

describe.skipIf(SKIPPED !== undefined)("the console in a browser", () => {
  for (const screen of ["phone", "laptop"] as const) {
    for (const [view, text] of Object.entries(PROOF)) {
      for (const scheme of screen === "phone" ? (["light"] as const) : (["dark"] as const)) {
        test(`${view} on a ${screen}, ${scheme}`, async () => {
          const { page, faults } = await open(await peerOf("street"), view, screen, scheme);
          await page.getByRole("main").getByText(text).first().waitFor();
          await page.waitForTimeout(300);
          await picture(page, `${view}-${screen}-${scheme}`);
          expect(await overflow(page)).toBe(0);
          if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
          expect(page.url()).not.toContain("token");
          expect(faults).toEqual([]);
        });
      }
    }

    test(`an empty peer says what to do, on a ${screen}`, async () => {
      const peer = await peerOf("alone");
      const { page, faults } = await open(peer, "map", screen);
      await page.getByText("Nobody in reach yet.").waitFor();
      await picture(page, `empty-map-${screen}`);
      await page.getByRole("link", { name: "People" }).last().click();
      await page.getByText("Nobody here yet").waitFor();
      await picture(page, `empty-people-${screen}`);
      await page.getByRole("link", { name: "Drive" }).click();
      await page.getByText("Your drive is empty").waitFor();
      await picture(page, `empty-drive-${screen}`);
      expect(faults).toEqual([]);
    });

    test(`a hundred peers fit, on a ${screen}`, async () => {
      const { page, faults } = await open(await peerOf("crowd"), "map", screen);
      await page.getByText("100 peers").waitFor();
      await page.waitForTimeout(300);
      await picture(page, `crowd-${screen}`);
      const outside = await page.evaluate(
        `[...document.querySelectorAll(".map .dot")].filter((dot) => {
          const box = dot.getBoundingClientRect();
          const map = document.querySelector(".map").getBoundingClientRect();
          return box.left < map.left || box.right > map.right || box.bottom > map.bottom;
        }).length`,
      );
      expect(outside).toBe(0);
      expect(await page.locator(".map .peer").count()).toBe(101);
      expect(faults).toEqual([]);
    });

    test(`a peer's card opens and pings, on a ${screen}`, async () => {
      const { page, faults } = await open(await peerOf("street"), "map", screen);
      await page.locator(`.map .peer[data-id="${idOf(2)}"]`).click();
      const card = page.getByRole("region", { name: "Peer", exact: true });
      await card.getByText("Your contact").waitFor();
      await card.getByRole("button", { name: "Ping" }).click();
      await card.getByText("3 ms over 2 hops").waitFor();
      await picture(page, `card-${screen}`);
      await page.keyboard.press("Escape");
      await card.waitFor({ state: "detached" });
      expect(faults).toEqual([]);
    });

    test(`an invite shows as a code and a link, on a ${screen}`, async () => {
      const { page, faults } = await open(await peerOf("street"), "people", screen);
      await page.getByRole("button", { name: "Invite" }).click();
      const code = page.getByRole("img", { name: "The invite as a QR code" });
      await code.waitFor();
      expect(await page.getByLabel("Invite link").inputValue()).toBe(INVITE_LINK);
      expect((await code.locator("path").getAttribute("d"))?.length).toBeGreaterThan(1000);
      await picture(page, `invite-${screen}`);
      expect(faults).toEqual([]);
    });

    test(`a conversation: read, send, delivered, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await open(peer, "people", screen);
      await page.getByRole("link", { name: "Anna" }).click();
      await page.getByText("Lovely. Can you keep a copy").waitFor();
      await expect.poll(() => peer.world.status.unreadCount).toBe(0);
      const field = page.getByLabel("Message to Anna");
      await field.fill("first line");
      await field.press("Shift+Enter");
      await field.pressSequentially("second line");
      await field.press("Enter");
      const bubble = page.locator(".bubble").last();
      await bubble.getByText("waiting").waitFor();
      expect(await bubble.locator(".text").textContent()).toBe("first line\nsecond line");
      await expect.poll(() => field.inputValue()).toBe("");
      const id = peer.world.messages.at(-1)?.id ?? "";
      peer.hub.emit("message-state", { id, state: "delivered" });
      await bubble.getByText("delivered").waitFor();
      const bottom = `(() => { const box = document.querySelector(".messages");
        return box.scrollHeight - box.scrollTop - box.clientHeight; })()`;
      expect(await page.evaluate(bottom)).toBeLessThan(2);
      await picture(page, `chat-${screen}`);
      expect(await overflow(page)).toBe(0);
      expect(faults).toEqual([]);
    });
  }

  test("a contact is added by link, and a wrong link is explained", async () => {
    const { page, faults } = await open(await peerOf("alone"), "people");
    await page.getByRole("button", { name: "Add by link" }).click();
    await page.getByLabel("Their invite link").fill("peernet:object/abc");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("Open it under Drive").waitFor();
    await page.getByLabel("Their invite link").fill(INVITE_LINK);
    await page.getByLabel("What you call them").fill("Ben");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("heading", { name: "Ben" }).waitFor();
    await page.getByText("Say hello").waitFor();
    expect(faults).toEqual([]);
  });

  test("files go in and come out", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "drive");
    const file = { name: "hello.txt", mimeType: "text/plain", buffer: Buffer.from("hello") };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText("On your drive").waitFor();
    expect(peer.world.objects.at(-1)?.sizeBytes).toBe(5);
    const row = page.locator(".object").filter({ hasText: "hello.txt" });
    const saved = page.waitForEvent("download");
    await row.getByRole("button", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toBe("hello.txt");
    const opened = page.waitForEvent("download");
    await page.getByLabel("Open a link").fill("peernet:object/of-somebody-else");
    await page.getByRole("button", { name: "Open" }).click();
    expect((await opened).suggestedFilename()).toBe("found.txt");
    const thin = page.locator(".object").filter({ hasText: "roof survey" });
    await thin.getByRole("button", { name: "Repair" }).click();
    await thin.getByText("Repairing … 3 of 12").waitFor();
    await picture(page, "drive-busy-laptop");
    expect(faults).toEqual([]);
  });

  test("hostile names and texts are only text", async () => {
    const peer = await peerOf("street");
    const { world } = peer;
    const names = Object.values(HOSTILE);
    world.map = {
      ...world.map,
      peers: world.map.peers.map((one, index) => ({
        ...one,
        contact: null,
        name: names[index % names.length] ?? "",
      })),
    };
    world.contacts = names.map((petname, index) => ({
      personId: idOf(1000 + index),
      petname,
      state: "met",
      reachable: true,
      hops: 1,
      unreadCount: 0,
      addedAtMs: 0,
      howMet: "Introduced by Miriam",
      verified: false,
      blocked: false,
      pictureAtMs: null,
    }));
    world.messages = names.map((text, index) => ({
      id: `hostile-${index}`,
      contact: "",
      personId: idOf(1000),
      direction: "in",
      text,
      sentAtMs: index,
      state: "unread",
      deliveredAtMs: null,
      kind: "text",
    }));
    world.objects = world.objects.map((one, index) => ({ ...one, name: names[index] ?? "" }));
    world.status = { ...world.status, name: HOSTILE.bidi };
    for (const screen of ["phone", "laptop"] as const) {
      const { page, faults } = await open(peer, "map", screen);
      await page.getByText("11 peers").waitFor();
      await picture(page, `hostile-map-${screen}`);
      await page.getByRole("link", { name: "Drive" }).click();
      await page.locator(".object").getByText("gpj.exe invoice").waitFor();
      expect(await overflow(page)).toBe(0);
      await picture(page, `hostile-drive-${screen}`);
      if (screen === "phone") await page.getByRole("link", { name: "Settings" }).click();
      await page.getByRole("link", { name: "Status" }).click();
      await page.locator(".status-view").getByText("gpj.exe invoice").waitFor();
      await page.getByRole("link", { name: "People" }).click();
      await page.locator(".contacts a").filter({ hasText: "<script>" }).click();
      await page.locator(".bubble").last().waitFor();
      const found = new Set<string>();
      for (const top of [1e9, 3_000, 0]) {
        await page.evaluate(`document.querySelector(".messages").scrollTop = ${top}`);
        await page.waitForTimeout(200);
        for (const text of await page.locator(".bubble .text").allTextContents()) found.add(text);
      }
      expect(found).toEqual(new Set(names));
      expect(await overflow(page)).toBe(0);
      await picture(page, `hostile-chat-${screen}`);
      expect(await page.evaluate("globalThis.broken")).toBeUndefined();
      expect(await page.evaluate("document.scripts.length")).toBe(1);
      expect(faults).toEqual([]);
    }
  });

  test("without a token, or with a wrong one, the page says how to open it", async () => {
    const peer = await peerOf("alone");
    const origin = `http://127.0.0.1:${peer.server.port}/`;
    const without = await openWatched(browser(), origin, { viewport: SCREENS.phone });
    await without.page.getByText("This page needs its key").waitFor();
    await picture(without.page, "locked-phone");
    expect(without.faults).toEqual([]);
    const wrong = await openWatched(browser(), `${origin}#token=guessed`);
    await wrong.page.getByText("This key does not fit").waitFor();
    const right = await openWatched(browser(), peer.consoleUrl);
    await right.page.getByText("Nobody in reach yet.").waitFor();
    await right.page.reload();
    await right.page.getByText("Nobody in reach yet.").waitFor();
    expect(right.page.url()).not.toContain("token");
  });

  test("a peer that stops is missed quietly, and found again by itself", async () => {
    const peer = await peerOf("street");
    const { page } = await open(peer, "people");
    await page.getByText("Miriam", { exact: true }).waitFor();
    const { port } = peer.server;
    await peer.close();
    await page.getByText("The peer is not answering").waitFor();
    expect(await page.getByText("Miriam", { exact: true }).count()).toBe(1);
    await picture(page, "silent-laptop");
    const world = worldOf("street");
    world.contacts = world.contacts.map((one) => ({ ...one, petname: `${one.petname} B.` }));
    adopt(await startFakePeer(world, port));
    await page.getByText("Miriam B.", { exact: true }).waitFor({ timeout: 20_000 });
    await page.getByText("The peer is not answering").waitFor({ state: "detached" });
  });

  test("the map follows the peer: who leaves goes, who comes appears", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "map");
    const dots = page.locator(".map .peer");
    await expect.poll(() => dots.count()).toBe(12);
    const gone = idOf(11);
    peer.world.map = {
      ...peer.world.map,
      peers: peer.world.map.peers.filter((one) => one.peerId !== gone),
      links: peer.world.map.links.filter(({ a, b }) => a !== gone && b !== gone),
    };
    peer.hub.emit("peer-unreachable", { peerId: gone });
    await expect.poll(() => dots.count()).toBe(11);
    expect(faults).toEqual([]);
  });

  test("the map can be walked with the keyboard", async () => {
    const { page, faults } = await open(await peerOf("street"), "map");
    await page.locator(".map .peer.self").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Peer", exact: true }).waitFor();
    expect(faults).toEqual([]);
  });
});
