import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type {
  InvoiceBody,
  LinesBody,
  PaymentBody,
  PaymentsBody,
  ReceiptBody,
  ReceiptsBody,
} from "../../src/api/client/index.ts";
import { freePort, going, PeerProcess, pause, peernet, until } from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-payments-"));
let anna: PeerProcess;
let ben: PeerProcess;
let cleo: PeerProcess;

/** Anna and Cleo each have a line with Ben, and do not know each other. */
beforeAll(async () => {
  ({ anna, ben } = await startTwoContacts(folder));
  const bens = `tcp://127.0.0.1:${await freePort()}`;
  cleo = new PeerProcess(join(folder, "cleo"), [
    "--no-discovery",
    "--name",
    "Cleo",
    "--listen",
    bens,
  ]);
  await cleo.start();
  const { link } = await cleo.client.createInvite();
  await ben.client.addContact(link, "cleo");
  expect(await until(async () => (await cleo.client.contacts())[0]?.state === "met", 20_000)).toBe(
    true,
  );
  await jsonOf(ben, ["currency", "new", "Kilburn", "hours", "--unit", "hour"]);
  for (const [peer, name] of [
    [anna, "Anna"],
    [cleo, "cleo"],
  ] as const) {
    await jsonOf(ben, ["line", "offer", name, "hours", "--limit", "50"]);
    const first = async () => ((await jsonOf(peer, ["line", "list"])) as LinesBody).lines[0];
    expect(await until(async () => (await first())?.waitsFor === "you", 20_000)).toBe(true);
    const called = (await first())?.with ?? "";
    await jsonOf(peer, ["line", "accept", called, "hours", "--limit", "50"]);
  }
  const open = async (): Promise<boolean> => {
    const { lines } = (await jsonOf(ben, ["line", "list"])) as LinesBody;
    return (
      lines.length === 2 && lines.every(({ state, isInReach }) => state === "open" && isInReach)
    );
  };
  expect(await until(open, 20_000)).toBe(true);
}, 90_000);
afterAll(async () => {
  await Promise.all([anna.end(), ben.end(), cleo.end()]);
  rmSync(folder, { recursive: true, force: true });
});

test("a stranger's request is paid over a common friend, with receipts; again is refused", async () => {
  const follow = ["payments", "--follow", "--home"];
  const [annasNews, cleosNews] = [
    going([...follow, anna.home]),
    going([...follow, cleo.home, "--json"]),
  ];
  await pause(3_000);
  const words = ["request", "12.50", "hours", "bread"];
  const made = (await jsonOf(cleo, words)) as InvoiceBody;
  expect(made).toMatchObject({ amount: "12.50", memo: "bread", payee: "you", state: "open" });
  const paid = (await jsonOf(anna, ["pay", made.link])) as PaymentBody;
  expect(paid).toMatchObject({ id: made.id, state: "paid", amount: "12.50" });
  const balances = async (): Promise<readonly string[]> => {
    const { lines } = (await jsonOf(ben, ["line", "list"])) as LinesBody;
    return lines.map(({ balance, lockedIn, lockedOut }) => `${balance} ${lockedIn} ${lockedOut}`);
  };
  const ends = ["12.50 0.00 0.00", "-12.50 0.00 0.00"];
  expect(await until(async () => (await balances()).join() === ends.join(), 20_000)).toBe(true);
  await ben.client.money.pay("cleo", "hours", "2", "tea");
  const annas = (await jsonOf(anna, ["receipts"])) as ReceiptsBody;
  expect(annas.receipts).toMatchObject([{ id: made.id, direction: "out", memo: "bread" }]);
  expect(annas.receipts[0]?.person).toBe(made.person);
  expect(paid.person).toBe(made.person);
  expect(made.currency.person).not.toBe(made.person);
  expect(
    await until(
      async () => ((await jsonOf(cleo, ["receipts"])) as ReceiptsBody).receipts.length > 0,
      20_000,
    ),
  ).toBe(true);
  const { link } = (await jsonOf(anna, ["receipts", "export", made.id.slice(0, 8)])) as ReceiptBody;
  const shown = await peernet(["receipts", "verify", link, "--home", ben.home]);
  expect(shown.stdout).toMatch(/^Genuine: cleo \([0-9a-f]{32}\) was paid 12\.50 hours for bread/);
  const again = await peernet(["pay", made.link, "--home", anna.home]);
  expect(again.code).not.toBe(0);
  expect(again.stderr).toContain("paid already");

  const books = await peernet(["receipts", "--csv", "--home", anna.home]);
  const [head, row] = books.stdout.trim().split("\r\n");
  expect(head).toBe("time,direction,payee,amount,currency,memo,id,receipt");
  expect(row).toMatch(
    new RegExp(
      `^20[^,]+,out,[0-9a-f]{32},-12\\.50,Kilburn hours,bread,${made.id},peernet:receipt/`,
    ),
  );
  await until(async () => cleosNews.texts.stdout.includes("money-received"), 20_000);
  await Promise.all([annasNews.end(), cleosNews.end()]);
  expect(annasNews.texts.stdout).toMatch(/^Paid: 12\.50 hours to [0-9a-f]{32}\./m);
  expect(annasNews.texts.stdout).toMatch(/^Line with \S+: You owe \S+ 12\.50 hours\.$/m);
  const events = cleosNews.texts.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly name: string; readonly body: object });
  const paidOnes = events.filter(({ name }) => name === "money-request");
  expect(paidOnes.at(-1)?.body).toMatchObject({ id: made.id, state: "paid", amount: "12.50" });
  const received = events.filter(({ name }) => name === "money-received");
  expect(received.map(({ body }) => body)).toMatchObject([{ amount: "2.00", memo: "tea" }]);
});

test("what cannot be: too much, altered links, a withdrawn request", async () => {
  const big = (await jsonOf(cleo, ["request", "500", "hours"])) as InvoiceBody;
  const tooMuch = await peernet(["pay", big.link, "--home", anna.home]);
  expect([tooMuch.code === 0, tooMuch.stderr]).toEqual([
    false,
    expect.stringMatching(/no way for that much|no room for that much/),
  ]);
  const failed = (await jsonOf(anna, ["payments"])) as PaymentsBody;
  expect(failed.payments).toMatchObject([
    { id: big.id, state: "failed", parts: [], reason: expect.stringMatching(/^(no-route|limit)$/) },
  ]);
  const altered = `${big.link.slice(0, 60)}${big.link[60] === "a" ? "b" : "a"}${big.link.slice(61)}`;
  for (const [verb, link] of [
    ["pay", altered],
    ["receipts", altered],
  ] as const) {
    const said = await peernet([
      ...(verb === "pay" ? ["pay"] : ["receipts", "verify"]),
      link,
      "--home",
      anna.home,
    ]);
    expect([verb, said.code === 0]).toEqual([verb, false]);
    expect(said.stderr).toMatch(/altered/);
  }
  await jsonOf(cleo, ["request", "withdraw", big.id.slice(0, 8)]);
  const small = (await jsonOf(cleo, ["request", "1", "hours", "--hours", "1"])) as InvoiceBody;
  await jsonOf(cleo, ["request", "withdraw", small.id]);
  const gone = await peernet(["pay", small.link, "--home", anna.home]);
  expect([gone.code === 0, gone.stderr]).toEqual([false, expect.stringContaining("let go")]);
  for (const bad of ["0", "-1", "1.234", "1e99", "x"]) {
    const said = await peernet(["request", "--home", cleo.home, "--", bad, "hours"]);
    expect([bad, said.code === 0]).toEqual([bad, false]);
  }
});

test("receipts are forgotten only when they are older than a day that is named", async () => {
  const bad = await peernet(["receipts", "forget", "--home", anna.home]);
  expect([bad.code === 0, bad.stderr]).toEqual([false, expect.stringContaining("--before")]);
  const kept = (await jsonOf(anna, [
    "receipts",
    "forget",
    "--before",
    "2020-01-01",
  ])) as ReceiptsBody;
  expect(kept.receipts).toHaveLength(1);
  const none = (await jsonOf(anna, [
    "receipts",
    "forget",
    "--before",
    "2199-01-01",
  ])) as ReceiptsBody;
  expect(none).toEqual({ receipts: [], next: null });
});

test("a request in hours is paid with eggs, by a partner's rate and for what it says it costs", async () => {
  await anna.client.money.issue({ name: "Hen eggs", unit: "egg", decimals: 0 });
  await anna.client.money.begin("Ben", "eggs", "100");
  const offered = async () =>
    (await ben.client.money.lines("anna")).lines.find(({ waitsFor }) => waitsFor === "you");
  expect(await until(async () => (await offered()) !== undefined, 20_000)).toBe(true);
  await ben.client.money.begin("anna", "eggs", "100");
  await jsonOf(ben, ["rate", "set", "4", "eggs", "1", "hours"]);
  const heard = async (): Promise<readonly string[]> =>
    (await anna.client.money.rates()).rates.map(({ by, get, give }) => `${by} ${give} ${get}`);
  expect(await until(async () => (await heard()).join() === "Ben 4 1.00", 20_000)).toBe(true);
  const { link } = await cleo.client.money.request("1.30", "hours", "cake");
  const half = await peernet(["pay", link, "--with", "eggs", "--home", anna.home]);
  expect([half.code === 0, half.stderr]).toEqual([
    false,
    expect.stringContaining("By Ben's rate it costs 6 eggs at most"),
  ]);
  const ended = async (): Promise<string> => {
    const { payments } = await anna.client.money.payments();
    return payments.find(({ memo }) => memo === "cake")?.state ?? "paid";
  };
  await anna.client.money.payRequest(link, { currency: "eggs", atMost: "5" });
  expect(await until(async () => (await ended()) === "failed", 20_000)).toBe(true);
  await anna.client.money.payRequest(link, { currency: "eggs", atMost: "6" });
  expect(await until(async () => (await ended()) === "paid", 20_000)).toBe(true);
  const balance = async (): Promise<string> =>
    (await anna.client.money.lines("Ben", "eggs")).lines[0]?.balance ?? "";
  expect(await until(async () => (await balance()) === "-6", 20_000)).toBe(true);
  const gain = { give: "1", giveCurrency: "hours", get: "5", getCurrency: "eggs" };
  await expect(ben.client.money.setRate(gain)).rejects.toThrow("end up with more than before");
  await ben.client.money.removeRate("eggs", "hours");
  expect(await until(async () => (await heard()).length === 0, 20_000)).toBe(true);
});
