import { expect, test, vi } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toBase32 } from "../../base/base32.ts";
import { must } from "../../base/errors.ts";
import { bookOf } from "../../simulation/money/payments/judge.ts";
import { knownRouter } from "../../simulation/money/payments/known-router.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import { MoneyError } from "../errors.ts";
import type { Done } from "../line-desk.ts";
import { finalPayload } from "./layer.ts";
import { PARTS_MAX } from "./limits.ts";
import { wrapOnion } from "./onion.ts";

const suite = createNodeSuite();

/** So many payers with a line each to the one who is paid, the last of the town. */
function fan(payers: number): Town {
  const made = { seed: 3, suite, size: payers + 1, weather: FAIR_WEATHER, router: knownRouter() };
  const town = new Town(made);
  for (let at = 0; at < payers; at++) town.line(at, payers, 1_000, 1_000);
  town.start();
  return town;
}

/** What each payer has paid on its line, and what is still locked there. */
function booksOf(town: Town): (readonly [number, number])[] {
  return town.nodes.slice(0, -1).map(({ sides }) => {
    const book = bookOf(must([...sides.values()][0], "each has a line"));
    return [0 - book.balance, book.lockedOut] as const;
  });
}

test.each([1, 12])(
  "parts of %i each, locked by somebody else, keep nobody from paying",
  (amount) => {
    const town = fan(2);
    const invoice = town.request(2, 100);
    const { desk, random, sides } = town.node(0);
    const { dhKey } = town.node(2).identity;
    const [line = ""] = sides.keys();
    const lockOne = (): void => {
      const hop = { dhKey: dhKey.publicKey, payload: finalPayload(invoice.proof) };
      const onion = wrapOnion(suite, random, [hop]);
      const lock = { id: random.bytes(16), amount, hash: invoice.hash, onion };
      desk?.prepare(line, lock, [], (error) => expect(error).toBeNull());
    };
    for (let count = 0; count <= PARTS_MAX; count++) lockOne();
    town.world.run(1_000);
    // A ninth of the same size is let go, and nothing is taken.
    expect(booksOf(town)[0]).toEqual([0, PARTS_MAX * amount]);
    town.payments(1).pay(invoice);
    town.world.run(2_000);
    expect(town.payments(1).receipt(toBase32(invoice.hash))).toBeDefined();
    // All of the eight that are held are taken: whoever wanted to be in the way has paid seven of them.
    expect(booksOf(town)).toEqual([
      [(PARTS_MAX - 1) * amount, 0],
      [100, 0],
    ]);
  },
);

test("a payment that was shown to be paid while its lock failed is over, and takes no room", () => {
  const town = fan(1);
  const desk = must(town.node(0).desk, "it runs");
  const waiting: Done[] = [];
  vi.spyOn(desk, "prepare").mockImplementation((_line, _lock, _together, done) => {
    waiting.push(done);
  });
  const invoice = town.request(1, 10);
  const id = toBase32(invoice.hash);
  town.payments(0).pay(invoice);
  town.world.run(1_000);
  town.payments(0).takeReceipt({ invoice, preimage: new Uint8Array(32) });
  town.world.run(1_000);
  expect(town.payments(0).payment(id)).toMatchObject({ state: "paid" });
  for (const done of waiting) done(new MoneyError("limit", "The line has no room for that."));
  expect(waiting).toHaveLength(1);
  expect([...town.payments(0).payments()]).toEqual([]);
});
