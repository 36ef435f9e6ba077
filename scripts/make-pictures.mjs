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

/** The others come into the group, which gets a community of two stewards; somebody pays. The community's id. */
async function makeCommunity(first, others, group) {
  for (const other of others) {
    const offered = async () => (await other.client.groups.list()).offers.length > 0;
    await until("an offer of a group", offered, 20_000);
    const [{ link }] = (await other.client.groups.list()).offers;
    await other.client.groups.join(link);
  }
  const isIn = async (peer) =>
    (await peer.client.groups.list()).groups[0]?.members.length === others.length + 1;
  for (const peer of [first, ...others]) await until("members", () => isIn(peer), 20_000);
  const { id: currency } = await first.client.money.issue({
    ...{ name: "Festival hours", unit: "hour", decimals: 2, group },
  });
  const [steward] = others;
  const rules = { stewards: ["me", steward.name], of: 2, limit: "40", soft: "30", levy: "1" };
  const { id } = await first.client.communities.found(currency, rules);
  const waiting = async () => (await steward.client.communities.list()).communities.length > 0;
  await until("a community", waiting, 20_000);
  const [{ id: proposal }] = (await steward.client.communities.proposals(id)).proposals;
  await steward.client.communities.sign(id, proposal);
  for (const peer of [first, ...others]) {
    const known = async () => (await peer.client.communities.list()).communities[0]?.isFounded;
    await until("its founding", known, 20_000);
    await peer.client.communities.join(id);
    const hasAccount = async () => (await peer.client.communities.show(id)).you !== null;
    await until("an account", hasAccount, 20_000);
  }
  const nameOf = async (peer) => (await peer.client.status()).personId;
  await steward.client.communities.pay(id, await nameOf(first), "6.50", "benches and lights");
  const isPaid = async () => (await first.client.communities.show(id)).you.balance === "6.50";
  await until("being paid by the steward", isPaid, 20_000);
  await first.client.communities.pay(id, await nameOf(others[1]), "2", "bread for all");
  await first.client.communities.addListing(id, { kind: "offer", title: "Lend you my cart" });
  return id;
}

/** A face as people draw it, as a JPEG. */
async function makeFace(page, skin, hair, ground) {
  await page.setContent(`<body style="margin:0"><svg viewBox="0 0 256 256" width="256" height="256">
    <rect width="256" height="256" fill="${ground}"/>
    <path d="M30 256c8-62 50-86 98-86s90 24 98 86z" fill="${hair}"/>
    <circle cx="128" cy="112" r="62" fill="${skin}"/>
    <path d="M64 108c0-52 30-74 66-74s64 24 62 76c-20-6-34-20-42-36-20 22-50 34-86 34z" fill="${hair}"/>
    <circle cx="104" cy="118" r="6"/><circle cx="152" cy="118" r="6"/>
    <path d="M106 146c12 12 32 12 44 0" fill="none" stroke="#000" stroke-width="5" stroke-linecap="round"/>
  </svg>`);
  return new Uint8Array(
    await page.screenshot({ type: "jpeg", clip: { x: 0, y: 0, width: 256, height: 256 } }),
  );
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
  const community = await makeCommunity(first, [second, third], group);
  await first.client.people.setPicture(await makeFace(page, "#e8b58f", "#5b3a29", "#cfe3dc"));
  await second.client.people.setPicture(await makeFace(page, "#c68f63", "#1f2430", "#f0d9a8"));
  for (const [view, place] of [
    ["welcome", "welcome"],
    ["map", "map"],
    ["people", "people"],
    ["group", `groups&group=${group}&page=about`],
    ["money", `money&line=${line}`],
    ["community", `money&page=communities&community=${community}`],
    ["picture", "settings&page=picture"],
    ["logs", "settings&page=logs"],
    ["drive", "drive"],
  ]) {
    await page.goto("about:blank");
    await page.goto(`${first.up.consoleUrl}&view=${place}`);
    await page.waitForTimeout(4_000);
    if (view === "logs") {
      await page.locator("select").selectOption("debug");
      await page.waitForTimeout(1_000);
    }
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
