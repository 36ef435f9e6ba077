import fc from "fast-check";
import { expect, test } from "vitest";
import { lowerFirst } from "./budget.ts";
import { Destination } from "./destination.ts";
import { LotteryOrder } from "./lottery-order.ts";

/** Few lottery values, so that many are equal and the id decides. */
function origin(number: number, lottery: number): Destination {
  const unique = number.toString(16).padStart(18, "0");
  const id = `fd${unique}${lottery.toString(16).padStart(12, "0")}`;
  return new Destination(id, number, 0);
}

test("whatever comes and goes, the order is that of sorting", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(60), fc.nat(5)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const order = new LotteryOrder();
      const there = new Map<number, Destination>();
      for (const [isGone, number, lottery] of all) {
        const known = there.get(number);
        if (isGone) {
          order.delete(known ?? origin(number, lottery));
          there.delete(number);
        } else if (known === undefined) {
          const newcomer = origin(number, lottery);
          order.add(newcomer);
          there.set(number, newcomer);
        }
        expect(order.values).toEqual([...there.values()].sort(lowerFirst));
      }
    }),
  );
});
