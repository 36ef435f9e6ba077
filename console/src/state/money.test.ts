import type { Signal } from "@preact/signals";
import { describe, expect, test } from "vitest";
import type {
  CurrencyBody,
  LineBody,
  StatementEntryBody,
  StatusBody,
} from "../../../src/api/client/index.ts";
import {
  balanceIn,
  findEntries,
  isStranger,
  lookalikeIn,
  memoIn,
  nameIn,
  partnerIn,
  pictureOf,
  sumIn,
  titleIn,
  totalsOf,
} from "./money.ts";
import type { Loaded } from "./resource.ts";
import { resources } from "./views.ts";

const ANNA = "0a".repeat(16);
const BEN = "0b".repeat(16);
const hours: CurrencyBody = {
  ...{ id: "h".repeat(52), name: "Kilburn hours", unit: "hour", decimals: 2 },
  ...{ issuer: "anna", person: ANNA, group: null, title: "", lookalikes: [], alike: [] },
};

function line(change: Partial<LineBody> = {}): LineBody {
  return {
    ...{ id: "line", with: "anna", person: ANNA, currency: hours, state: "open", waitsFor: null },
    ...{ balance: "0.00", theyMayOwe: "50.00", youMayOwe: "50.00", canPay: "50.00" },
    ...{
      lockedOut: "0.00",
      lockedIn: "0.00",
      isInReach: true,
      unconfirmed: 0,
      trouble: null,
      troubleCode: null,
    },
    ...{ hasProof: false, isElsewhere: false, isHidden: false },
    ...change,
  };
}

describe("names and sums", () => {
  test("one is one, all else is many", () => {
    expect(sumIn("1.00", hours)).toBe("1.00 hour");
    expect(sumIn("12.50", hours)).toBe("12.50 hours");
    expect(sumIn("1.00", { ...hours, unit: "EUR" })).toBe("1.00 EUR");
    expect(sumIn("2", { ...hours, decimals: 0, unit: "EUR" })).toBe("2 EUR");
  });

  test("who issues a currency is part of its name", () => {
    expect(titleIn(hours)).toBe("Kilburn hours, by anna");
    const issuer = `a stranger (${ANNA.slice(0, 8)})`;
    expect(titleIn({ ...hours, issuer })).toBe("Kilburn hours, by a stranger (0a0a0a0a)");
    expect(isStranger(ANNA, ANNA)).toBe(true);
    expect(partnerIn(line({ with: ANNA }))).toBe("a stranger (0a0a0a0a)");
  });

  test("a contact that is called 'you' is not this person", () => {
    const status = resources.status.state as Signal<Loaded<StatusBody>>;
    status.value = { data: { personId: "0b".repeat(16) } as StatusBody, error: undefined };
    expect(titleIn({ ...hours, issuer: "you", person: "0b".repeat(16) })).toBe(
      "Kilburn hours, by you",
    );
    expect(titleIn({ ...hours, issuer: "You" })).toBe("Kilburn hours, by “You”");
    status.value = { data: undefined, error: undefined };
  });

  test("a name that runs from right to left turns no amount beside it", () => {
    expect(nameIn("שלום")).toBe("\u2068שלום\u2069");
    expect(nameIn("\u202eanna")).toBe("anna");
    expect(balanceIn(line({ with: "سلام" }), 250n)).toBe("\u2068سلام\u2069 owes you 2.50 hours");
  });

  test("the payer's words are marked as theirs in the language of the page", () => {
    expect(memoIn(`"bread" (payer's words)`)).toBe("“bread” (payer's words)");
    expect(memoIn("bread (payer's words)")).toBe("bread (payer's words)");
  });

  test("look-alikes are named", () => {
    expect(lookalikeIn(hours)).toBeUndefined();
    const other = { id: "abc234xyz", name: "Κilburn hours", issuer: "ben", person: BEN };
    expect(lookalikeIn({ ...hours, alike: [other] })).toContain("Κilburn hours, by ben (abc234xy)");
  });
});

describe("what lines come to", () => {
  test("is summed for each currency, both ways", () => {
    const loaves = { ...hours, id: "l".repeat(52), decimals: 0 };
    const totals = totalsOf([
      line({ balance: "12.50", canPay: "62.50" }),
      line({ balance: "-3.25", canPay: "16.75" }),
      line({ currency: loaves, balance: "7", canPay: "0" }),
      line({ state: "offered", balance: "0.00", canPay: "0.00" }),
    ]);
    expect(totals).toEqual([
      { currency: hours, owedToYou: 1_250n, youOwe: 325n, canPay: 7_925n },
      { currency: loaves, owedToYou: 7n, youOwe: 0n, canPay: 0n },
    ]);
    expect(totalsOf([])).toEqual([]);
  });

  test("is exact where a number would not be", () => {
    const most = "10000000000000.00";
    const many = Array.from({ length: 512 }, () => line({ balance: most }));
    expect(totalsOf([...many, line({ balance: "0.01" })])[0]?.owedToYou).toBe(
      512_000_000_000_000_001n,
    );
  });
});

describe("the picture of a line", () => {
  test("has what you may owe on the left, what they may owe on the right", () => {
    expect(pictureOf(line({ youMayOwe: "20.00", theyMayOwe: "60.00" }))).toMatchObject({
      zero: 25,
      owed: { from: 25, to: 25 },
    });
    expect(pictureOf(line({ balance: "25.00" })).owed).toEqual({ from: 50, to: 75 });
    expect(pictureOf(line({ balance: "-50.00" })).owed).toEqual({ from: 0, to: 50 });
  });

  test("shows what is on its way, and what is owed beyond a lower limit", () => {
    const locked = pictureOf(line({ balance: "-10.00", lockedOut: "15.00", lockedIn: "5.00" }));
    expect(locked.lockedOut).toEqual({ from: 25, to: 40 });
    expect(locked.lockedIn).toEqual({ from: 40, to: 45 });
    const beyond = pictureOf(line({ balance: "30.00", theyMayOwe: "0.00", youMayOwe: "10.00" }));
    expect(beyond).toMatchObject({ zero: 25, owed: { from: 25, to: 100 } });
  });

  test("a line on which nothing may be owed is nothing on both sides", () => {
    const none = pictureOf(line({ theyMayOwe: "0.00", youMayOwe: "0.00" }));
    expect(none).toMatchObject({ zero: 50, owed: { from: 50, to: 50 } });
  });
});

test("a statement is searched by words, amounts, days and people", () => {
  const entry = (change: Partial<StatementEntryBody>): StatementEntryBody => ({
    ...{ atMs: Date.UTC(2026, 5, 1, 12), by: "them", what: "paid" },
    ...{ amount: "12.50", memo: "bread", balance: "12.50" },
    ...change,
  });
  const all = [
    entry({}),
    entry({ memo: "Roof tiles", amount: "-3.00", by: "you" }),
    entry({ what: "limit", memo: "", atMs: Number.NaN }),
  ];
  const found = (query: string): readonly number[] =>
    findEntries(all, line(), query).map((one) => all.indexOf(one));
  expect(found("")).toEqual([2, 1, 0]);
  expect(found("roof")).toEqual([1]);
  expect(found("12.50 bread")).toEqual([0]);
  expect(found("2026-06-01 anna")).toEqual([0]);
  expect(found("limit set")).toEqual([2]);
  expect(found("nothing like it")).toEqual([]);
});
