import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  AccountBody,
  LineBody,
  LinesBody,
  PaidBody,
  StatementBody,
} from "../../src/api/client/index.ts";
import { going, type PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-money-"));
let anna: PeerProcess;
let ben: PeerProcess;

beforeAll(async () => {
  ({ anna, ben } = await startTwoContacts(folder));
}, 60_000);
afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

const lineOf = async (peer: PeerProcess): Promise<LineBody | undefined> =>
  ((await jsonOf(peer, ["line", "list"])) as LinesBody).lines[0];
const said = async (peer: PeerProcess, words: readonly string[]): Promise<string> => {
  const { code, stderr } = await peernet([...words, "--home", peer.home]);
  expect([words, code]).not.toEqual([words, 0]);
  return stderr;
};
const balanceIs = (peer: PeerProcess, balance: string) => async (): Promise<boolean> =>
  (await lineOf(peer))?.balance === balance;

describe("money between two people, by the command line", () => {
  test("issued, offered, accepted, paid, shown, signed", async () => {
    await jsonOf(anna, ["currency", "new", "Kilburn", "hours", "--unit", "hour"]);
    await jsonOf(anna, ["line", "offer", "Ben", "hours", "--limit", "50"]);
    expect(await until(async () => (await lineOf(ben))?.waitsFor === "you", 20_000)).toBe(true);
    const shown = await peernet(["line", "list", "--home", ben.home]);
    expect(shown.stderr).toContain("peernet line accept anna 'Kilburn hours'");
    await jsonOf(ben, ["line", "accept", "anna", "hours", "--limit", "20"]);
    expect(await until(async () => (await lineOf(anna))?.state === "open", 20_000)).toBe(true);

    const paid = (await jsonOf(anna, ["pay", "Ben", "12.50", "hours", "bread"])) as PaidBody;
    expect(paid).toMatchObject({
      paid: "12.50 hours",
      line: { balance: "-12.50", canPay: "7.50" },
    });
    expect(await until(balanceIs(ben, "12.50"), 20_000)).toBe(true);
    await jsonOf(ben, ["pay", "anna", "2", "hours"]);
    expect(await until(balanceIs(anna, "-10.50"), 20_000)).toBe(true);

    const statement = (await jsonOf(ben, ["statement", "anna", "hours"])) as StatementBody;
    expect(statement.entries.map(({ by, what, amount }) => [by, what, amount])).toEqual(
      expect.arrayContaining([
        ["them", "paid", "12.50"],
        ["you", "paid", "-2.00"],
      ]),
    );
    const csv = await peernet(["statement", "anna", "hours", "--csv", "--home", ben.home]);
    expect(csv.stdout).toMatch(/,anna,paid,12\.50,12\.50,Kilburn hours,bread/);

    await anna.client.money.askAccount(paid.line.id);
    const account = async (peer: PeerProcess): Promise<AccountBody | undefined> =>
      peer.client.money.account(paid.line.id).catch(() => undefined);
    expect(await until(async () => (await account(anna)) !== undefined, 20_000)).toBe(true);
    expect(await account(anna)).toEqual(await account(ben));
  });

  test("it survives both being ended and started again", async () => {
    for (const peer of [anna, ben]) {
      await peer.end();
      await peer.start();
    }
    expect(await balanceIs(anna, "-10.50")()).toBe(true);
    await jsonOf(anna, ["pay", "Ben", "1", "hours"]);
    expect(await until(balanceIs(ben, "11.50"), 20_000)).toBe(true);
  });

  test("what is not possible says so and what to do, and nothing is paid", async () => {
    expect(await said(anna, ["pay", "Ben", "0", "hours"])).toContain("more than nothing");
    const negative = await peernet(["pay", "--home", anna.home, "--", "Ben", "-5", "hours"]);
    expect(negative.stderr).toContain("more than nothing");
    expect(await said(anna, ["pay", "Ben", "1.234", "hours"])).toContain("too precise");
    expect(await said(anna, ["pay", "Ben", "99999999999999999", "hours"])).toContain("too much");
    expect(await said(anna, ["pay", "Ben", "1,5", "hours"])).toContain("no amount");
    expect(await said(anna, ["pay", "Ben", "9", "hours"])).toContain(
      "more than the line lets through",
    );
    expect(await said(anna, ["pay", "Ben", "1", "pounds"])).toContain(
      "There is: Kilburn hours, by you",
    );
    expect(await said(anna, ["line", "offer", "Ben", "hours"])).toContain("--limit");
    expect(await said(anna, ["line", "offer", "Ben", "hours", "--limit", "5"])).toContain(
      "already",
    );
    expect(await said(anna, ["currency", "new", "x", "--unit", "two words"])).toContain("one word");
    expect(await balanceIs(anna, "-11.50")()).toBe(true);
  });

  test("two currencies that look alike are told apart by who issues them", async () => {
    await jsonOf(ben, ["currency", "new", "Kilburn", "һours", "--unit", "hour"]);
    const list = await peernet(["currency", "list", "--home", ben.home]);
    expect(list.stdout).toContain("by anna");
    expect(list.stdout).toContain("by you");
    expect(list.stderr).toContain("is not the same as");
    await jsonOf(ben, ["line", "offer", "anna", "Kilburn һours", "--limit", "1"]);
    expect(
      await until(
        async () => ((await jsonOf(anna, ["line", "list"])) as LinesBody).lines.length === 2,
        20_000,
      ),
    ).toBe(true);
    expect(await said(anna, ["pay", "Ben", "1", "hours"])).toContain("may mean several currencies");
  });
});

test("records of a line and of a group that are missing: plain words, and --salvage goes on", async () => {
  const { id } = await anna.client.groups.create("coop");
  await anna.client.groups.add(id, ["Ben"], "member");
  const [line] = (await anna.client.money.lines("Ben", "Kilburn hours")).lines;
  const up = ["up", "--no-open", "--no-discovery", "--home", anna.home];
  await anna.end();
  const records = new ClassicLevel(join(anna.home, "records"));
  for (const [hole, words] of [
    [`money/log/${line?.id}/00000000/00000003`, "line with 'Ben' in 'Kilburn hours'"],
    ["groups/ops/", "group 'coop'"],
  ] as const) {
    await records.open();
    const [key = ""] = await records.keys({ gte: hole, limit: 1 }).all();
    expect(key).toContain(hole);
    await records.del(key);
    await records.close();
    const { code, stderr } = await peernet(up);
    expect([code, stderr.includes("'peernet up --salvage'")]).toEqual([1, true]);
    for (const part of [words, "Nothing was changed"]) expect(stderr).toContain(part);
  }
  const salvaging = going([...up, "--salvage"]);
  const isTold = (): boolean => salvaging.texts.stdout.includes("Console");
  await until(isTold, 20_000);
  await salvaging.end();
  for (const part of ["Of the line with 'Ben' in 'Kilburn hours', 3", "Of the group 'coop'"]) {
    expect(salvaging.texts.stderr).toContain(part);
  }
  await anna.start();
  const pays = (): Promise<boolean> =>
    anna.client.money.pay("Ben", "Kilburn hours", "1").then(
      ({ line: { balance } }) => balance === "-12.50",
      () => false,
    );
  expect(await until(pays, 20_000)).toBe(true);
  const isPaid = async (): Promise<boolean> =>
    (await ben.client.money.lines()).lines.some(({ balance }) => balance === "12.50");
  expect(await until(isPaid, 20_000)).toBe(true);
}, 40_000);
