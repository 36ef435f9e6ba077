import { MoneyError, parseAmount, type payments } from "../../money/index.ts";
import * as schema from "../../wire/schema.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import { lineBody } from "../money-views.ts";
import { paymentBody } from "../payment-views.ts";
import { type Route, route } from "../route.ts";
import { ask, settleDone } from "../wait.ts";

const WORD_BYTES_MAX = 300;
const AMOUNT_BYTES_MAX = 64;
const MEMO_BYTES_MAX = 128;

const word = schema.text(WORD_BYTES_MAX);
const overOthers = schema.record({
  ...{ to: word, currency: word, amount: schema.text(AMOUNT_BYTES_MAX) },
  memo: schema.optional(schema.text(MEMO_BYTES_MAX)),
});
const hiddenBody = schema.record({ hidden: schema.boolean });
const automaticBody = schema.record({ answers: schema.boolean });

/** Routes about payments to contacts over others, and about what others see of one's lines. */
export function wayRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  const automatic = () => ({ answers: peer.money.ways.settings.isWilling });
  return [
    route({
      method: "POST",
      path: "/v1/money/payments/over-others",
      summary:
        "Pay a contact with whom you need no line: their device is asked for a request, which is paid over others, all of it or nothing",
      body: overOthers,
      bodyExample: { to: "cleo", currency: "hours", amount: "12", memo: "bread" },
      answers: "PaymentBody",
      handle: async ({ body }) => {
        const { personId: person, state } = peer.contacts.resolve(body.to);
        if (state !== "met") {
          throw new ApiError(
            "conflict",
            "You have not met yet: only contacts give a request by themselves. A request as a link can be paid to anybody.",
          );
        }
        const currency = peer.money.findCurrency(body.currency, person);
        const amount = parseAmount(body.amount, currency.decimals);
        const wish = { person, currency: currency.id, amount, memo: body.memo ?? "" };
        const view = await ask<payments.PaymentView>((resolve, reject) => {
          peer.money.ways.pay(wish, (error, payment) => {
            if (payment === undefined) reject(error ?? new MoneyError("no-route", "Nothing came."));
            else resolve(payment);
          });
          context.poke();
        });
        context.poke();
        return { status: 202, json: paymentBody(peer, view) };
      },
    }),
    route({
      method: "PUT",
      path: "/v1/money/lines/{line}/hidden",
      summary: "Hide a line: others are not told of it, and nobody pays over it but you two",
      body: hiddenBody,
      bodyExample: { hidden: true },
      answers: "LineBody",
      handle: async ({ path, body }) => {
        const line = peer.money.lines.entry(path["line"] ?? "");
        await ask<void>((resolve, reject) => {
          peer.money.ways.hide(line.id, body.hidden, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: lineBody(peer, line) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/money/requests/automatic",
      summary: "Whether contacts who want to pay get a request by themselves",
      answers: "AutomaticBody",
      handle: () => ({ status: 200, json: automatic() }),
    }),
    route({
      method: "PUT",
      path: "/v1/money/requests/automatic",
      summary: "Let contacts who want to pay get a request by themselves, or not",
      body: automaticBody,
      bodyExample: { answers: false },
      answers: "AutomaticBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => {
          const done = settleDone(resolve, reject);
          peer.money.ways.settings.setWilling(body.answers, done);
          context.poke();
        });
        return { status: 200, json: automatic() };
      },
    }),
  ];
}
