import { MoneyError, parseAmount, payments } from "../../money/index.ts";
import type { Peer } from "../../peer/index.ts";
import * as schema from "../../wire/schema.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";
import {
  exchangeBodies,
  invoiceBody,
  keptReceiptBody,
  ownInvoiceBody,
  paymentBody,
  receiptBody,
} from "../payment-views.ts";
import { type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";

const WORD_BYTES_MAX = 300;
const MEMO_BYTES_MAX = 128;
const LINK_BYTES_MAX = 4_096;
const HOURS_MAX = 8_760;
const HOUR_MS = 3_600_000;

const newRequest = schema.record({
  amount: schema.text(64),
  currency: schema.text(WORD_BYTES_MAX),
  memo: schema.optional(schema.text(MEMO_BYTES_MAX)),
  hours: schema.optional(schema.integer(1, HOURS_MAX)),
});
/** Receipts in one answer. */
const PAGE_MAX = 1_000;
const forgetBody = schema.record({ beforeMs: schema.integer(0, Number.MAX_SAFE_INTEGER) });
const payBody = schema.record({
  link: schema.text(LINK_BYTES_MAX),
  currency: schema.optional(schema.text(WORD_BYTES_MAX)),
  atMost: schema.optional(schema.text(64)),
});
const linkBody = schema.record({ link: schema.text(LINK_BYTES_MAX) });

/** Asking for money. */
function requestRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  const listed = () => ({
    requests: [...peer.money.payments.invoices()].map((view) => ownInvoiceBody(peer, view)),
  });
  return [
    route({
      method: "GET",
      path: "/v1/money/requests",
      summary: "Your requests for money that are not paid yet",
      answers: "InvoicesBody",
      handle: () => ({ status: 200, json: listed() }),
    }),
    route({
      method: "POST",
      path: "/v1/money/requests",
      summary: "Ask for money: a signed link that anybody with a way to you can pay, once",
      body: newRequest,
      bodyExample: { amount: "12.50", currency: "hours", memo: "bread" },
      answers: "InvoiceBody",
      handle: async ({ body: { amount, currency: text, memo = "", hours = 24 } }) => {
        const currency = peer.money.findCurrency(text);
        const wish = { amount: parseAmount(amount, currency.decimals), memo };
        const invoice = await ask<payments.Invoice>((resolve, reject) => {
          const lifeMs = hours * HOUR_MS;
          peer.money.request(currency, { ...wish, lifeMs }, settle(resolve, reject));
          context.poke();
        });
        const view = peer.money.payments.invoice(payments.paymentIdOf(invoice));
        return { status: 201, json: invoiceBody(peer, invoice, view) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/requests/read",
      summary: "What a request says: who asks for how much, checked",
      body: linkBody,
      bodyExample: { link: "peernet:pay/…" },
      answers: "InvoiceBody",
      handle: ({ body }) => {
        const invoice = payments.parseInvoiceLink(peer.suite, body.link);
        const exchange = exchangeBodies(peer, invoice);
        return { status: 200, json: { ...invoiceBody(peer, invoice), exchange } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/requests/{id}/withdraw",
      summary: "Ask no longer: what is locked for it is let go",
      answers: "InvoicesBody",
      handle: async ({ path }) => {
        await ask<void>((resolve, reject) => {
          peer.money.payments.withdraw(path["id"] ?? "", settleDone(resolve, reject));
          context.poke();
        });
        return { status: 200, json: listed() };
      },
    }),
  ];
}

/** @throws ApiError("bad-request"), MoneyError */
function spendOf(
  peer: Peer,
  { atMost, currency: text }: ReturnType<typeof payBody>,
): payments.Spend | undefined {
  if (text === undefined && atMost === undefined) return undefined;
  if (text === undefined || atMost === undefined) {
    throw new ApiError("bad-request", "'currency' and 'atMost' go together: what it may cost.");
  }
  const currency = peer.money.findCurrency(text);
  return { currency: currency.id, atMost: parseAmount(atMost, currency.decimals) };
}

/** Paying requests. */
function payingRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  const one = (id: string) => {
    const view = peer.money.payments.payment(id);
    if (view === undefined) {
      throw new MoneyError("not-found", "There is no payment of that name under way.");
    }
    return paymentBody(peer, view);
  };
  return [
    route({
      method: "POST",
      path: "/v1/money/requests/pay",
      summary:
        "Pay a request, over one line or several, all of it or nothing; with another currency where it is named, and then `atMost` so much",
      body: payBody,
      bodyExample: { link: "peernet:pay/…" },
      answers: "PaymentBody",
      handle: ({ body }) => {
        const invoice = payments.parseInvoiceLink(peer.suite, body.link);
        invoiceBody(peer, invoice);
        const view = peer.money.payments.pay(invoice, spendOf(peer, body));
        context.poke();
        return { status: 202, json: paymentBody(peer, view) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/money/payments",
      summary: "Payments of requests that are under way, and those that failed, with why",
      answers: "PaymentsBody",
      handle: () => ({
        status: 200,
        json: {
          payments: [...peer.money.payments.payments()].map((view) => paymentBody(peer, view)),
        },
      }),
    }),
    route({
      method: "POST",
      path: "/v1/money/payments/{id}/give-up",
      summary: "Ask the payee to let go of what is locked; until then it may still be paid",
      answers: "PaymentBody",
      handle: async ({ path }) => {
        const id = path["id"] ?? "";
        await ask<void>((resolve, reject) => {
          peer.money.payments.giveUp(id, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 202, json: one(id) };
      },
    }),
  ];
}

/** @throws ApiError("bad-request") */
function pageLimit(text: string | null): number {
  if (text === null) return PAGE_MAX;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_MAX) return limit;
  throw new ApiError("bad-request", `'limit' is a number of 1 to ${PAGE_MAX}.`);
}

/** Receipts. */
function receiptRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/money/receipts",
      summary: "What you paid and were paid by requests, newest first, each with its proof",
      query: {
        limit: `so many of them, 1 to ${PAGE_MAX} (${PAGE_MAX})`,
        after: "behind this place: 'next' of the answer before",
      },
      answers: "ReceiptsBody",
      handle: ({ query }) => {
        const limit = pageLimit(query.get("limit"));
        const page = peer.money.payments.receiptPage(limit, query.get("after") ?? undefined);
        const receipts = page.receipts.map((view) => keptReceiptBody(peer, view));
        return { status: 200, json: { receipts, next: page.place ?? null } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/receipts/forget",
      summary: "Forget receipts kept before a time: export them first, the proofs are gone",
      body: forgetBody,
      bodyExample: { beforeMs: 1_767_225_600_000 },
      answers: "ReceiptsBody",
      handle: async ({ body }) => {
        await ask<void>((resolve, reject) => {
          peer.money.payments.forgetReceipts(body.beforeMs, settleDone(resolve, reject));
          context.poke();
        });
        const page = peer.money.payments.receiptPage(PAGE_MAX);
        const receipts = page.receipts.map((view) => keptReceiptBody(peer, view));
        return { status: 200, json: { receipts, next: page.place ?? null } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/receipts/verify",
      summary: "Check a receipt, of anybody; one of a payment of yours under way ends it as paid",
      body: linkBody,
      bodyExample: { link: "peernet:receipt/…" },
      answers: "ReceiptBody",
      handle: ({ body }) => {
        const receipt = payments.parseReceiptLink(peer.suite, body.link);
        peer.money.payments.takeReceipt(receipt);
        context.poke();
        return { status: 200, json: receiptBody(peer, receipt) };
      },
    }),
  ];
}

/** Routes about requests, payments over several lines, and receipts. */
export function paymentRoutes(context: ApiContext): readonly Route[] {
  return [...requestRoutes(context), ...payingRoutes(context), ...receiptRoutes(context)];
}
