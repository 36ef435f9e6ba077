import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiClient } from "../../src/api/client/index.ts";
import { zipMembers } from "../../src/media/zip.ts";
import { root } from "../tidy/tree.ts";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { BUILT, clientOf, type Daemon, startDaemon } from "./daemon.ts";
import { jpegPhoto } from "./photo.ts";
import { overflow, squeezed, tooSmall } from "./stage.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");

/** What needs the other peer's answer may take a while on a busy machine. */
const PATIENT = { timeout: 90_000 };

let browser: Browser;
let folder: string;
const daemons: Daemon[] = [];

beforeAll(async () => {
  if (skipped !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), "peernet-records-"));
  browser = await launch();
  const first = await startDaemon("Anna", []);
  daemons.push(first, await startDaemon("Ben", [first.endpoint]));
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await Promise.all(daemons.map((daemon) => daemon.stop()));
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Both in a group, in which Ben writes; they are no contacts yet. */
async function meetInGroup(anna: ApiClient, ben: ApiClient): Promise<void> {
  for (const client of [anna, ben]) {
    await expect.poll(async () => (await client.status()).reachableCount, PATIENT).toBe(1);
  }
  await anna.people.setPicture(new Uint8Array(jpegPhoto()));
  await anna.groups.create("Choir");
  const { link } = await anna.groups.invite("choir", { uses: 1 });
  await ben.groups.join(link);
  const members = async (client: ApiClient): Promise<number | undefined> =>
    (await client.groups.list()).groups[0]?.members.length;
  await expect.poll(() => members(anna), PATIENT).toBe(2);
  await expect.poll(() => members(ben), PATIENT).toBe(2);
  await ben.chats.send("choir", "Rehearsal at eight\n2020-01-01T00:00:00Z  Anna: never");
}

/** What is in a file that was saved, by path. */
function filesOf(path: string): ReadonlyMap<string, string> {
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer);
  return new Map(
    zipMembers(bytes).map(({ name, at, packedBytes }) => {
      const from = at + 30 + view.getUint16(at + 26, true);
      const packed = bytes.subarray(from, from + packedBytes);
      return [name, inflateRawSync(packed).toString("utf8")];
    }),
  );
}

/** Everything as one file, by the page. */
async function saved(page: Page, name: string): Promise<ReadonlyMap<string, string>> {
  const path = join(folder, name);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save everything as a file" }).click();
  await (await download).saveAs(path);
  expect((await download).suggestedFilename()).toMatch(/^peernet-\d{4}-\d{2}-\d{2}\.zip$/);
  return filesOf(path);
}

async function fits(page: Page): Promise<void> {
  expect(await overflow(page)).toBe(0);
  expect(await squeezed(page)).toEqual([]);
  expect(await tooSmall(page)).toEqual([]);
}

describe.skipIf(skipped !== undefined)("what a peer has written down", { timeout: 300_000 }, () => {
  test("pictures of members, the log as it grows, everything as one file", async () => {
    const [first, second] = daemons as [Daemon, Daemon];
    const [annas, bens] = [clientOf(first), clientOf(second)];
    await meetInGroup(annas, bens);
    const phone = { viewport: SCREENS.phone, hasTouch: true };
    const ben = await openWatched(browser, `${second.consoleUrl}&view=groups`, phone);
    const { id } = (await bens.groups.list()).groups[0] ?? { id: "" };
    await ben.page.goto(`${ben.page.url().split("#")[0]}#view=groups&group=${id}&page=about`);
    await ben.page.locator(".avatar .portrait img").first().waitFor(PATIENT);
    expect(await bens.contacts()).toEqual([]);
    await picture(ben.page, "real-group-portrait-phone");

    await ben.page.goto(`${ben.page.url().split("#")[0]}#view=settings&page=logs`);
    const log = ben.page.locator(".log");
    await log.getByText("started").waitFor();
    await ben.page.getByLabel("Find in the log").fill("neighbour down");
    await ben.page.getByText("No line has all these words.").waitFor();
    // The neighbour goes: its line comes by itself, by the event that tells of it.
    await first.stop(true);
    await log.getByText("neighbour down").waitFor(PATIENT);
    await fits(ben.page);
    await picture(ben.page, "real-logs-phone");
    const again = await startDaemon("Anna", [second.endpoint], first.home);
    daemons[0] = again;

    const laptop = { viewport: SCREENS.laptop, acceptDownloads: true };
    const where = `${again.consoleUrl}&view=settings&page=logs`;
    const anna = await openWatched(browser, where, laptop);
    await anna.page.getByRole("combobox", { name: "How much" }).selectOption("debug");
    await anna.page.locator(".log").getByText("started").waitFor();
    await picture(anna.page, "real-logs-laptop");
    await expect.poll(() => annas.status().catch(() => undefined)).toBeUndefined();
    const { link } = await clientOf(again).createInvite();
    await bens.addContact(link, "Anna ../x");
    await bens.sendMessage("Anna ../x", "bread\ntomorrow");

    await ben.page.goto(`${ben.page.url().split("#")[0]}#view=settings&page=export`);
    await fits(ben.page);
    await picture(ben.page, "real-export-phone");
    const files = await saved(ben.page, "ben.zip");
    const names = [...files.keys()];
    const text = (pattern: RegExp): string =>
      files.get(names.find((name) => pattern.test(name)) ?? "") ?? `no ${pattern} in ${names}`;
    expect(JSON.parse(text(/^about\.json$/))).toMatchObject({
      format: "peernet-export",
      version: 1,
    });
    expect(text(/^README\.txt$/)).toContain("Secret keys and the 24 recovery words");
    expect(text(/^contacts\/contacts\.vcf$/)).toContain("BEGIN:VCARD");
    // What names it like a folder leads nowhere.
    expect(text(/^messages\/Anna \.\. x-[0-9a-f]{8}\.txt$/)).toMatch(
      /Z {2}you: bread\n {4}tomorrow\n$/,
    );
    // A text cannot pass for a message of somebody else.
    expect(text(/^groups\/choir-\w{8}\/messages\.txt$/)).toMatch(
      / {4}2020-01-01T00:00:00Z {2}Anna/,
    );
    expect(text(/^groups\/choir-\w{8}\/members\.csv$/)).toContain("Anna");
    expect(text(/^money\/receipts\.csv$/)).toContain("time,direction,payee");
    expect(text(/^files\/files\.csv$/)).toContain("name,bytes,media type,stored,link");
    expect(JSON.parse(text(/^settings\/requests\.json$/))).toMatchObject({ findable: false });
    expect(names).not.toContain("left-out.txt");

    await anna.page.getByRole("link", { name: "Everything as a file" }).click();
    const annaFiles = await saved(anna.page, "anna.zip");
    expect([...annaFiles.keys()]).toContain("me.jpg");
    await picture(anna.page, "real-export-laptop");
    const home = JSON.parse(readFileSync(join(first.home, "identity.json"), "utf8")) as object;
    const secrets = Object.values(home).filter(
      (one): one is string => typeof one === "string" && one.length > 24,
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      for (const [name, content] of annaFiles) {
        expect([name, content.includes(secret)]).toEqual([name, false]);
      }
    }
    const main = join(root, "dist", "cli", "main.js");
    const command = [main, "export", join(folder, "cli.zip"), "--home", second.home];
    expect(execFileSync(process.execPath, command, { encoding: "utf8" })).toContain("Written to");
    expect([...filesOf(join(folder, "cli.zip")).keys()].sort()).toEqual(names.sort());
    expect(anna.faults).toEqual([]);
    expect(ben.faults).toEqual([]);
  });
});
