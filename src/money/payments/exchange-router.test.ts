import { expect, test } from "vitest";
import type { MoneyError } from "../errors.ts";
import type { LineDesk, LineView } from "../line-desk.ts";
import { ExchangeRouter } from "./exchange-router.ts";
import type { Offer } from "./rates.ts";
import type { RoutePlan, RouteStep } from "./router.ts";

/** Partners who give hours for eggs, each by a line with room for so many eggs. */
function planOf(
  partners: readonly { readonly room: number; readonly denominator: number }[],
  atMost: number,
): RoutePlan {
  const lines = partners.map(
    ({ room }, at) =>
      ({ id: `l${at}`, partner: `p${at}`, currency: "eggs", canPrepare: room }) as LineView,
  );
  const offers = partners.map(({ denominator }, at) => {
    const tag = Uint8Array.of(at);
    return { line: `l${at}`, quote: { to: "hours", numerator: 1, denominator, tag } } as Offer;
  });
  const desk = { line: (id) => lines.find((line) => line.id === id) } as Pick<LineDesk, "line">;
  const inner = { plan: () => expect.unreachable(), learn: () => undefined };
  const router = new ExchangeRouter(inner, desk as LineDesk, () => offers);
  const key = new Uint8Array(32);
  const found: (RoutePlan | MoneyError)[] = [];
  router.plan(
    {
      ...{ payee: "payee", payeeKey: key, currency: "hours", amount: 100, partsMax: 8, proof: key },
      hints: partners.map((_, at) => ({ person: `p${at}`, dhKey: key, selector: key })),
      spend: { currency: "eggs", atMost },
    },
    (plan) => found.push(plan),
  );
  return found[0] as RoutePlan;
}

test("what is reserved already counts towards the most that it may cost", () => {
  const partners = [
    { room: 50, denominator: 1 },
    { room: 50, denominator: 1 },
    { room: 1_000, denominator: 2 },
  ];
  const end = (atMost: number): RouteStep => {
    const plan = planOf(partners, atMost);
    let step = plan.begin();
    let count = 0;
    while (step.t === "probe") {
      // Only the first one, and the dear one, have what they say.
      for (const { id, part } of step.probes) {
        const isHeld = count++ === 0 || part.line === "l2";
        step = plan.onResult({ id, granted: isHeld ? [part.amount] : [], isHeld });
      }
    }
    return step;
  };
  expect(end(120)).toMatchObject({ t: "fail" });
  expect(end(149)).toMatchObject({ t: "fail" });
  expect(end(150)).toMatchObject({ t: "pay", parts: [{ amount: 50 }, { amount: 100 }] });
});
