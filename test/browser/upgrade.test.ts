import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../tidy/tree.ts";
import { picture, SKIPPED } from "./browser.ts";
import { startFakePeer } from "./fake-api.ts";
import { idOf, worldOf } from "./fake-data.ts";
import { setStage } from "./stage.ts";

const { peerOf, open, adopt } = setStage();
const folder = mkdtempSync(join(tmpdir(), "peernet-upgrade-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scriptOf = (page: Page): Promise<string> =>
  page.evaluate(`document.querySelector("script").src`);

/** The built page as another version of Peernet would have it: its script has another name. */
function newerPage(): string {
  cpSync(join(root, "dist", "console"), folder, { recursive: true });
  const path = join(folder, "index.html");
  const html = readFileSync(path, "utf8");
  const name = /index-[\w-]+\.js/.exec(html)?.[0] ?? "";
  renameSync(join(folder, "assets", name), join(folder, "assets", "index-newer.js"));
  // Parts that are loaded later name the script that loads them.
  writeFileSync(join(folder, "assets", name), `export * from "./index-newer.js";`);
  writeFileSync(path, html.replaceAll(name, "index-newer.js"));
  return folder;
}

describe.skipIf(SKIPPED !== undefined)("a peer that was upgraded under an open page", () => {
  test("is noticed: the page says so, loads anew once, and keeps what was begun", async () => {
    const before = await peerOf("street");
    const { page, faults } = await open(before, `people&with=${idOf(1000)}`, "phone");
    await page.getByLabel("Message to Anna").fill("half a sentence");
    expect(await scriptOf(page)).not.toContain("newer");
    const { port } = before.server;
    await before.close();
    await page.getByText("The peer is not answering.").waitFor();
    const after = await startFakePeer(worldOf("street"), port, newerPage());
    adopt(after);
    await page.getByText("Peernet was upgraded. This page loads anew.").waitFor();
    await picture(page, "upgraded-phone");
    await expect.poll(() => scriptOf(page).catch(() => "")).toContain("index-newer.js");
    const field = page.getByLabel("Message to Anna");
    await expect.poll(() => field.inputValue()).toBe("half a sentence");
    expect(faults.filter((fault) => !fault.includes("Failed to load resource"))).toEqual([]);
  });

  test("is none where the same page comes back", async () => {
    const before = await peerOf("street");
    const { page } = await open(before, "people", "phone");
    await page.getByRole("link", { name: "Anna" }).waitFor();
    await page.evaluate("globalThis.isOld = true");
    const { port } = before.server;
    await before.close();
    await page.getByText("The peer is not answering.").waitFor();
    adopt(await startFakePeer(worldOf("street"), port));
    await page.getByText("The peer is not answering.").waitFor({ state: "detached" });
    await page.waitForTimeout(4_000);
    expect(await page.evaluate("globalThis.isOld")).toBe(true);
  });
});
