import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toBase32 } from "../../base/base32.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import type { Invoice } from "./invoice.ts";
import { hintsOf, NearRouter } from "./near-router.ts";

const suite = createNodeSuite();

test("friends of a friend pay each other by what the invoice says of the payee's lines", () => {
  const town: Town = new Town({
    seed: 1,
    suite,
    size: 4,
    weather: FAIR_WEATHER,
    router: (at, place) => ({
      plan: (ask, done) => {
        const { desk } = at.node(place);
        if (desk !== undefined) new NearRouter(desk).plan(ask, done);
      },
      learn() {},
    }),
  });
  for (const middle of [1, 2]) {
    town.line(0, middle, 100, 100);
    town.line(middle, 3, 100, 100);
  }
  town.start();
  const { desk } = town.node(3);
  if (desk === undefined) throw new RangeError("it runs");
  const keyOf = (person: string) =>
    town.nodes.find(({ identity }) => identity.person.personId === person)?.identity.dhKey
      .publicKey;
  const hints = hintsOf(desk, "hours", keyOf);
  expect(hints.length).toBe(2);
  const ask = (amount: number): Invoice => {
    const found: Invoice[] = [];
    town.payments(3).request({ amount, currency: "hours", memo: "", hints }, (_, invoice) => {
      if (invoice !== null) found.push(invoice);
    });
    town.world.run(10);
    return found[0] ?? ask(amount);
  };
  const invoice = ask(95);
  town.payments(0).pay(invoice);
  town.world.run(1_000);
  expect(town.payments(0).receipt(toBase32(invoice.hash))).toBeDefined();
  // Each of the two in between lends what it may: all of its line but an eighth.
  expect([...desk.lines()].map(({ balance }) => balance).sort()).toEqual([8, 87]);
  expect(hintsOf(desk, "eggs", keyOf)).toEqual([]);
  expect(hintsOf(desk, "hours", () => undefined)).toEqual([]);
  town.payments(0).pay(ask(300));
  town.world.run(1_000);
  expect([...town.payments(0).payments()]).toMatchObject([{ state: "failed", why: "no-route" }]);
});
