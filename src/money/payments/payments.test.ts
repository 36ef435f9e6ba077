import { expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toBase32 } from "../../base/base32.ts";
import { bookOf } from "../../simulation/money/payments/judge.ts";
import { knownRouter, partOver } from "../../simulation/money/payments/known-router.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import type { MoneyError } from "../errors.ts";
import { parseInvoiceLink } from "./invoice.ts";
import {
  INVOICE_LIFE_MAX_MS,
  INVOICE_MEMO_BYTES_MAX,
  RATE_LIFE_MAX_MS,
  RATE_TERM_MAX,
  RATES_MAX,
} from "./limits.ts";
import { decodeQuote } from "./rate.ts";
import { SimplePlan } from "./simple-plan.ts";

const suite = createNodeSuite();

function chain(length: number, limit = 1_000): Town {
  const town = new Town({
    seed: length,
    suite,
    size: length,
    weather: FAIR_WEATHER,
    router: knownRouter(),
  });
  for (let at = 1; at < length; at++) town.line(at - 1, at, limit, limit);
  town.start();
  return town;
}

function balances(town: Town): number[] {
  return town.nodes.map(({ sides }) =>
    [...sides.values()].reduce((sum, side) => sum + bookOf(side).balance, 0),
  );
}

function locked(town: Town): number {
  return town.nodes.reduce(
    (sum, { sides }) =>
      sum + [...sides.values()].reduce((all, side) => all + bookOf(side).lockedOut, 0),
    0,
  );
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return "none";
  } catch (error) {
    return (error as MoneyError).code;
  }
}

test("a payment over five lines ends with a receipt on both sides and nothing locked", () => {
  const town = chain(6);
  const invoice = town.request(5, 120);
  const begun = town.payments(0).pay(invoice);
  expect(begun.state).toBe("reserving");
  town.world.run(2_000);
  expect([...town.payments(0).payments()]).toEqual([]);
  expect([...town.payments(0).receipts()]).toMatchObject([{ direction: "out", amount: 120 }]);
  expect([...town.payments(5).receipts()]).toMatchObject([{ direction: "in", amount: 120 }]);
  expect([...town.payments(5).invoices()]).toEqual([]);
  expect(balances(town)).toEqual([-120, 0, 0, 0, 0, 120]);
  expect(locked(town)).toBe(0);
});

test("an invoice is paid once: again, expired, or while it is being paid is refused in words", () => {
  const town = chain(3);
  const invoice = town.request(2, 10);
  town.payments(0).pay(invoice);
  expect(codeOf(() => town.payments(0).pay(invoice))).toBe("exists");
  town.world.run(2_000);
  expect(() => town.payments(0).pay(invoice)).toThrow(/paid already/);
  // Somebody else who has seen it cannot pay it again either.
  town.payments(1).pay(invoice);
  town.world.run(300_000);
  expect([...town.payments(1).payments()]).toMatchObject([{ state: "failed", why: "unknown" }]);
  const old = town.request(2, 10, "hours", 1_000);
  town.world.run(2_000);
  expect(() => town.payments(0).pay(old)).toThrow(/expired/);
  expect(balances(town)).toEqual([-10, 0, 10]);
});

test("what cannot be sent fails and locks nothing", () => {
  const town = chain(4, 100);
  town.payments(0).pay(town.request(3, 90));
  town.world.run(5_000);
  expect([...town.payments(0).payments()]).toMatchObject([{ state: "failed", why: "limit" }]);
  expect(locked(town)).toBe(0);
});

test("a payment is given up: the payee lets go of what is locked, unless it has all", () => {
  const town = chain(4);
  const invoice = town.request(3, 50);
  const id = toBase32(invoice.hash);
  town.payments(0).pay(invoice);
  town.world.run(34);
  // All is reserved and the first lock is on its way when the last line breaks.
  const last = [...town.lines.values()][2];
  if (last === undefined) throw new RangeError("three lines");
  town.setLink(last, false);
  town.world.run(5_000);
  expect(town.payments(0).payment(id)).toMatchObject({ state: "locked" });
  const answers: unknown[] = [];
  town.payments(0).giveUp(id, (error) => answers.push(error));
  expect(town.payments(0).payment(id)).toMatchObject({ state: "letting-go", why: "asked" });
  town.payments(3).withdraw(id, (error) => answers.push(error));
  town.world.run(60_000);
  expect(town.payments(0).payment(id)?.parts).toHaveLength(1);
  town.setLink(last, true);
  town.wake(0);
  town.world.run(120_000);
  expect(town.payments(0).payment(id)).toMatchObject({ state: "failed", why: "let-go", parts: [] });
  expect(locked(town)).toBe(0);
  expect(balances(town)).toEqual([0, 0, 0, 0]);
  expect(answers).toEqual([null, null]);
});

test.each([
  [0, "no-answer"],
  [1, "busy"],
  [2, "busy"],
])("whoever goes away before answering is not waited for: line %i", (at, why) => {
  const town = chain(4);
  const id = toBase32(town.request(3, 50).hash);
  const line = [...town.lines.values()][at];
  if (line === undefined) throw new RangeError("three lines");
  const [invoice] = [...town.payments(3).invoices()];
  town.payments(0).pay(parseInvoiceLink(suite, invoice?.link ?? ""));
  let asked = 0;
  town.onTold = (over) => {
    if (over === line) asked++;
  };
  while (asked === 0) town.world.run(1);
  town.setLink(line, false);
  // Not the minute and a half that the answer of a slow radio may take.
  town.world.run(2_000);
  expect(town.payments(0).payment(id)).toMatchObject({ state: "failed", why, parts: [] });
  town.setLink(line, true);
  town.world.run(200_000);
  expect(locked(town)).toBe(0);
  expect(balances(town)).toEqual([0, 0, 0, 0]);
});

test("an answer that never comes is not waited for, also where asking took some time", () => {
  const town = chain(3);
  const invoice = town.request(2, 50);
  vi.spyOn(town.payments(1), "onTold").mockImplementation(() => undefined);
  const { clock } = town.world;
  const nowMs = clock.monotonicMs();
  let reads = 0;
  const watch = vi.spyOn(clock, "monotonicMs").mockImplementation(() => nowMs + reads++);
  town.payments(0).pay(invoice);
  watch.mockRestore();
  town.wake(0);
  town.world.run(1_200_000);
  const view = town.payments(0).payment(toBase32(invoice.hash));
  expect(view).toMatchObject({ state: "failed", why: "no-answer", parts: [] });
});

test("a receipt that comes by other means ends a payment whose way back is cut", () => {
  const town = chain(3);
  const invoice = town.request(2, 50);
  const id = toBase32(invoice.hash);
  const first = [...town.lines.values()][0];
  if (first === undefined) throw new RangeError("two lines");
  town.payments(0).pay(invoice);
  while (town.payments(2).receipt(id) === undefined) town.world.run(1);
  town.setLink(first, false);
  town.world.run(1_000);
  expect(town.payments(0).payment(id)).toMatchObject({ state: "locked" });
  const receipt = town.payments(2).receipt(id);
  if (receipt !== undefined) town.payments(0).takeReceipt(receipt);
  expect(town.payments(0).payment(id)).toMatchObject({ state: "paid" });
  town.world.run(1_000);
  expect(town.payments(0).receipt(id)).toEqual(receipt);
  town.setLink(first, true);
  town.world.run(60_000);
  expect(town.payments(0).payment(id)).toBeUndefined();
  expect(balances(town)).toEqual([-50, 0, 50]);
});

test("debts round a cycle are cleared by paying oneself", () => {
  const town: Town = new Town({
    seed: 1,
    suite,
    size: 3,
    weather: FAIR_WEATHER,
    router: () => ({
      plan: ({ amount }, done) => {
        const round = [...town.lines.values()].reverse();
        done(new SimplePlan(amount, 1, () => [partOver(town, 0, round, amount)]));
      },
      learn() {},
    }),
  });
  for (const at of [0, 1, 2]) town.line(at, (at + 1) % 3, 500, 500);
  town.start();
  const lines = [...town.lines.values()];
  // Each owes the one before: what goes round the other way takes it back.
  for (const [at, line] of lines.entries()) {
    town.node(at).desk?.pay(line.id, 100, "", [], (error) => expect(error).toBeNull());
  }
  town.world.run(1_000);
  const grossOf = (): number =>
    town.nodes.reduce((sum, { sides }) => {
      return [...sides.values()].reduce((all, side) => all + Math.abs(bookOf(side).balance), sum);
    }, 0);
  expect(grossOf()).toBe(600);
  const invoice = town.request(0, 100);
  town.payments(0).pay(invoice);
  town.world.run(2_000);
  expect(town.payments(0).payment(toBase32(invoice.hash))).toBeUndefined();
  expect([...town.payments(0).receipts()]).toEqual([]);
  expect(balances(town)).toEqual([0, 0, 0]);
  expect(grossOf()).toBe(0);
});

test("limits of what is asked for, at the limit and one above", () => {
  const town = chain(2);
  const ask = (wish: object): string => {
    let code = "none";
    const whole = { amount: 1, currency: "hours", memo: "", ...wish };
    town.payments(0).request(whole, (error) => {
      code = error?.code ?? "none";
    });
    town.world.run(5);
    return code;
  };
  expect(ask({ lifeMs: INVOICE_LIFE_MAX_MS })).toBe("none");
  expect(ask({ lifeMs: INVOICE_LIFE_MAX_MS + 1 })).toBe("bad-invoice");
  expect(ask({ memo: "x".repeat(INVOICE_MEMO_BYTES_MAX) })).toBe("none");
  expect(ask({ memo: "x".repeat(INVOICE_MEMO_BYTES_MAX + 1) })).toBe("bad-invoice");
  for (const amount of [0, -1, 0.5, 1e15 + 1, Number.NaN])
    expect(ask({ amount })).toBe("bad-amount");
});

test("limits of rates, and a quote proves who gives it", () => {
  const town = chain(2);
  const nowMs = town.world.clock.wallMs();
  const rate = { from: "a", to: "b", numerator: 1, denominator: RATE_TERM_MAX, expiresAtMs: nowMs };
  const quote = town.payments(0).rates.quote({ ...rate, expiresAtMs: nowMs + RATE_LIFE_MAX_MS });
  expect(decodeQuote(suite, quote.bytes).by).toBe(town.node(0).identity.person.personId);
  const altered = Uint8Array.from(quote.bytes, (byte, at) => (at === 20 ? byte ^ 1 : byte));
  expect(() => decodeQuote(suite, altered)).toThrow(/not signed/);
  for (const bad of [
    { ...rate, denominator: RATE_TERM_MAX + 1 },
    { ...rate, numerator: 0 },
    { ...rate, to: "a" },
    { ...rate, expiresAtMs: nowMs + RATE_LIFE_MAX_MS + 1 },
  ]) {
    expect(codeOf(() => town.payments(0).rates.quote(bad))).toBe("bad-amount");
  }
  for (let at = 1; at < RATES_MAX; at++) town.payments(0).rates.quote({ ...rate, to: `b${at}` });
  expect(codeOf(() => town.payments(0).rates.quote({ ...rate, to: "one more" }))).toBe("full");
});
