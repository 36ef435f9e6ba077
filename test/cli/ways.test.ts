import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LineBody, PaymentBody } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-ways-"));
const NAMES = ["Anna", "Ben", "Cleo", "Dora"] as const;
let anna: PeerProcess;
let cleo: PeerProcess;
let dora: PeerProcess;
let all: readonly PeerProcess[] = [];

/** Two people meet: each is a contact of the other. */
async function meet(one: PeerProcess, other: PeerProcess, name: string): Promise<void> {
  const { link } = await other.client.createInvite();
  await one.client.addContact(link, name);
  const met = async (): Promise<boolean> =>
    (await one.client.contacts()).some(({ petname, state }) => petname === name && state === "met");
  expect(await until(met, 60_000)).toBe(true);
}

/** A line in the one currency there is, which both say yes to. */
async function line(one: PeerProcess, other: PeerProcess, name: string): Promise<void> {
  await one.client.money.begin(name, "hours", "50");
  const offered = async (): Promise<LineBody | undefined> =>
    (await other.client.money.lines()).lines.find(({ waitsFor }) => waitsFor === "you");
  expect(await until(async () => (await offered()) !== undefined, 60_000)).toBe(true);
  await other.client.money.begin((await offered())?.with ?? "", "hours", "50");
}

/** Four peers in a chain, each with a line with the next; the two at the ends are contacts, too. */
beforeAll(async () => {
  const ports = await Promise.all(NAMES.map(() => freePort()));
  const at = (place: number): string => `tcp://127.0.0.1:${ports[place]}`;
  all = NAMES.map(
    (name, place) =>
      new PeerProcess(join(folder, name.toLowerCase()), [
        ...["--no-discovery", "--name", name, "--listen", at(place)],
        ...(place === 0 ? [] : ["--link", at(place - 1)]),
      ]),
  );
  for (const peer of all) await peer.start();
  const [first, ben, third, last] = all;
  if (first === undefined || ben === undefined || third === undefined || last === undefined) {
    throw new RangeError("four peers");
  }
  [anna, cleo, dora] = [first, third, last];
  await meet(anna, ben, "ben");
  await meet(ben, cleo, "cleo");
  await meet(cleo, dora, "dora");
  await meet(anna, dora, "dora");
  await anna.client.money.issue({ name: "Kilburn hours", unit: "hour" });
  await line(anna, ben, "ben");
  await line(ben, cleo, "cleo");
  await line(cleo, dora, "dora");
}, 240_000);
afterAll(async () => {
  await Promise.all(all.map((peer) => peer.end()));
  rmSync(folder, { recursive: true, force: true });
});

/** Balances of somebody's lines, by the name of the partner. */
async function balances(peer: PeerProcess): Promise<Record<string, string>> {
  const { lines } = await peer.client.money.lines();
  return Object.fromEntries(
    lines.map((one) => [one.with, `${one.balance} ${one.lockedIn} ${one.lockedOut}`]),
  );
}

test("a contact without a line is paid over two people in between, who gain and lose nothing", async () => {
  const words = ["pay", "dora", "12", "hours", "bread", "--home", anna.home];
  let said = await peernet(words, { killAfterMs: 120_000 });
  // Those around hear of lines that are this new within seconds; what failed before that changed nothing.
  const isPaid = async (): Promise<boolean> => {
    if (said.code !== 0) said = await peernet(words, { killAfterMs: 120_000 });
    return said.code === 0;
  };
  await until(isPaid, 90_000);
  expect([said.code, said.stdout, said.stderr]).toEqual([
    0,
    // Over whom is told where the payment is still at hand, and not where only its receipt is.
    expect.stringMatching(/^Paid: 12\.00 hours to dora(, over ben)?\./),
    expect.stringMatching(/asked for a request.*all of it or nothing.*stays locked/),
  ]);
  const receipts = async () => (await dora.client.money.receipts()).receipts;
  expect(await until(async () => (await receipts()).length > 0, 60_000)).toBe(true);
  expect(await receipts()).toMatchObject([
    { direction: "in", amount: "12.00", memo: '"bread" (payer\'s words)' },
  ]);
  const isSettled = async (): Promise<boolean> =>
    JSON.stringify(await balances(cleo)) ===
    JSON.stringify({ Ben: "12.00 0.00 0.00", dora: "-12.00 0.00 0.00" });
  expect(await until(isSettled, 60_000)).toBe(true);
  expect(await balances(anna)).toEqual({ ben: "-12.00 0.00 0.00" });
}, 180_000);

test("a request of somebody three lines away is paid, too, though it is from a stranger to who pays", async () => {
  const made = await dora.client.money.request("1.50", "hours", "jam");
  const paid = (await jsonOf(anna, ["pay", made.link, "--wait", "60"])) as PaymentBody;
  expect(paid).toMatchObject({ id: made.id, state: "paid", amount: "1.50" });
}, 120_000);

test("what cannot be paid so is said in words: too much, turned off, hidden, out of reach", async () => {
  const fails = async (...words: string[]): Promise<string> => {
    const said = await peernet([...words, "--home", anna.home], { killAfterMs: 120_000 });
    expect([words, said.code === 0]).toEqual([words, false]);
    // Why it failed is said once, with the error.
    expect(said.stdout).toMatch(/^(Not paid: [\d.]+ hours? to dora\.\n)?$/);
    return said.stderr;
  };
  expect(await fails("pay", "dora", "400", "hours")).toMatch(/lines have no room for that much/);
  expect(await fails("pay", "dora", "1", "eggs")).toMatch(/No currency 'eggs'/);
  expect(await jsonOf(dora, ["request", "automatic", "off"])).toEqual({ answers: false });
  expect(await fails("pay", "dora", "1", "hours")).toMatch(/gives no requests by itself/);
  expect(await dora.client.money.setAutomatic(true)).toEqual({ answers: true });
  expect(await jsonOf(cleo, ["line", "hide", "dora", "hours"])).toMatchObject({ isHidden: true });
  expect(await fails("pay", "dora", "1", "hours", "--wait", "20")).toMatch(
    /no chain of lines|hidden from others/,
  );
  const shown = await jsonOf(cleo, ["line", "unhide", "dora", "hours"]);
  expect(shown).toMatchObject({ isHidden: false });
  await dora.end();
  const isAway = async (): Promise<boolean> =>
    (await cleo.client.money.lines()).lines.some((one) => one.with === "dora" && !one.isInReach);
  expect(await until(isAway, 60_000)).toBe(true);
  expect(await fails("pay", "dora", "1", "hours")).toMatch(/out of reach|did not answer/);
}, 300_000);
