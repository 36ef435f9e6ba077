import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toBase32 } from "../../base/base32.ts";
import { utf8 } from "../../base/bytes.ts";
import { bookOf } from "../../simulation/money/payments/judge.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import type { Invoice } from "./invoice.ts";
import { OFFERS_PER_LINE_MAX, QUOTES_HEARD_BURST, RATE_LIFE_MS, RATES_MAX } from "./limits.ts";
import { hintsOf, NearRouter } from "./near-router.ts";
import type { Payments } from "./payments.ts";
import { isGainOfRound, signQuote } from "./rate.ts";

const suite = createNodeSuite();

/** 0 has eggs with 1 and 2; both have hours with 3, who asks for hours. */
class Bureau {
  readonly town: Town;
  readonly learnt: string[] = [];

  constructor() {
    this.town = new Town({
      ...{ seed: 4, suite, size: 4, weather: FAIR_WEATHER },
      router: (at, place) => ({
        plan: (ask, done) => {
          const { desk } = at.node(place);
          if (desk !== undefined) new NearRouter(desk).plan(ask, done);
        },
        learn() {},
      }),
      currencies: {
        definition: (id) => utf8(`definition of ${id}`),
        learn: (id, definition) => {
          this.learnt.push(id);
          return new TextDecoder().decode(definition) === `definition of ${id}`;
        },
      },
    });
    for (const middle of [1, 2]) {
      this.town.line(0, middle, 1_000, 1_000, "eggs");
      this.town.line(middle, 3, 10_000, 10_000, "hours");
    }
    this.town.start();
  }

  at(place: number): Payments {
    return this.town.payments(place);
  }

  /** What `place` gives for eggs in hundredths of an hour. */
  set(place: number, numerator: number, denominator: number, way = ["eggs", "hours"]): string {
    let code = "no answer";
    const [from = "", to = ""] = way;
    this.at(place).rates.set({ from, to, numerator, denominator }, (error) => {
      code = error?.code ?? "";
    });
    this.town.wake(place);
    this.town.world.run(50);
    return code;
  }

  ask(amount: number): Invoice {
    const { desk } = this.town.node(3);
    if (desk === undefined) throw new RangeError("it runs");
    const keyOf = (person: string) =>
      this.town.nodes.find(({ identity }) => identity.person.personId === person)?.identity.dhKey
        .publicKey;
    const hints = hintsOf(desk, "hours", keyOf);
    const found: Invoice[] = [];
    this.at(3).request({ amount, currency: "hours", memo: "", hints }, (_, invoice) => {
      if (invoice !== null) found.push(invoice);
    });
    this.town.world.run(10);
    const [invoice] = found;
    if (invoice === undefined) throw new RangeError("it was refused");
    return invoice;
  }

  /** Pays, and says what came of it. */
  pay(invoice: Invoice, atMost: number): string {
    this.at(0).pay(invoice, { currency: "eggs", atMost });
    this.town.world.run(2_000);
    const view = this.at(0).payment(toBase32(invoice.hash));
    return view === undefined ? "paid" : `${view.state} ${view.why}`;
  }

  balances(): readonly (readonly number[])[] {
    return this.town.nodes.map(({ sides }) =>
      [...sides.values()].map((side) => bookOf(side).balance),
    );
  }
}

test("a partner's rate is heard, says what it costs at most, and is paid with; nothing is gained by rounding", () => {
  const bureau = new Bureau();
  const invoice = bureau.ask(100);
  expect(bureau.at(0).costs(invoice)).toEqual([]);
  expect(bureau.set(1, 25, 3)).toBe("");
  expect(bureau.set(2, 8, 1)).toBe("");
  expect(bureau.learnt).toEqual(["hours", "hours"]);
  expect([...bureau.at(0).rates.offers()]).toHaveLength(2);
  // 12 eggs at 25 for 3 are exactly 100; at 8 for 1 it would take 13.
  expect(bureau.at(0).costs(invoice)).toMatchObject([{ currency: "eggs", cost: 12 }]);
  expect(bureau.pay(invoice, 11)).toBe("failed no-route");
  expect(bureau.pay(invoice, 12)).toBe("paid");
  expect(bureau.balances()).toEqual([
    [-12, 0],
    [12, -100],
    [0, 0],
    [100, 0],
  ]);
  // Without a word of the payer nothing is exchanged.
  const second = bureau.ask(10);
  bureau.at(0).pay(second);
  bureau.town.world.run(2_000);
  expect(bureau.at(0).payment(toBase32(second.hash))).toMatchObject({ why: "no-route" });
  // What does not divide is at the cost of who pays: 1 / 8 of an egg is an egg.
  const odd = bureau.ask(101);
  expect(bureau.at(0).costs(odd)).toMatchObject([{ cost: 13 }]);
  expect(bureau.pay(odd, 13)).toBe("paid");
  const total = bureau.balances().flat();
  expect(total.reduce((sum, one) => sum + one, 0)).toBe(0);
});

test("who gains by going there and back is refused; a rate changed or removed meanwhile is not paid with", () => {
  const bureau = new Bureau();
  expect(bureau.set(1, 25, 1)).toBe("");
  expect(bureau.set(1, 1, 24, ["hours", "eggs"])).toBe("bad-amount");
  expect(bureau.set(1, 1, 25, ["hours", "eggs"])).toBe("");
  const third = { from: "a", to: "b", numerator: 7, denominator: 3 };
  expect(isGainOfRound(third, [{ from: "b", to: "a", numerator: 3, denominator: 7 }])).toBe(false);
  const invoice = bureau.ask(100);
  const [line] = bureau.town.lines.values();
  if (line === undefined) throw new RangeError("four lines");
  bureau.town.setLink(line, false);
  bureau.set(1, 5, 1);
  expect(bureau.at(0).costs(invoice)).toMatchObject([{ cost: 4 }]);
  // Asked for by the old rate, once they meet again: refused, nothing locked for long.
  bureau.at(0).pay(invoice, { currency: "eggs", atMost: 4 });
  bureau.town.setLink(line, true);
  bureau.town.world.run(60_000);
  expect(
    bureau
      .balances()
      .flat()
      .every((balance) => balance === 0),
  ).toBe(true);
  expect(bureau.at(0).costs(bureau.ask(100))).toMatchObject([{ cost: 20 }]);
  let code = "";
  bureau.at(1).rates.remove("eggs", "hours", (error) => {
    code = error?.code ?? "none";
  });
  bureau.town.world.run(50);
  expect([code, bureau.at(0).costs(bureau.ask(100))]).toEqual(["none", []]);
  bureau.at(1).rates.remove("eggs", "hours", (error) => {
    code = error?.code ?? "none";
  });
  expect(code).toBe("not-found");
});

test("who gains by going round over several rates is refused, to the last part of a million", () => {
  const bureau = new Bureau();
  expect(bureau.set(1, 3, 1)).toBe("");
  expect(bureau.set(1, 5, 1, ["hours", "loaves"])).toBe("");
  // A way that leads nowhere, and one that is worse.
  expect(bureau.set(1, 100, 1, ["hours", "stones"])).toBe("");
  expect(bureau.set(1, 1, 1, ["eggs", "loaves"])).toBe("");
  expect(bureau.set(1, 66_667, 1_000_000, ["loaves", "eggs"])).toBe("bad-amount");
  expect(() =>
    bureau.at(1).rates.quote({
      ...{ from: "loaves", to: "eggs", numerator: 1, denominator: 14 },
      expiresAtMs: bureau.town.world.clock.wallMs() + 1_000,
    }),
  ).toThrow("goes on at those and comes back");
  expect(bureau.set(1, 1, 15, ["loaves", "eggs"])).toBe("");
  // It is not the last one alone that is looked at.
  expect(bureau.set(1, 301, 100)).toBe("bad-amount");
  expect(bureau.set(1, 2, 1)).toBe("");
  const many = Array.from({ length: RATES_MAX - 1 }, (_, at) => ({
    ...{ from: `c${at}`, to: `c${at + 1}`, numerator: 1_000_000_000, denominator: 999_999_999 },
  }));
  const back = { from: `c${RATES_MAX - 1}`, to: "c0", denominator: 1_000_000_000 };
  expect(isGainOfRound({ ...back, numerator: 999_999_938 }, many)).toBe(true);
  expect(isGainOfRound({ ...back, numerator: 999_999_937 }, many)).toBe(false);
});

test("a rate stands over a start of the peer, and is quoted anew before it expires", () => {
  const bureau = new Bureau();
  bureau.set(1, 25, 1);
  const [before] = bureau.at(1).rates.own();
  bureau.town.world.run(RATE_LIFE_MS * 0.75);
  const [renewed] = bureau.at(1).rates.own();
  expect(renewed?.expiresAtMs).toBeGreaterThan((before?.expiresAtMs ?? 0) + RATE_LIFE_MS / 4);
  expect(bureau.pay(bureau.ask(100), 4)).toBe("paid");
  bureau.town.crash(1);
  bureau.town.world.run(100);
  bureau.town.startNode(1);
  bureau.town.world.run(100);
  expect([...bureau.at(1).rates.own()]).toMatchObject([{ from: "eggs", numerator: 25 }]);
  expect(bureau.pay(bureau.ask(100), 4)).toBe("paid");
});

test("what a partner quotes: its own, for this line, signed, and no more than its share", () => {
  const bureau = new Bureau();
  const [line] = bureau.town.lines.values();
  if (line === undefined) throw new RangeError("four lines");
  const quotes = (): number => [...bureau.at(0).rates.offers()].length;
  const terms = { from: "eggs", numerator: 1, denominator: 1 };
  const expiresAtMs = bureau.town.world.clock.wallMs() + 5_000;
  const hear = (place: number, to: string, alter = (bytes: Uint8Array) => bytes): void => {
    const { identity } = bureau.town.node(place);
    const nowMs = bureau.town.world.clock.wallMs();
    const quote = alter(signQuote(suite, identity, { ...terms, to, expiresAtMs }, nowMs).bytes);
    const definition = utf8(`definition of ${to}`);
    bureau.at(0).rates.onQuote(line.id, { t: "quote", quote, definition });
  };
  hear(2, "x");
  hear(1, "x", (bytes) => bytes.map((byte, at) => (at === 30 ? byte ^ 1 : byte)));
  expect(quotes()).toBe(0);
  for (let count = 1; count < OFFERS_PER_LINE_MAX; count++) hear(1, `x${count}`);
  expect(quotes()).toBe(OFFERS_PER_LINE_MAX - 1);
  hear(1, "x");
  expect(quotes()).toBe(OFFERS_PER_LINE_MAX);
  hear(1, "one more");
  expect(quotes()).toBe(OFFERS_PER_LINE_MAX);
  expect(bureau.learnt).not.toContain("one more");
  bureau.at(0).rates.onNoQuote(line.id, "x");
  expect(quotes()).toBe(OFFERS_PER_LINE_MAX - 1);
  for (let count = OFFERS_PER_LINE_MAX + 3; count < QUOTES_HEARD_BURST; count++) hear(1, "x1");
  hear(1, "x");
  expect(quotes()).toBe(OFFERS_PER_LINE_MAX - 1);
  bureau.town.world.run(1_001);
  hear(1, "x");
  expect(quotes()).toBe(OFFERS_PER_LINE_MAX);
  bureau.town.world.run(10_000);
  expect(quotes()).toBe(0);
});
