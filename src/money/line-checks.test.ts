import { expect, test } from "vitest";
import { Market } from "../../test/support/market.ts";
import { limits } from "./line/index.ts";

test("a memo is as long as the partner reads, and not one byte longer", () => {
  const market = new Market(1);
  const [anna, ben] = [market.add("anna"), market.add("ben")];
  market.line(anna, ben, { one: 50, other: 50 });
  const pay = (bytes: number): string =>
    market.ask((done) => anna.live.pay(anna.view.id, 1, "x".repeat(bytes), [], done));
  expect(pay(limits.MEMO_BYTES_MAX + 1)).toBe("bad-batch");
  expect(pay(limits.MEMO_BYTES_MAX)).toBe("");
  market.pass(1_000);
  expect([anna.view.balance, ben.view.balance]).toEqual([-1, 1]);
  market.restart(anna);
  expect(anna.view.state).toBe("open");
});
