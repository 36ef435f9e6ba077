import { once } from "node:events";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { type Command, startCommand } from "./command.ts";
import { BUILT, clientOf, type Daemon, startDaemon } from "./daemon.ts";
import { overflow, tooSmall } from "./stage.ts";

const skipped = SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");

/** What needs another process' answer may take a while on a busy machine. */
const PATIENT = { timeout: 60_000 };

let browser: Browser;
let anna: Daemon;
const friends: Daemon[] = [];
let back: Command | undefined;

beforeAll(async () => {
  if (skipped !== undefined) return;
  browser = await launch();
  const ben = await startDaemon("Ben", []);
  friends.push(ben, await startDaemon("Cleo", [ben.endpoint]));
  anna = await startDaemon("Anna", [ben.endpoint]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await anna?.stop();
  await back?.end();
  await Promise.all(friends.map((daemon) => daemon.stop()));
});

/** What `peernet restore --friends --json` has told of one kind, the newest last. */
function told<T>(command: Command, key: string): readonly T[] {
  const lines = command.said().split("\n");
  return lines.filter((line) => line.startsWith(`{"${key}":`)).map((line) => JSON.parse(line) as T);
}

/** A friend's page: the link of whoever wants back goes in, then the four words that they read out. */
async function help(page: Page, asking: Command, name: string): Promise<void> {
  const card = page.getByRole("region", { name: "Help a friend back" });
  const [first] = told<{ link: string }>(asking, "link");
  await card.getByLabel("The link that they sent").fill(first?.link ?? "");
  await card.getByRole("button", { name: "Begin" }).click();
  await card.getByText("Which four words do they read to you?").waitFor(PATIENT);
  const wordsFor = (): readonly string[] =>
    told<{ words: string[]; name: string }>(asking, "words").findLast((one) => one.name === name)
      ?.words ?? [];
  await expect.poll(() => wordsFor().length, PATIENT).toBe(4);
  await card.getByLabel("Word 1").fill(wordsFor().join(" "));
  await picture(page, `recovery-help-${name.toLowerCase()}`);
  await card.getByRole("button", { name: "They are the same" }).click();
}

describe.skipIf(skipped !== undefined)("friends instead of paper", { timeout: 300_000 }, () => {
  test("two friends keep parts, and bring back who has lost everything, in their consoles", async () => {
    const annas = clientOf(anna);
    for (const friend of friends) {
      const { link } = await annas.createInvite();
      await clientOf(friend).addContact(link, "Anna");
    }
    const met = async (): Promise<number> =>
      (await annas.contacts()).filter(({ state }) => state === "met").length;
    await expect.poll(met, PATIENT).toBe(2);

    const where = "&view=settings&page=recovery";
    const mine = await openWatched(browser, `${anna.consoleUrl}${where}`, {
      ...{ viewport: SCREENS.phone, hasTouch: true },
    });
    await mine.page.getByRole("button", { name: "Choose friends" }).click();
    const dialog = mine.page.getByRole("dialog");
    await dialog.getByLabel("Ben").check();
    await dialog.getByLabel("Cleo").check();
    expect(await dialog.getByLabel("How many of them are needed").inputValue()).toBe("2");
    await dialog.getByRole("button", { name: "Give out the parts" }).click();
    const card = mine.page.getByRole("region", { name: "Friends instead of paper" });
    await expect.poll(() => card.getByText("has the part").count(), PATIENT).toBe(2);
    expect(await overflow(mine.page)).toBe(0);
    expect(await tooSmall(mine.page)).toEqual([]);
    await picture(mine.page, "recovery-friends-phone");
    expect(mine.faults).toEqual([]);
    await mine.page.context().close();
    await anna.stop();

    const [ben, cleo] = friends as [Daemon, Daemon];
    back = startCommand([
      ...["restore", "--friends", "--json", "--name", "Anna's new laptop", "--no-discovery"],
      ...["--link", ben.endpoint],
    ]);
    const asking = back;
    await expect.poll(() => told(asking, "link").length, PATIENT).toBe(1);
    const pages: Page[] = [];
    for (const [daemon, name, screen] of [
      [ben, "Ben", "phone"],
      [cleo, "Cleo", "laptop"],
    ] as const) {
      const { page, faults } = await openWatched(browser, `${daemon.consoleUrl}${where}`, {
        ...{ viewport: SCREENS[screen], hasTouch: screen === "phone" },
      });
      await help(page, asking, name);
      pages.push(page);
      await page.getByText(/Given/).first().waitFor(PATIENT);
      if (screen === "phone") expect(await overflow(page)).toBe(0);
      expect(faults).toEqual([]);
    }
    await pages[0]?.getByText("Given. 1 of 2 are there.").waitFor(PATIENT);
    await pages[1]?.getByText("Given, and it was the last one needed.").waitFor(PATIENT);
    if (asking.child.exitCode === null) await once(asking.child, "exit");
    expect([asking.child.exitCode, asking.said()]).toEqual([
      0,
      expect.stringContaining('"personId"'),
    ]);
  });
});
