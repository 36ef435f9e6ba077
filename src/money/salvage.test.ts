import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toySuite } from "../../test/support/line-rig.ts";
import { Market, type Trader } from "../../test/support/market.ts";
import { NO_BYTES, toHex } from "../base/bytes.ts";
import { readEntries, type StatementEntry } from "./entries.ts";
import { decodeKept, LOGS, LOOSE, lineKey, logKey, logPrefix, toldKey } from "./line-record.ts";
import { currencyKey, loadLines } from "./load-lines.ts";

const SECOND_MS = 1_000;

interface Pair {
  readonly market: Market;
  readonly anna: Trader;
  readonly ben: Trader;
  readonly id: string;
}

function pair(seed: number | string): Pair {
  const market = new Market(seed);
  const [anna, ben] = [market.add("anna"), market.add("ben")];
  market.line(anna, ben, { one: 1_000, other: 1_000 });
  return { market, anna, ben, id: anna.view.id };
}

const pay = (market: Market, who: Trader, amount: number, memo = ""): string =>
  market.ask((done) => who.live.pay(who.view.id, amount, memo, [], done));

/** So many payments of 3 by each of the two, in turns. */
function trade({ market, anna, ben }: Pair, times: number): void {
  for (let time = 0; time < times; time++) {
    for (const who of [anna, ben]) {
      expect(pay(market, who, 3)).toBe("");
      market.pass(SECOND_MS);
    }
  }
}

const logKeys = ({ anna, id }: Pair): string[] =>
  [...anna.disk.kept.keys()].filter((key) => key.startsWith(logPrefix(id))).sort();

/** How a start ends with what is on anna's disk and without --salvage. */
function refusal({ market, anna }: Pair): string {
  let words = "";
  loadLines(market.optionsOf(anna), (error) => {
    words = error?.message ?? "";
  });
  while (anna.disk.busy) anna.disk.step();
  return words;
}

/** Anna's process ends, her disk suffers, and she starts with --salvage. */
function salvage({ market, anna }: Pair, harm: (kept: Map<string, Uint8Array>) => void): void {
  market.crash(anna, Number.MAX_SAFE_INTEGER);
  harm(anna.disk.kept);
  [anna.salvages, anna.isCopied] = [true, true];
  market.start(anna);
  while (!anna.isReady && market.step());
  [anna.salvages, anna.isCopied] = [false, false];
}

/** Both have the same line, also after a start in order, and every number was signed once. */
function expectSame({ market, anna, ben, id }: Pair): void {
  for (const isAgain of [false, true]) {
    if (isAgain) market.restart(anna);
    market.pass(10 * SECOND_MS);
    const [a, b] = [anna.live.entry(id).core, ben.live.entry(id).core];
    expect(a.full).toEqual(b.full);
    expect([a.ours.head, a.theirs.head]).toEqual([b.theirs.head, b.ours.head]);
    expect(anna.view.balance + ben.view.balance).toBe(0);
    expect([anna.view.state, ben.view.state]).toEqual(["open", "open"]);
    expect([...anna.disk.kept.keys()].filter((key) => key.startsWith(LOOSE))).toEqual([]);
    const said = new Map<string, string>();
    for (const who of [anna, ben]) {
      for (const [key, value] of who.disk.kept) {
        if (!key.startsWith(LOGS)) continue;
        const { isOurs, batch } = decodeKept(value);
        const name = `${isOurs === (who === anna)} ${batch.number}`;
        expect(said.get(name) ?? toHex(batch.bytes)).toBe(toHex(batch.bytes));
        said.set(name, toHex(batch.bytes));
      }
    }
  }
}

describe("records of a line that are missing", () => {
  test("stop the start with words on what to do; with --salvage the partner helps before anything is signed", () => {
    const all = pair("hole");
    const { market, anna, ben, id } = all;
    trade(all, 5);
    market.part(anna, ben);
    market.crash(anna, Number.MAX_SAFE_INTEGER);
    const before = logKeys(all);
    anna.disk.kept.delete(logKey(id, 0, 5));
    const kept = new Map(anna.disk.kept);
    const words = refusal(all);
    for (const part of ["'ben'", "'hours'", "Nothing was changed", "'peernet up --salvage'"]) {
      expect(words).toContain(part);
    }
    expect(anna.disk.kept).toEqual(kept);
    salvage(all, () => undefined);
    const line = { t: "line", id, partner: "ben", currency: "hours" };
    expect(anna.losses).toEqual([{ ...line, kept: 5, lost: before.length - 5 }]);
    expect(pay(market, anna, 1)).toBe("stale");
    expect(market.ask((done) => anna.live.close(id, done))).toBe("stale");
    expect(anna.view.canPay).toBe(0);
    market.restart(anna);
    expect(pay(market, anna, 1)).toBe("stale");
    expect(pay(market, ben, 10)).toBe("");
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    expect(anna.view.balance).toBe(10);
    expect(pay(market, anna, 4)).toBe("");
    trade(all, 1);
    expectSame(all);
    expect(anna.view.balance).toBe(6);
  });

  test("where only the partner has gone on, all that is here is its word: then it goes on at once", () => {
    const all = pair("theirs");
    const { market, anna, ben } = all;
    trade(all, 2);
    market.part(anna, ben);
    salvage(all, () => undefined);
    pay(market, ben, 10);
    market.heal(anna, ben);
    market.pass(SECOND_MS);
    expect([anna.losses, pay(market, anna, 1)]).toEqual([[], ""]);
    expectSame(all);
  });

  test("what was signed apart after the hole is taken up again once the partner has filled it", () => {
    const all = pair("loose");
    const { market, anna, ben } = all;
    trade(all, 2);
    const hole = logKeys(all).at(-2) ?? "";
    market.part(anna, ben);
    for (const amount of [5, 6, 7]) expect(pay(market, anna, amount)).toBe("");
    salvage(all, (kept) => kept.delete(hole));
    expect(anna.view.balance).not.toBe(-18);
    expect([...anna.disk.kept.keys()].filter((key) => key.startsWith(LOOSE))).toHaveLength(3);
    market.restart(anna);
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    expect([anna.view.balance, ben.view.balance]).toEqual([-18, 18]);
    expect(pay(market, anna, 1)).toBe("");
    expectSame(all);
  });

  test("what nobody else ever had is gone, and the line goes on without it", () => {
    const all = pair("gone");
    const { market, anna, ben } = all;
    trade(all, 2);
    market.part(anna, ben);
    for (const amount of [5, 6, 7]) pay(market, anna, amount);
    const hole = logKeys(all).at(-3) ?? "";
    salvage(all, (kept) => kept.delete(hole));
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    expect(anna.view.balance).toBe(0);
    expect(pay(market, anna, 1)).toBe("");
    expectSame(all);
  });

  test.each([
    ["its record", ({ id }: Pair) => lineKey(id)],
    ["its currency", ({ anna, id }: Pair) => currencyKey(anna.live.line(id)?.currency ?? "")],
  ])("%s: the partner brings the line back, and nothing is signed on it before", (_what, keyOf) => {
    const all = pair("orphan");
    const { market, anna, ben, id } = all;
    trade(all, 3);
    const { currency } = anna.live.entry(id);
    const key = keyOf(all);
    market.part(anna, ben);
    pay(market, anna, 5);
    market.crash(anna, Number.MAX_SAFE_INTEGER);
    anna.disk.kept.delete(key);
    expect(refusal(all)).toContain("'peernet up --salvage'");
    salvage(all, () => undefined);
    expect(anna.losses).toMatchObject([{ t: "line", id, kept: 0 }]);
    expect([...anna.live.lines()]).toEqual([]);
    // Somebody may try to begin it anew.
    const begun = (): string =>
      market.ask((done) => anna.live.begin(ben.person, currency, 9, done));
    expect(begun()).toBe("stale");
    market.restart(anna);
    expect(begun()).toBe("stale");
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    expect(anna.view).toMatchObject({ balance: -5, state: "open" });
    expect(pay(market, anna, 2)).toBe("");
    expectSame(all);
  });

  test("the newest ones leave a trace where more was told of: the start is stopped", () => {
    const all = pair("told");
    const { market, anna, id } = all;
    trade(all, 2);
    market.crash(anna, Number.MAX_SAFE_INTEGER);
    for (const key of logKeys(all).slice(-3)) anna.disk.kept.delete(key);
    expect(refusal(all)).toContain("'ben'");
    salvage(all, (kept) => kept.set(toldKey(id), NO_BYTES));
    market.pass(10 * SECOND_MS);
    expect(pay(market, anna, 2)).toBe("");
    expectSame(all);
  });

  test("a snapshot that cannot be read: the line is read from its beginning, and what waits is not signed half way", () => {
    const all = pair("snapshot");
    const { market, anna, ben, id } = all;
    for (let time = 0; time < 150; time++) {
      for (const who of [anna, ben]) {
        pay(market, who, 3);
        market.pass(10);
      }
    }
    const { record } = anna.live.entry(id);
    expect(record.epoch).toBe(1);
    market.part(anna, ben);
    salvage(all, (kept) => {
      const bytes = kept.get(lineKey(id)) ?? NO_BYTES;
      const at = bytes.length - record.snapshot.length;
      bytes.fill(0xff, at, at + 40);
      kept.delete(logKey(id, 0, 5));
    });
    expect(anna.losses).toMatchObject([{ kept: 5 }]);
    expect(market.ask((done) => anna.live.close(id, done))).toBe("stale");
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    expect(pay(market, anna, 2)).toBe("");
    expectSame(all);
  });

  test("of long ago: the line is as it was, and its statement begins after them", () => {
    const all = pair("history");
    const { market, anna, ben, id } = all;
    for (let time = 0; time < 140; time++) {
      for (const who of [anna, ben]) {
        pay(market, who, 3);
        market.pass(10);
      }
    }
    salvage(all, (kept) => kept.delete(logKey(id, 0, 5)));
    market.pass(10 * SECOND_MS);
    expect([anna.losses, pay(market, anna, 2, "late")]).toEqual([[], ""]);
    const parts = { records: anna.disk.open(), suite: toySuite, memoOf: () => "" };
    let entries: readonly StatementEntry[] = [];
    market.ask((done) =>
      readEntries(parts, anna.live.entry(id), 1_000, (error, found) => {
        entries = found;
        done(error);
      }),
    );
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.length).toBeLessThan(256);
    expect(entries.at(-1)).toMatchObject({ memo: "late", amount: -2, balance: -2 });
    expectSame(all);
  });

  test("any of them, whoever was in reach: both ends agree, and no number is signed twice", () => {
    const harm = fc.record({ tail: fc.nat(4), holes: fc.array(fc.nat(20), { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.nat(), fc.nat(6), fc.nat(3), harm, fc.boolean(), (...drawn) => {
        const [seed, times, apart, { tail, holes }, isTold] = drawn;
        const all = pair(seed);
        const { market, anna, ben, id } = all;
        trade(all, times);
        market.part(anna, ben);
        for (let time = 0; time < apart; time++) for (const who of [anna, ben]) pay(market, who, 1);
        const keys = logKeys(all);
        const gone = [...keys.slice(keys.length - tail), ...holes.map((at) => keys[at] ?? "")];
        if (!isTold) gone.push(toldKey(id));
        salvage(all, (kept) => {
          for (const key of gone) kept.delete(key);
        });
        expect(["stale", "stopped"]).toContain(pay(market, anna, 1));
        pay(market, ben, 2);
        market.heal(anna, ben);
        market.pass(10 * SECOND_MS);
        expect(pay(market, anna, 1)).toBe("");
        trade(all, 1);
        expectSame(all);
      }),
      { numRuns: 60 },
    );
  });
});
