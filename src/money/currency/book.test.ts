import { expect, test } from "vitest";
import { somebody, toySuite } from "../../../test/support/line-rig.ts";
import { skeleton } from "../../contacts/index.ts";
import { MoneyError } from "../errors.ts";
import { CurrencyBook } from "./book.ts";
import { type Currency, makeCurrency } from "./definition.ts";
import { CURRENCIES_MAX, CURRENCIES_RESERVED } from "./limits.ts";

const names = new Map(
  [somebody("anna"), somebody("ben")].map(({ person }, at) => [
    person.personId,
    at === 0 ? "anna" : "ben",
  ]),
);

function make(by: string, name: string, unit = "hour", nonce = 1): Currency {
  const terms = { name, unit, decimals: 2, group: undefined };
  return makeCurrency(toySuite, somebody(by), terms, {
    nonce: new Uint8Array(16).fill(nonce),
    madeAtS: 1,
  });
}

function bookOf(...currencies: readonly Currency[]): CurrencyBook {
  const book = new CurrencyBook({
    nameOf: (person) => names.get(person) ?? "a stranger",
    skeleton,
  });
  for (const currency of currencies) book.put(currency);
  return book;
}

const said = (act: () => unknown): string => {
  try {
    act();
    return "";
  } catch (error) {
    if (!(error instanceof MoneyError)) throw error;
    return error.message;
  }
};

test("a currency is found by its name, its unit, or its id", () => {
  const hours = make("anna", "Kilburn hours");
  const book = bookOf(hours, make("ben", "Loaves", "loaf"));
  for (const text of ["kilburn HOURS", "hour", "hours", hours.id, hours.id.slice(0, 6)]) {
    expect(book.find(text)).toBe(hours);
  }
  expect(said(() => book.find(hours.id.slice(0, 5)))).toContain(
    "There is: Kilburn hours, by anna; Loaves, by ben. An id is meant by 6",
  );
  expect(said(() => book.find("stones"))).not.toContain("An id is meant");
});

test("nobody issues two of one name, which only ids could tell apart", () => {
  const hours = make("anna", "Kilburn hours");
  const book = bookOf(hours);
  const { maker } = hours;
  const again = { name: "kilburn hours", group: undefined };
  expect(said(() => book.checkNew(maker, again))).toContain(hours.id.slice(0, 8));
  expect(said(() => book.checkNew(maker, { ...again, group: "0a".repeat(16) }))).toBe("");
  expect(said(() => book.checkNew(maker, { ...again, name: "Hours" }))).toBe("");
  expect(said(() => book.checkNew(make("ben", "x").maker, again))).toBe("");
});

test("names that look alike are told apart by their issuers, and never guessed between", () => {
  const hours = make("anna", "hours");
  const fake = make("ben", "һours");
  const book = bookOf(hours, fake);
  const { title, lookalikes, alike } = book.describe(hours);
  expect(title).toBe("hours, by anna");
  expect(alike).toMatchObject([{ id: fake.id, name: "һours", issuer: "ben" }]);
  expect(lookalikes).toEqual([`һours, by ben (${fake.id.slice(0, 6)})`]);
  const words = said(() => book.find("hour"));
  expect(words).toContain("hours, by anna");
  expect(words).toContain(fake.id.slice(0, 8));
  expect(book.find("hour", [hours])).toBe(hours);
});

test("an id that begins with the name of another one takes nothing from it, nor a name that is an id", () => {
  const made = make("ben", "anything");
  const bakery = make("anna", made.id.slice(0, 6), "loaf");
  const words = said(() => bookOf(bakery, made).find(bakery.name));
  expect(words).toContain("may mean several");
  expect(words).toContain(bakery.id.slice(0, 8));
  const posing = make("ben", bakery.id, "crumb");
  expect(bookOf(bakery, posing).find(bakery.id)).toBe(bakery);
});

test("rates of partners leave room for currencies of one's own", () => {
  const most = CURRENCIES_MAX - CURRENCIES_RESERVED;
  const book = bookOf(...Array.from({ length: most - 1 }, (_, at) => make("ben", `money ${at}`)));
  expect(said(() => book.checkRoom(CURRENCIES_RESERVED))).toBe("");
  book.put(make("ben", "one more"));
  expect(said(() => book.checkRoom(CURRENCIES_RESERVED))).toContain("the most");
  expect(said(() => book.checkRoom())).toBe("");
});

test("a peer knows so many currencies and no more", () => {
  const book = bookOf(
    ...Array.from({ length: CURRENCIES_MAX - 1 }, (_, at) => make("anna", `money ${at}`)),
  );
  expect(said(() => book.checkRoom())).toBe("");
  book.put(make("anna", "one more"));
  expect(said(() => book.checkRoom())).toContain("the most");
});
