import type { ClearingBody, PaymentBody } from "../../src/api/contract-money.ts";
import { ApiError } from "../../src/api/errors.ts";
import { type Route, route } from "../../src/api/route.ts";
import { schema } from "../../src/wire/index.ts";
import { idOf } from "./fake-data.ts";
import type { FakeMoney } from "./fake-money.ts";
import { NOW_MS } from "./fake-time.ts";

const word = schema.text(300);
const payBody = schema.record({ to: word, currency: word, amount: word, memo: word });
const pairBody = schema.record({ giveCurrency: word, getCurrency: word });
const rateBody = schema.record({ give: word, giveCurrency: word, get: word, getCurrency: word });
const turnBody = schema.record({ isOn: schema.boolean });
const answersBody = schema.record({ answers: schema.boolean });

function clearingOf({ isClearing, currencies }: FakeMoney): ClearingBody {
  const [currency] = currencies;
  const cleared = currency === undefined ? [] : [{ amount: "3.00", currency, atMs: NOW_MS }];
  return { isOn: isClearing, cleared };
}

/** Rates, and what goes on by itself. */
export function choiceRoutes(money: FakeMoney): readonly Route[] {
  const view = (path: string, answers: string, json: () => unknown): Route =>
    route({
      ...{ method: "GET", path, summary: answers, answers },
      handle: () => ({ status: 200, json: json() }),
    });
  return [
    view("/v1/money/rates", "RatesBody", () => ({ rates: money.rates })),
    view("/v1/money/clearing", "ClearingBody", () => clearingOf(money)),
    view("/v1/money/requests/automatic", "AutomaticBody", () => ({
      answers: money.answersRequests,
    })),
    route({
      ...{ method: "POST", path: "/v1/money/payments/over-others", summary: "Pay", body: payBody },
      answers: "PaymentBody",
      handle: ({ body }) => {
        const currency = money.currencies.find(({ id }) => id === body.currency);
        if (currency === undefined) throw new ApiError("not-found", "No such currency.");
        const payment: PaymentBody = {
          ...{ id: idOf(6060), payee: "Jonas", person: body.to, amount: body.amount },
          ...{ currency, memo: body.memo, state: "routing", why: null, reason: null },
          ...{ begunAtMs: NOW_MS, parts: [], spend: null },
        };
        money.payments = [payment, ...money.payments];
        money.done.push(`pay over others ${body.amount} ${body.memo}`);
        return { status: 202, json: payment };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/rates", summary: "Rate", body: rateBody },
      answers: "RatesBody",
      handle: ({ body }) => {
        money.done.push(`rate ${body.give} for ${body.get}`);
        return { status: 201, json: { rates: money.rates } };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/rates/remove", summary: "Remove", body: pairBody },
      answers: "RatesBody",
      handle: () => {
        money.rates = money.rates.filter(({ isYours }) => !isYours);
        money.done.push("remove rate");
        return { status: 200, json: { rates: money.rates } };
      },
    }),
    route({
      ...{ method: "PUT", path: "/v1/money/clearing", summary: "Clearing", body: turnBody },
      answers: "ClearingBody",
      handle: ({ body }) => {
        money.isClearing = body.isOn;
        money.done.push(`clearing ${body.isOn}`);
        return { status: 200, json: clearingOf(money) };
      },
    }),
    route({
      ...{ method: "PUT", path: "/v1/money/requests/automatic", summary: "Automatic" },
      ...{ body: answersBody, answers: "AutomaticBody" },
      handle: ({ body }) => {
        money.answersRequests = body.answers;
        money.done.push(`automatic ${body.answers}`);
        return { status: 200, json: body };
      },
    }),
  ];
}
