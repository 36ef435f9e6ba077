import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { picture, SKIPPED } from "./browser.ts";
import type { FakePeer } from "./fake-api.ts";
import { HOSTILE } from "./fake-data.ts";
import { fakeEntry, fakeVersion } from "./fake-folders.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf, open } = setStage();

function choirOf(peer: FakePeer) {
  const [choir] = peer.world.folders;
  if (choir === undefined) throw new TypeError("the street has a choir");
  return choir;
}

function row(page: Page, name: string): Locator {
  return page.locator(".entry").filter({ hasText: name });
}

async function act(page: Page, name: string, action: string): Promise<void> {
  await row(page, name)
    .getByRole("button", { name: `More about ${name}` })
    .click();
  await row(page, name).getByRole("button", { name: action }).click();
}

describe.skipIf(SKIPPED !== undefined)("folders in the drive", () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`are walked into and out of, on a ${screen}`, async () => {
      const { page, faults } = await open(await peerOf("street"), "drive", screen, "dark");
      await page.getByRole("link", { name: "Choir" }).click();
      await page.getByRole("heading", { name: "Choir" }).waitFor();
      const names = page.locator(".entry .name");
      await expect
        .poll(() => names.allTextContents())
        .toEqual(["scores", "addresses.txt", "programme.odt"]);
      await row(page, "addresses").getByRole("button", { name: "More about" }).click();
      await picture(page, `folder-${screen}`);
      expect(await overflow(page)).toBe(0);
      if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
      await page.getByRole("link", { name: "scores" }).click();
      await row(page, "alto.pdf").waitFor();
      expect(page.url()).toContain("path=scores");
      await page.reload();
      await row(page, "tenor.pdf").waitFor();
      await page.goBack();
      await row(page, "programme.odt").waitFor();
      await page.locator(".folder-head").getByRole("link", { name: "Drive" }).click();
      await page.getByText("choir-2026-06.flac").waitFor();
      expect(faults).toEqual([]);
    });
  }

  test("are made, joined by link, shared and left", async () => {
    const peer = await peerOf("alone");
    const { page, faults } = await open(peer, "drive", "phone");
    await page.getByRole("button", { name: "New folder" }).click();
    await page.getByLabel("What it is called").fill("Garden");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("link", { name: "Garden" }).waitFor();
    await page.getByRole("button", { name: "By link" }).click();
    const link = page.getByLabel("The link you were given");
    await link.fill("peernet:object/abc");
    await page.getByRole("button", { name: "Take part" }).click();
    await page.getByRole("dialog").getByText("This is no whole link. Copy it again.").waitFor();
    await link.fill("peernet:folder/abc");
    await page.getByRole("button", { name: "Take part" }).click();
    await page.getByRole("link", { name: "joined" }).click();
    await page.getByText("Nothing in here yet").waitFor();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByRole("dialog").getByText("peernet:folder-read/").waitFor();
    await picture(page, "folder-share-phone");
    expect(await overflow(page)).toBe(0);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave", exact: true }).click();
    await expect.poll(() => page.getByRole("link", { name: "joined" }).count()).toBe(0);
    await page.getByRole("link", { name: "Garden" }).waitFor();
    expect(faults.filter((fault) => !fault.includes("400"))).toEqual([]);
  });

  test("take files and whole folders by drag and drop", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "drive");
    await page.getByRole("link", { name: "Photos" }).click();
    await page.getByText("Nothing in here yet").waitFor();
    const home = mkdtempSync(join(tmpdir(), "peernet-drop-"));
    mkdirSync(join(home, "trip", "day 1"), { recursive: true });
    mkdirSync(join(home, "trip", "empty"));
    writeFileSync(join(home, "trip", "day 1", "sea.txt"), "waves");
    writeFileSync(join(home, "plan.txt"), "walk");
    await drop(page, [join(home, "trip"), join(home, "plan.txt")]);
    await row(page, "trip").waitFor();
    await row(page, "plan.txt").getByText("4 B").waitFor();
    const photos = peer.world.folders[1];
    await expect
      .poll(() => [...(photos?.entries.keys() ?? [])].sort())
      .toEqual(["plan.txt", "trip", "trip/day 1", "trip/day 1/sea.txt", "trip/empty"]);
    expect(photos?.puts).toEqual([
      { path: "plan.txt", parents: "1", type: "text/plain" },
      { path: "trip/day 1/sea.txt", parents: "1", type: "text/plain" },
    ]);
    await page.getByRole("link", { name: "trip" }).click();
    await row(page, "day 1").waitFor();
    rmSync(home, { recursive: true });
    expect(faults).toEqual([]);
  });

  test("files are renamed, removed and got; what goes wrong is said", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await open(peer, "drive", "phone");
    await page.getByRole("link", { name: "Choir" }).click();
    await act(page, "addresses.txt", "Rename");
    const field = page.getByLabel("What it is called from now on");
    expect(await field.inputValue()).toBe("addresses.txt");
    await field.fill("programme.odt");
    await page.getByRole("button", { name: "Rename" }).last().click();
    await page.getByText("Something is called programme.odt already.").waitFor();
    await field.fill("people.txt");
    await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
    await row(page, "people.txt").waitFor();
    await act(page, "scores", "Remove");
    await page.getByText("It goes with all that is in it").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await expect.poll(() => row(page, "scores").count()).toBe(0);
    expect([...choirOf(peer).entries.keys()].sort()).toEqual(["people.txt", "programme.odt"]);
    const saved = page.waitForEvent("download");
    await row(page, "programme.odt").locator("button.row").click();
    expect((await saved).suggestedFilename()).toBe("programme.odt");
    expect(faults.filter((fault) => !fault.includes("409"))).toEqual([]);
  });

  test("versions written at the same time stand side by side until one is kept", async () => {
    const peer = await peerOf("street");
    const choir = choirOf(peer);
    const alias = "programme (Anna's version, 2026-06-14 16.02).odt";
    const [mine, hers] = [
      fakeVersion("Lena", { sizeBytes: 48_300 }),
      fakeVersion("Anna", { sizeBytes: 51_000, modifiedAtMs: 77 }),
    ];
    for (const [path, version] of [
      ["programme.odt", mine],
      [alias, hers],
    ] as const) {
      const { sizeBytes, modifiedAtMs } = version;
      choir.entries.set(path, fakeEntry(path, { sizeBytes, modifiedAtMs, conflict: true }));
    }
    choir.versions.set("programme.odt", [mine, hers]);
    choir.info = { ...choir.info, conflicts: 1 };
    for (const screen of ["phone", "laptop"] as const) {
      const { page } = await open(peer, "drive", screen);
      await page.getByText("1 conflict").waitFor();
      await page.getByRole("link", { name: "Choir" }).click();
      const card = page.getByRole("region", { name: "Changed at the same time" });
      await card.getByText("All versions are kept.").waitFor();
      expect(await card.getByRole("listitem").count()).toBe(2);
      await picture(page, `folder-conflict-${screen}`);
      expect(await overflow(page)).toBe(0);
    }
    const { page, faults } = await open(peer, "drive");
    await page.getByRole("link", { name: "Choir" }).click();
    const card = page.getByRole("region", { name: "Changed at the same time" });
    const anna = card.getByRole("listitem").filter({ hasText: "Anna" });
    const saved = page.waitForEvent("download");
    await anna.getByRole("button", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toBe(alias);
    await anna.getByRole("button", { name: "Keep this one" }).click();
    await card.waitFor({ state: "detached" });
    await act(page, "programme.odt", "Versions");
    const dialog = page.getByRole("dialog");
    const old = dialog.getByRole("listitem").filter({ hasText: "Lena" });
    await old.getByRole("button", { name: "Bring back" }).click();
    await old.getByText("Now").waitFor();
    await picture(page, "folder-versions-laptop");
    expect(faults).toEqual([]);
  });

  test("what others change appears, hostile names are text, readers cannot write", async () => {
    const peer = await peerOf("street");
    const choir = choirOf(peer);
    choir.info = { ...choir.info, mayWrite: false, name: HOSTILE.bidi };
    const { page, faults } = await open(peer, "drive", "phone");
    await page.locator(".folder-rows").getByText("gpj.exe invoice").click();
    await page.getByText("You may read this folder, not change it.").waitFor();
    expect(await page.locator("input[type=file]").count()).toBe(0);
    for (const hostile of Object.values(HOSTILE)) {
      const name = hostile.replaceAll("/", "");
      choir.entries.set(name, fakeEntry(name));
    }
    peer.hub.emit("folder-changed", { id: choir.info.id });
    await page.getByText("<script>globalThis.broken = true<script>").waitFor();
    await page.getByRole("button", { name: "More about programme.odt" }).click();
    expect(await page.getByRole("button", { name: "Rename" }).count()).toBe(0);
    expect(await overflow(page)).toBe(0);
    expect(await page.evaluate("globalThis.broken")).toBeUndefined();
    expect(faults).toEqual([]);
  });
});

/** Drops files and folders on the page as a file manager does. */
async function drop(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x: 640, y: 400, data });
  }
}
