import { describe, expect, test } from "vitest";
import { toySuite } from "../../test/support/line-rig.ts";
import { Market, type Trader } from "../../test/support/market.ts";
import { utf8 } from "../base/bytes.ts";

const SECOND_MS = 1_000;

function pair(
  seed: number | string,
  mayOwe = { one: 50, other: 50 },
): { market: Market; anna: Trader; ben: Trader } {
  const market = new Market(seed);
  const [anna, ben] = [market.add("anna"), market.add("ben")];
  market.line(anna, ben, mayOwe);
  return { market, anna, ben };
}

const pay = (market: Market, who: Trader, amount: number, memo = ""): string =>
  market.ask((done) => who.live.pay(who.view.id, amount, memo, [], done));

const PREIMAGE = toySuite.sha256(utf8("open"));
const lock = (number: number, amount: number): Parameters<Trader["live"]["prepare"]>[1] => ({
  id: new Uint8Array(16).fill(number),
  ...{ amount, hash: toySuite.sha256(PREIMAGE), onion: utf8("onion") },
});

/** Both sides say the same, mirrored. */
function expectSame(anna: Trader, ben: Trader): void {
  const [one, other] = [anna.view, ben.view];
  expect(one.balance + other.balance).toBe(0);
  expect([one.limitOfOurs, one.lockedOut]).toEqual([other.limitOfTheirs, other.lockedIn]);
  expect([one.limitOfTheirs, one.lockedIn]).toEqual([other.limitOfOurs, other.lockedOut]);
}

describe("lines between two devices", () => {
  test("an offer is heard, accepted, and paid over in both directions", () => {
    const { market, anna, ben } = pair(1, { one: 30, other: 50 });
    expect([anna.view.state, ben.view.state]).toEqual(["open", "open"]);
    expect([anna.view.canPay, ben.view.canPay]).toEqual([30, 50]);
    expect(pay(market, anna, 12, "bread")).toBe("");
    market.pass(SECOND_MS);
    expect(ben.told).toContain("paid 12 bread 2.0");
    expect([anna.view.balance, ben.view.balance]).toEqual([-12, 12]);
    expect(pay(market, ben, 62)).toBe("");
    expect(pay(market, ben, 1)).toBe("limit");
    market.pass(SECOND_MS);
    expectSame(anna, ben);
    expect(anna.view.balance).toBe(50);
  });

  test("an offer waits for an answer; nothing is owed before, and no ends it", () => {
    const market = new Market(2);
    const [anna, ben] = [market.add("anna"), market.add("ben")];
    const currency = market.currency(anna);
    expect(market.ask((done) => anna.live.begin(ben.person, currency, 50, done))).toBe("");
    market.pass(SECOND_MS);
    expect([anna.view.state, ben.view.state]).toEqual(["offered", "offered"]);
    expect(pay(market, anna, 1)).toBe("limit");
    expect(pay(market, ben, 1)).toBe("stopped");
    expect(market.ask((done) => ben.live.close(ben.view.id, done))).toBe("");
    market.restart(ben);
    market.pass(100 * SECOND_MS);
    expect(ben.view.state).toBe("closed");
    expect(anna.view.state).toBe("offered");
  });

  test("strangers' offers are not heard, and no more of one person than agreed", () => {
    const market = new Market(3);
    const [anna, ben] = [market.add("anna"), market.add("ben")];
    for (let number = 0; number < 6; number++) {
      const currency = market.currency(anna, `money ${number}`);
      market.ask((done) => anna.live.begin(ben.person, currency, 50, done));
    }
    market.pass(SECOND_MS);
    expect([...ben.live.lines()].length).toBe(4);
    market.isContact = () => false;
    const cleo = market.add("cleo");
    market.ask((done) => cleo.live.begin(ben.person, market.currency(cleo), 50, done));
    market.pass(SECOND_MS);
    expect([...ben.live.lines()].length).toBe(4);
  });

  test("what is paid while apart arrives when they meet, under few signatures", () => {
    const { market, anna, ben } = pair(4, { one: 5_000, other: 50 });
    market.part(anna, ben);
    for (let count = 0; count < 300; count++)
      anna.live.pay(anna.view.id, 1, "", [], () => undefined);
    ben.live.pay(ben.view.id, 7, "", [], () => undefined);
    market.pass(SECOND_MS);
    expect(anna.live.entry(anna.view.id).core.ours.count).toBeLessThan(5);
    expect(ben.view.balance).toBe(-7);
    market.heal(anna, ben);
    market.pass(SECOND_MS);
    expectSame(anna, ben);
    expect(ben.view.balance).toBe(293);
  });

  test("locks go over the line with what belongs to them, and are let go of by who gets", () => {
    const { market, anna, ben } = pair(5);
    const records = [{ key: "payments/x", value: Uint8Array.of(1) }];
    for (const number of [1, 2]) {
      market.ask((done) => anna.live.prepare(anna.view.id, lock(number, 10), records, done));
    }
    expect(anna.disk.kept.get("payments/x")).toEqual(Uint8Array.of(1));
    market.pass(SECOND_MS);
    expect([...ben.live.locksIn(ben.view.id)].map(({ amount }) => amount)).toEqual([10, 10]);
    market.restart(ben);
    const id = (number: number): Uint8Array => lock(number, 1).id;
    expect(market.ask((done) => ben.live.fulfil(ben.view.id, id(1), PREIMAGE, [], done))).toBe("");
    expect(market.ask((done) => ben.live.cancel(ben.view.id, id(2), "no way", [], done))).toBe("");
    expect(market.ask((done) => ben.live.cancel(ben.view.id, id(2), "", [], done))).toBe(
      "not-found",
    );
    market.pass(SECOND_MS);
    expect(anna.told).toEqual(expect.arrayContaining(["fulfilled 1", "cancelled 2 no way"]));
    expectSame(anna, ben);
    expect(anna.view).toMatchObject({ balance: -10, lockedOut: 0 });
  });

  test("messages that owe nothing go to the partner in reach, and nowhere else", () => {
    const { market, anna, ben } = pair(6);
    expect(anna.live.tell(anna.view.id, new Uint8Array(2_048))).toBe(true);
    expect(anna.live.tell(anna.view.id, new Uint8Array(2_049))).toBe(false);
    market.pass(SECOND_MS);
    expect(ben.told).toContain("told 2048");
    market.part(anna, ben);
    expect(anna.live.tell(anna.view.id, new Uint8Array(1))).toBe(false);
    expect(anna.told.at(-1)).toBe("away");
  });

  test("I12: both keep one account with both signatures, byte for byte", () => {
    const { market, anna, ben } = pair(7);
    pay(market, anna, 9);
    expect(market.ask((done) => ben.live.askAccount(ben.view.id, done))).toBe("");
    market.pass(SECOND_MS);
    const [one, other] = [anna, ben].map((who) => who.live.entry(who.view.id).account);
    expect(one).toBeDefined();
    expect(one).toEqual(other);
    market.restart(anna);
    expect(anna.live.entry(anna.view.id).account).toEqual(one);
  });

  test("whoever is only paid is asked to sign now and then, and payments go on", () => {
    const { market, anna, ben } = pair(8, { one: 1_000_000, other: 0 });
    for (let round = 0; round < 50; round++) {
      anna.live.together(() => {
        for (let count = 0; count < 1_000; count++)
          anna.live.pay(anna.view.id, 1, "", [], () => undefined);
      });
      market.pass(100);
    }
    expect(ben.view.balance).toBe(50_000);
    expect(anna.live.entry(anna.view.id).core.unseenOps).toBeLessThan(10_000);
    market.restart(anna);
    market.restart(ben);
    market.pass(SECOND_MS);
    expectSame(anna, ben);
  });

  test("closing from one side leaves what is owed to be paid back", () => {
    const { market, anna, ben } = pair(9);
    pay(market, anna, 20);
    market.pass(SECOND_MS);
    expect(market.ask((done) => anna.live.close(anna.view.id, done))).toBe("");
    market.pass(SECOND_MS);
    expect([anna.view.state, ben.view.state]).toEqual(["closing", "closing"]);
    expect(pay(market, anna, 1)).toBe("limit");
    expect(pay(market, ben, 20)).toBe("");
    market.ask((done) => ben.live.close(ben.view.id, done));
    market.pass(SECOND_MS);
    expect([anna.view.state, ben.view.state]).toEqual(["closed", "closed"]);
    expect(anna.view.balance).toBe(0);
  });
});
