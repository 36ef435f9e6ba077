import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../tidy/tree.ts";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { BUILT, type Daemon, startDaemon } from "./daemon.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");
const MAIN = join(root, "dist", "cli", "main.js");

let browser: Browser;
let laptop: Daemon;
const joining: ChildProcess[] = [];
const homes: string[] = [];

beforeAll(async () => {
  if (skipped !== undefined) return;
  browser = await launch();
  laptop = await startDaemon("Anna's laptop", []);
});

afterAll(async () => {
  await browser?.close();
  for (const child of joining) {
    if (child.exitCode === null) {
      child.kill();
      await once(child, "exit");
    }
  }
  await laptop?.stop();
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** `peernet device join` on a new machine; `said` is what it has told so far. */
function joinAs(
  name: string,
  words: readonly string[],
): { said: () => string; child: ChildProcess } {
  const home = mkdtempSync(join(tmpdir(), "peernet-joining-"));
  homes.push(home);
  const child = spawn(
    process.execPath,
    [MAIN, "device", "join", ...words, "--home", home, "--name", name, "--yes"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  joining.push(child);
  let text = "";
  const hear = (part: Buffer): void => {
    text += part.toString();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  return { said: () => text, child };
}

describe.skipIf(skipped !== undefined)("devices in the console", { timeout: 180_000 }, () => {
  test("a device comes in by link, is renamed and revoked", async () => {
    const { page, faults } = await openWatched(
      browser,
      `${laptop.consoleUrl}&view=settings&page=devices`,
      { viewport: SCREENS.laptop },
    );
    await page.getByRole("button", { name: "Add a device" }).click();
    const link = await page.getByLabel("Link for the new device").inputValue();
    const phone = joinAs("phone", [link]);
    await page
      .getByText("“phone” is your device now.")
      .waitFor({ timeout: 60_000 })
      .catch((error: unknown) => {
        throw new Error(`the joining device said: ${phone.said()}`, { cause: error });
      });
    await page.keyboard.press("Escape");
    const row = page.locator(".line").filter({ hasText: "phone" });
    await row.getByText("added by Anna's laptop").waitFor();
    await row.getByRole("button", { name: "Rename" }).click();
    await page.getByLabel("Your contacts see this name").fill("Anna's phone");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".line").getByText("Anna's phone").waitFor();
    await picture(page, "devices-laptop");
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.locator(".line").getByText("revoked").waitFor();
    expect(faults).toEqual([]);
  });
});
