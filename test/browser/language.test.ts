import { describe, expect, test } from "vitest";
import { COMMUNITY_PARTS } from "../../console/src/state/fragment.ts";
import { openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { COMMUNITY_ID } from "./fake-communities.ts";
import { idOf } from "./fake-data.ts";
import { hiddenNames, overflow, setStage, squeezed, tooSmall } from "./stage.ts";

const { peerOf, open, browser } = setStage();

const VIEWS: Readonly<Record<string, string>> = {
  map: "Um mich",
  people: "Leute",
  groups: "Gruppen",
  [`groups&group=${"0a".repeat(16)}`]: "Gruppen",
  [`groups&group=${"0a".repeat(16)}&page=about`]: "Gruppen",
  [`people&with=${idOf(1000)}`]: "Leute",
  money: "Geld",
  [`money&line=${idOf(6300)}`]: "Geld",
  "money&page=payments": "Geld",
  "money&page=requests": "Geld",
  "money&page=receipts": "Geld",
  "money&page=currencies": "Geld",
  "money&page=rates": "Geld",
  "money&page=automatic": "Geld",
  "money&page=communities": "Geld",
  ...Object.fromEntries(
    COMMUNITY_PARTS.map((part) => [
      `money&page=communities&community=${COMMUNITY_ID}&part=${part}`,
      "Geld",
    ]),
  ),
  drive: "Ablage",
  status: "Zustand",
  settings: "Optionen",
  "settings&page=picture": "Optionen",
  "settings&page=devices": "Optionen",
  "settings&page=browsers": "Optionen",
  "settings&page=recovery": "Optionen",
  "settings&page=requests": "Optionen",
  "settings&page=export": "Optionen",
  "settings&page=logs": "Optionen",
  welcome: "Willkommen bei Peernet",
};

describe.skipIf(SKIPPED !== undefined)("language and look", { timeout: 180_000 }, () => {
  for (const screen of ["phone", "laptop"] as const) {
    test(`a German browser gets a German page that fits, on a ${screen}`, async () => {
      const peer = await peerOf("street");
      const { page, faults } = await openWatched(browser(), peer.consoleUrl, {
        ...{ viewport: SCREENS[screen], locale: "de-DE", reducedMotion: "reduce" },
        hasTouch: screen === "phone",
      });
      for (const [view, title] of Object.entries(VIEWS)) {
        await page.goto(`${peer.consoleUrl}&view=${view}`);
        await page.locator("h1").getByText(title).waitFor({ state: "attached" });
        await page.waitForTimeout(300);
        await picture(page, `german-${view.replace(/[^a-z]+/g, "-")}-${screen}`);
        expect(await page.locator("html").getAttribute("lang")).toBe("de");
        expect([view, await overflow(page)]).toEqual([view, 0]);
        if (screen === "phone") expect(await tooSmall(page)).toEqual([]);
        expect([view, await squeezed(page)]).toEqual([view, []]);
        expect([view, faults]).toEqual([view, []]);
      }
    });
  }

  test("long names on the map stay on a phone's screen and off the legend", async () => {
    const peer = await peerOf("street");
    const { map } = peer.world;
    const long = map.peers.slice(0, 5).map((one) => ({ ...one, contact: `${one.name}-WWWWWWWW` }));
    const kept = new Set([map.self, ...long.map(({ peerId }) => peerId)]);
    const links = map.links.filter(({ a, b }) => kept.has(a) && kept.has(b));
    peer.world.map = { ...map, peers: long, links };
    const { page, faults } = await openWatched(browser(), `${peer.consoleUrl}&view=map`, {
      ...{ viewport: SCREENS.phone, locale: "de-DE", reducedMotion: "reduce", hasTouch: true },
    });
    await page.locator(".map .label").first().waitFor({ state: "attached" });
    await page.waitForTimeout(1_000);
    await picture(page, "map-long-names-phone");
    expect(await hiddenNames(page)).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("neighbours bear the names that one gave them, and German nouns their capitals", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await openWatched(
      browser(),
      `${peer.consoleUrl}&view=settings&page=space`,
      { viewport: SCREENS.phone, locale: "de-DE", reducedMotion: "reduce", hasTouch: true },
    );
    await page.getByLabel("Nachbarn").getByText("Anna", { exact: true }).waitFor();
    await page.goto(`${peer.consoleUrl}&view=drive`);
    await page.getByText("Sanft, Nachbarschaft").waitFor();
    expect(faults).toEqual([]);
  });

  test("a device that was revoked says so on every page, and a group whose members refuse it as well", async () => {
    const peer = await peerOf("street");
    peer.world.status = { ...peer.world.status, isRevoked: true };
    const groups = peer.person.groups.groups.map((group) => ({ ...group, refusals: 2 }));
    peer.person.groups = { ...peer.person.groups, groups };
    const view = `groups&group=${"0a".repeat(16)}&page=about`;
    const { page, faults } = await openWatched(browser(), `${peer.consoleUrl}&view=${view}`, {
      ...{ viewport: SCREENS.phone, locale: "de-DE", reducedMotion: "reduce", hasTouch: true },
    });
    await page.getByText("Dieses Gerät wurde von einem anderen deiner Geräte").waitFor();
    await page.getByText("vielleicht bist du entfernt worden").waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await picture(page, "revoked-and-refused-phone");
    expect(faults).toEqual([]);
  });

  test("language and look are chosen in the settings, at once and for the next time", async () => {
    const { page, faults } = await open(await peerOf("street"), "settings&page=look");
    const ground = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.getByRole("combobox", { name: "Look" }).selectOption("dark");
    expect(await ground()).not.toBe(light);
    await page.getByRole("combobox", { name: "Language" }).selectOption("de");
    await page.getByRole("link", { name: "Leute" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "Leute" }).waitFor();
    expect(await ground()).not.toBe(light);
    await picture(page, "settings-look-dark");
    await page.getByRole("combobox", { name: "Sprache" }).selectOption("en");
    await page.getByRole("link", { name: "People" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("the page is an app where a browser wants one", async () => {
    const peer = await peerOf("street");
    const { page } = await open(peer, "settings&page=look");
    const href = await page.locator('link[rel="manifest"]').getAttribute("href");
    const answer = await page.request.get(new URL(href ?? "", page.url()).href);
    expect(answer.headers()["content-type"]).toBe("application/manifest+json");
    const manifest = (await answer.json()) as Record<string, unknown>;
    expect(manifest).toMatchObject({ name: "Peernet", display: "standalone", start_url: "./" });
    const icons = manifest["icons"] as readonly { readonly src: string }[];
    for (const { src } of icons) {
      expect((await page.request.get(new URL(src, page.url()).href)).status()).toBe(200);
    }
  });
});
