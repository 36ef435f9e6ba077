// Writes docs/images/console-*.png: a neighbourhood of twelve real peers, its console in a system
// Chromium. Needs Chromium (CHROMIUM=path, or /usr/bin/chromium).
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { ensureAll, root } from "./ensure.mjs";

/** A currency of the first, lines with the others, and what was paid over them; the id of one line. */
async function makeMoney(first, others) {
  const { id } = await first.client.money.issue({ name: "Village hours", unit: "hour" });
  for (const other of others) {
    await first.client.money.begin(other.name, id, "40");
    const offered = async () => (await other.client.money.lines()).lines[0]?.waitsFor === "you";
    await until("an offer", offered, 20_000);
    const [{ person }] = (await other.client.money.lines()).lines;
    await other.client.money.begin(person, id, "25");
    const isOpen = async () =>
      (await first.client.money.lines(other.name)).lines[0]?.state === "open";
    await until("a yes", isOpen, 20_000);
    await other.client.money.pay(person, id, "14.50", "apples and two jars of honey");
    await first.client.money.pay(other.name, id, "2", "bread");
  }
  const [line] = (await first.client.money.lines(others[0].name)).lines;
  const isKnown = async () =>
    (await first.client.money.lines(others[0].name)).lines[0]?.balance === "12.50";
  await until("being paid", isKnown, 20_000);
  return line.id;
}

ensureAll();
const demo = (file) => import(join(root, "dist", "cli", "demo", file));
const { inParallel, makePeers, until } = await demo("neighbourhood.js");
const { seededDraw, wireNeighbourhood } = await demo("wiring.js");

const folder = join(root, "docs", "images");
mkdirSync(folder, { recursive: true });
const { peers, remove } = makePeers();
const draw = seededDraw(4);
const edges = wireNeighbourhood(peers.length, draw);
const [first, second, third] = peers;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
    ...["--disable-component-update", "--disable-sync"],
  ],
});
try {
  await inParallel(peers, 3, (peer) => peer.start());
  await Promise.all(edges.map(([a, b]) => peers[a].client.addLink(peers[b].endpoint)));
  await until(
    "finding each other",
    async () => (await first.client.status()).reachableCount === peers.length - 1,
    20_000,
  );
  for (const peer of [second, third, peers.at(-1)]) {
    const invite = await peer.client.createInvite(false);
    await first.client.addContact(invite.link, peer.name);
  }
  await until(
    "meeting",
    async () => (await first.client.contacts()).every((contact) => contact.state === "met"),
    20_000,
  );
  const say = async (from, to, text) => {
    await from.client.sendMessage(to.name, text);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  };
  await say(second, first, "The workshop antenna is up. Can you see us?");
  await say(first, second, "Two hops, 6 ms. Without any internet!");
  await say(second, first, "Then I'll put the harvest plan on the drive.");
  await say(first, second, "Good. I keep a part of it.");
  await first.client.putObject("harvest-plan.pdf", new Uint8Array(2_400_000));
  await first.client.putObject("choir-recordings.zip", new Uint8Array(9_100_000));
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const page = await browser.newPage({
    viewport: { width: 390, height: 760 },
    deviceScaleFactor: 2,
  });
  const { id: group } = await first.client.groups.create("Harvest festival");
  await first.client.groups.add(group, [second.name, third.name], "member");
  const line = await makeMoney(first, [second, third]);
  for (const [view, place] of [
    ["welcome", "welcome"],
    ["map", "map"],
    ["people", "people"],
    ["group", `groups&group=${group}`],
    ["money", `money&line=${line}`],
    ["drive", "drive"],
  ]) {
    await page.goto("about:blank");
    await page.goto(`${first.up.consoleUrl}&view=${place}`);
    await page.waitForTimeout(4_000);
    if (view === "people") {
      await page.getByText(second.name, { exact: false }).first().click();
      await page.waitForTimeout(1_000);
    }
    await page.screenshot({ path: join(folder, `console-${view}.png`) });
  }
} finally {
  await browser.close();
  await Promise.all(peers.map((peer) => peer.stop()));
  remove();
}
