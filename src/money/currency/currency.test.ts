import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { somebody, toySuite } from "../../../test/support/line-rig.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import { formatAmount, parseAmount } from "./amounts.ts";
import { type CurrencyTerms, makeCurrency, readCurrency } from "./definition.ts";
import { amountToGet, amountToGive } from "./exchange.ts";
import {
  AMOUNT_CHARS_MAX,
  CURRENCY_NAME_BYTES_MAX,
  DECIMALS_MAX,
  UNIT_BYTES_MAX,
} from "./limits.ts";

function codeOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    return error.code;
  }
}

describe("amounts", () => {
  test("every amount is printed and read again exactly", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: AMOUNT_MAX }),
        fc.nat(DECIMALS_MAX),
        (units, decimals) => {
          expect(parseAmount(formatAmount(units, decimals), decimals)).toBe(units);
        },
      ),
    );
    expect(formatAmount(-1250, 2)).toBe("-12.50");
    expect(formatAmount(5, 2)).toBe("0.05");
    expect(formatAmount(-5, 0)).toBe("-5");
  });

  test("what is typed otherwise is refused with words, never rounded", () => {
    const bad = [
      "",
      "-1",
      "0",
      "0.00",
      "1.234",
      "1,5",
      ".5",
      "5.",
      "1e3",
      "0x10",
      "١",
      " ",
      "1 2",
      "NaN",
      "+1",
    ];
    for (const text of bad)
      expect([text, codeOf(() => parseAmount(text, 2))]).toEqual([text, "bad-amount"]);
    expect(parseAmount(" 7 ", 2)).toBe(700);
    expect(parseAmount("007.5", 2)).toBe(750);
    expect(parseAmount("0", 2, true)).toBe(0);
    expect(codeOf(() => parseAmount("0.5", 0))).toBe("bad-amount");
    expect(parseAmount("10000000000000.00", 2)).toBe(AMOUNT_MAX);
    expect(codeOf(() => parseAmount("10000000000000.01", 2))).toBe("bad-amount");
    const long = "0".repeat(AMOUNT_CHARS_MAX - 1);
    expect([
      codeOf(() => parseAmount(`${long}1`, 2)),
      codeOf(() => parseAmount(`0${long}1`, 2)),
    ]).toEqual(["", "bad-amount"]);
  });
});

test("I8: exchange there and back creates nothing; what does not divide is less than one unit", () => {
  const part = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(part, part, fc.integer({ min: 1, max: 1_000_000 }), (give, get, amount) => {
      let needed: number;
      try {
        needed = amountToGive({ give, get }, amount);
        expect(amountToGet({ give, get }, needed)).toBeGreaterThanOrEqual(amount);
        if (needed > 1) {
          const less = codeOf(() => amountToGet({ give, get }, needed - 1));
          if (less === "") expect(amountToGet({ give, get }, needed - 1)).toBeLessThan(amount);
        }
        const got = amountToGet({ give, get }, amount);
        expect(amountToGive({ give, get }, got)).toBeLessThanOrEqual(amount);
      } catch (error) {
        if (!(error instanceof MoneyError)) throw error;
        expect(error.code).toBe("bad-amount");
      }
    }),
  );
});

describe("definitions", () => {
  const anna = somebody("anna");
  const terms: CurrencyTerms = { name: "hours", unit: "hour", decimals: 2, group: undefined };
  const made = { nonce: new Uint8Array(16).fill(1), madeAtS: 7 };
  const make = (more: Partial<CurrencyTerms>): string =>
    codeOf(() => makeCurrency(toySuite, anna, { ...terms, ...more }, made));

  test("a definition is read as it was made; whatever is altered has another id or no signature", () => {
    const currency = makeCurrency(toySuite, anna, { ...terms, group: "ab".repeat(16) }, made);
    expect(readCurrency(toySuite, currency.bytes)).toEqual(currency);
    expect(currency).toMatchObject({
      name: "hours",
      maker: anna.person.personId,
      group: "ab".repeat(16),
    });
    for (let at = 0; at < currency.bytes.length; at++) {
      const altered = currency.bytes.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect([at, codeOf(() => readCurrency(toySuite, altered))]).toEqual([at, "bad-currency"]);
    }
    const second = makeCurrency(toySuite, anna, terms, { ...made, nonce: new Uint8Array(16) });
    expect(second.id).not.toBe(currency.id);
  });

  test("names, units and decimals have limits", () => {
    const name = "n".repeat(CURRENCY_NAME_BYTES_MAX);
    const unit = "u".repeat(UNIT_BYTES_MAX);
    expect([make({ name, unit, decimals: DECIMALS_MAX }), make({ decimals: 0 })]).toEqual(["", ""]);
    const bad: Partial<CurrencyTerms>[] = [
      { name: `${name}n` },
      { name: "" },
      { name: " x" },
      { name: "a\u202eb" },
    ];
    bad.push({ unit: `${unit}u` }, { unit: "" }, { unit: "two words" }, { unit: "5" });
    bad.push({ decimals: DECIMALS_MAX + 1 }, { decimals: -1 }, { decimals: 0.5 });
    for (const more of bad) expect([more, make(more)]).toEqual([more, "bad-currency"]);
  });
});
