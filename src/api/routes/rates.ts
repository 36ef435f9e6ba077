import { MoneyError, parseAmount, payments } from "../../money/index.ts";
import type { Peer } from "../../peer/index.ts";
import * as schema from "../../wire/schema.ts";
import type { ApiContext } from "../context.ts";
import { clearingBody, rateBodies } from "../payment-views.ts";
import { type Route, route } from "../route.ts";
import { ask, settleDone } from "../wait.ts";

const WORD_BYTES_MAX = 300;
const AMOUNT_BYTES_MAX = 64;

const newRate = schema.record({
  give: schema.text(AMOUNT_BYTES_MAX),
  giveCurrency: schema.text(WORD_BYTES_MAX),
  get: schema.text(AMOUNT_BYTES_MAX),
  getCurrency: schema.text(WORD_BYTES_MAX),
});
const turning = schema.record({ isOn: schema.boolean });
const pair = schema.record({
  giveCurrency: schema.text(WORD_BYTES_MAX),
  getCurrency: schema.text(WORD_BYTES_MAX),
});

/** Both currencies by their names. @throws MoneyError */
function pairOf(peer: Peer, body: ReturnType<typeof pair>) {
  const give = peer.money.findCurrency(body.giveCurrency);
  const get = peer.money.findCurrency(body.getCurrency);
  if (give.id !== get.id) return { give, get };
  throw new MoneyError(
    "bad-amount",
    "A rate is between two currencies: these are one and the same.",
  );
}

/** Routes about debts that go round in circles. */
export function clearingRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/money/clearing",
      summary: "Whether debts that go round in a circle are cleared by themselves, and which were",
      answers: "ClearingBody",
      handle: () => ({ status: 200, json: clearingBody(peer) }),
    }),
    route({
      method: "PUT",
      path: "/v1/money/clearing",
      summary: "Turn the clearing of debts round circles on or off",
      body: turning,
      bodyExample: { isOn: false },
      answers: "ClearingBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => {
          peer.money.clearing.turn(body.isOn, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: clearingBody(peer) };
      },
    }),
  ];
}

/** Routes about rates between currencies. */
export function rateRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/money/rates",
      summary: "What you exchange at which rate, and what your partners do",
      answers: "RatesBody",
      handle: () => ({ status: 200, json: { rates: rateBodies(peer) } }),
    }),
    route({
      method: "POST",
      path: "/v1/money/rates",
      summary:
        "Exchange from now on: whoever gives you so much of one currency gets so much of another",
      body: newRate,
      bodyExample: { give: "4", giveCurrency: "eggs", get: "1", getCurrency: "hours" },
      answers: "RatesBody",
      handle: async ({ body }) => {
        const { get, give } = pairOf(peer, body);
        const [numerator, denominator] = inTerms(
          parseAmount(body.get, get.decimals),
          parseAmount(body.give, give.decimals),
        );
        await ask<void>((resolve, reject) => {
          const terms = { from: give.id, to: get.id, numerator, denominator };
          peer.money.payments.rates.set(terms, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 201, json: { rates: rateBodies(peer) } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/rates/remove",
      summary: "Exchange no longer from one currency to another",
      body: pair,
      bodyExample: { giveCurrency: "eggs", getCurrency: "hours" },
      answers: "RatesBody",
      handle: async ({ body }) => {
        const { get, give } = pairOf(peer, body);
        await ask<void>((resolve, reject) => {
          peer.money.payments.rates.remove(give.id, get.id, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: { rates: rateBodies(peer) } };
      },
    }),
  ];
}

/** As it was said where it fits; else 2 for 4 is 1 for 2 (Euclid's algorithm). */
function inTerms(numerator: number, denominator: number): readonly [number, number] {
  if (Math.max(numerator, denominator) <= payments.limits.RATE_TERM_MAX) {
    return [numerator, denominator];
  }
  let [one, other] = [numerator, denominator];
  while (other !== 0) [one, other] = [other, one % other];
  return [numerator / one, denominator / one];
}
