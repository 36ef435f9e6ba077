import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { knownRouter } from "../../simulation/money/payments/known-router.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";

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

test("a payment over five lines ends with a receipt on both sides and nothing locked", () => {
  const town = chain(6);
  const invoice = town.request(5, 120);
  const begun = town.payments(0).pay(invoice);
  expect(begun.state).toBe("reserving");
  town.world.run(2_000);
  expect([...town.payments(0).payments()]).toEqual([]);
  expect([...town.payments(0).receipts()]).toMatchObject([{ direction: "out", amount: 120 }]);
  expect([...town.payments(5).receipts()]).toMatchObject([{ direction: "in", amount: 120 }]);
  const balances = town.nodes.map(({ desk }) =>
    [...(desk?.lines() ?? [])].reduce((sum, { balance }) => sum + balance, 0),
  );
  expect(balances).toEqual([-120, 0, 0, 0, 0, 120]);
  for (const { desk } of town.nodes) {
    for (const view of desk?.lines() ?? []) expect([view.lockedIn, view.lockedOut]).toEqual([0, 0]);
  }
});
