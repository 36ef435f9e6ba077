import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { CHROMIUM, launch, openWatched, picture, SCREENS, SKIPPED } from "../browser/browser.ts";
import { overflow, tooSmall } from "../browser/stage.ts";
import { type Host, Lab, type UpLine, whyNoNamespaces } from "./lab.ts";

const skipped = whyNoNamespaces() ?? SKIPPED;
if (skipped !== undefined) console.log(`SKIPPED the console on a local network: ${skipped}`);

const folder = mkdtempSync(join(tmpdir(), "peernet-lan-"));
const browsers: Browser[] = [];
let lab: Lab | undefined;

/** A machine with a peer and a browser, a phone with a browser alone, a cable between them. */
async function startRoom(): Promise<{ peer: Host; here: Browser; there: Browser }> {
  const room = new Lab(2);
  lab = room;
  room.link(0, 1, "192.168.77");
  const [here, there] = await Promise.all(room.hosts.map(browserIn));
  if (here === undefined || there === undefined) throw new RangeError("there are two hosts");
  return { peer: room.host(0), here, there };
}

async function browserIn(host: Host): Promise<Browser> {
  const file = join(folder, `browser-${host.index}.sh`);
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${host.namespace} ${CHROMIUM} "$@"\n`);
  chmodSync(file, 0o755);
  const browser = await launch(file);
  browsers.push(browser);
  return browser;
}

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await lab?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const consoleUrl = ({ url, token }: UpLine): string =>
  `${url}/#token=${token}&view=settings&page=browsers`;

/** Lets the peer answer the local network, and returns the link that its page shows. */
async function linkFrom(laptop: Page): Promise<string> {
  await laptop.getByText("Only this machine is answered.").waitFor();
  await picture(laptop, "lan-closed-laptop");
  await laptop.getByRole("button", { name: "Answer the local network" }).click();
  await laptop.getByRole("button", { name: "Pair a browser" }).click();
  await laptop.getByRole("img", { name: "The link as a QR code" }).waitFor();
  await picture(laptop, "lan-pair-laptop");
  return await laptop.getByLabel("Link that pairs a browser").inputValue();
}

describe.skipIf(skipped !== undefined)("a phone on the local network", { timeout: 240_000 }, () => {
  test("is paired by a link, does what it may, survives a restart, and is removed", async () => {
    const { peer, here, there } = await startRoom();
    const up = await peer.start("--no-discovery");
    const { page: laptop } = await openWatched(here, consoleUrl(up), { viewport: SCREENS.laptop });
    const link = await linkFrom(laptop);
    const { origin } = new URL(link);
    expect(link).toMatch(/^https:\/\/192\.168\.77\.1:\d+\/#pair=[\w-]{22}$/);

    // Nobody vouches for the certificate: a browser that was not told otherwise goes no further.
    const wary = await there.newContext();
    const refused = await (await wary.newPage()).goto(link).catch((error: Error) => error.message);
    expect(refused).toContain("ERR_CERT_AUTHORITY_INVALID");
    await wary.close();

    const { page: phone, faults } = await openWatched(there, link, {
      ...{ viewport: SCREENS.phone, hasTouch: true, ignoreHTTPSErrors: true },
      userAgent: "Mozilla/5.0 (Linux; Android 15; Pixel) AppleWebKit/537.36 Chrome/140 Mobile",
    });
    for (const one of [laptop, phone]) one.setDefaultTimeout(60_000);
    await phone.getByRole("heading", { name: "Pair this browser" }).waitFor();
    expect(phone.url()).not.toContain("pair=");
    expect(await phone.getByLabel("What it is called there").inputValue()).toBe("Android");
    await picture(phone, "lan-pair-phone");
    expect([await overflow(phone), await tooSmall(phone)]).toEqual([0, []]);
    await phone.getByLabel("What it is called there").fill("Anna's <b>phone</b>");
    await phone.getByRole("button", { name: "Pair it" }).click();
    await phone.getByRole("heading", { name: "Around me" }).waitFor({ state: "attached" });
    await laptop.getByText("Anna's <b>phone</b> is paired.").waitFor();
    await laptop.keyboard.press("Escape");
    const row = laptop.locator(".line").filter({ hasText: "Anna's <b>phone</b>" });
    await row.getByText("connected").waitFor();
    await picture(laptop, "lan-browsers-laptop");

    // What the phone does, the peer does: here a group, of which the laptop hears.
    await phone.goto(`${origin}/#view=groups`);
    await phone.getByRole("button", { name: "Found a group" }).click();
    await phone.getByLabel("What it is called").fill("Choir");
    await phone.getByRole("button", { name: "Found it" }).click();
    await phone.getByLabel("Message to Choir").fill("From the sofa");
    await phone.getByLabel("Message to Choir").press("Enter");
    await laptop.getByRole("link", { name: "Groups" }).click();
    await laptop.locator(".contacts").getByRole("link", { name: "Choir" }).click();
    await laptop.getByText("From the sofa").waitFor();
    await picture(phone, "lan-group-phone");

    // What only the machine may do is refused, in words.
    await phone.goto(`${origin}/#view=settings&page=browsers`);
    await phone.getByText("This page works at the peer's machine only.").waitFor();
    await phone.goto(`${origin}/#view=settings&page=devices`);
    await phone.getByRole("button", { name: "Add a device" }).click();
    await phone.getByText("A paired browser may not do this.").first().waitFor();
    const isRefusal = (fault: string): boolean => fault.includes("403");
    expect(faults.filter((fault) => !isRefusal(fault))).toEqual([]);

    // Over IPv6 too, where both are on one link; a browser keeps its token for one address.
    const { port } = new URL(origin);
    for (const [host, device] of [
      [peer, "e1"],
      [lab?.host(1), "e0"],
    ] as const) {
      host?.run("ip", "addr", "add", `fd77::${host.index + 1}/64`, "dev", device, "nodad");
    }
    const wide = { viewport: SCREENS.phone, ignoreHTTPSErrors: true };
    const { page: six } = await openWatched(there, `https://[fd77::1]:${port}/`, wide);
    await six.getByRole("heading", { name: "This browser is not paired" }).waitFor();
    await six.context().close();
    // From another link, though the way there is known.
    lab?.host(1).run("ip", "addr", "add", "fd78::2/64", "dev", "e0", "nodad");
    lab?.host(1).run("ip", "route", "add", "fd77::1/128", "dev", "e0", "src", "fd78::2");
    peer.run("ip", "route", "add", "fd78::/64", "dev", "e1");
    const far = await there.newContext(wide);
    const cut = await (await far.newPage())
      .goto(`https://[fd77::1]:${port}/`)
      .catch((error: Error) => error.message);
    expect(cut).toMatch(/ERR_(CONNECTION_(CLOSED|RESET)|EMPTY_RESPONSE|SSL)/);
    await far.close();

    // The peer starts anew: the phone is still paired, at the same port, and comes back by itself.
    peer.kill();
    await phone.getByText("The peer is not answering.").waitFor();
    const again = await peer.start("--no-discovery");
    await phone.getByText("The peer is not answering.").waitFor({ state: "detached" });
    await phone.reload();
    await phone.getByRole("heading", { name: "Devices" }).waitFor();

    const { page: desk } = await openWatched(here, consoleUrl(again), {
      viewport: SCREENS.laptop,
    });
    const line = desk.locator(".line").filter({ hasText: "Anna's <b>phone</b>" });
    await line.getByRole("button", { name: "Remove" }).click();
    await desk.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await phone.getByRole("heading", { name: "This browser is not paired" }).waitFor();
    await picture(phone, "lan-removed-phone");
    await desk.getByRole("button", { name: "Only this machine again" }).click();
    await desk.getByText("Only this machine is answered.").waitFor();
    const after = await phone.goto(origin).catch((error: Error) => error.message);
    expect(after).toContain("ERR_CONNECTION_REFUSED");
  });
});
