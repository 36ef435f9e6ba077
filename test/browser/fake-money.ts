import type {
  CurrencyBody,
  InvoiceBody,
  LineBody,
  PaymentBody,
  RateBody,
  ReceiptBody,
  StatementEntryBody,
} from "../../src/api/contract-money.ts";
import { ApiError } from "../../src/api/errors.ts";
import type { EventHub } from "../../src/api/event-hub.ts";
import { type Route, route } from "../../src/api/route.ts";
import { formatAmount, parseAmount } from "../../src/money/index.ts";
import { schema } from "../../src/wire/index.ts";
import { idOf } from "./fake-data.ts";
import { choiceRoutes } from "./fake-rates.ts";
import { NOW_MS } from "./fake-time.ts";

/** What the fake peer answers about money. */
export interface FakeMoney {
  currencies: CurrencyBody[];
  lines: LineBody[];
  entries: StatementEntryBody[];
  invoices: InvoiceBody[];
  payments: PaymentBody[];
  receipts: ReceiptBody[];
  /** Receipts behind the newest ones. */
  olderReceipts: ReceiptBody[];
  rates: RateBody[];
  isClearing: boolean;
  answersRequests: boolean;
  /** What a link that is read says. */
  asked: InvoiceBody;
  /** What was done, in words. */
  readonly done: string[];
}

/** Links of a made-up request and receipt. */
export const PAY_LINK: string = `peernet:pay/${idOf(6000)}${idOf(6001)}${idOf(6002)}${idOf(6003)}`;
/** See PAY_LINK. */
export const RECEIPT_LINK: string = `peernet:receipt/${idOf(6100)}${idOf(6101)}`;

const HOURS: CurrencyBody = {
  ...{ id: idOf(6200), name: "Kilburn hours", unit: "hour", decimals: 2, issuer: "you" },
  ...{ person: idOf(999), group: null, title: "Kilburn hours, by you" },
  lookalikes: ["Kilburn һours, by Jonas (abc234)"],
  alike: [{ id: "abc234", name: "Kilburn һours", issuer: "Jonas", person: idOf(3) }],
};

const LOAVES: CurrencyBody = {
  ...{ id: idOf(6201), name: "Loaves", unit: "loaf", decimals: 0, issuer: "Miriam" },
  ...{ person: idOf(1001), group: "0a".repeat(16), title: "Loaves, by Miriam" },
  ...{ lookalikes: [], alike: [] },
};

function lineOf(index: number, who: string, person: number, change: Partial<LineBody>): LineBody {
  return {
    ...{ id: idOf(6300 + index), with: who, person: idOf(1000 + person), currency: HOURS },
    ...{ state: "open", waitsFor: null, balance: "12.50", theyMayOwe: "50.00" },
    ...{ youMayOwe: "20.00", lockedOut: "0.00", lockedIn: "0.00", canPay: "32.50" },
    ...{
      isInReach: true,
      unconfirmed: 0,
      trouble: null,
      troubleCode: null,
      hasProof: false,
      isElsewhere: false,
    },
    isHidden: false,
    ...change,
  };
}

const ENTRIES: readonly (readonly [Partial<StatementEntryBody>, string])[] = [
  [{ what: "limit", by: "you", amount: "50.00" }, "0.00"],
  [{ what: "limit", amount: "20.00" }, "0.00"],
  [{ amount: "15.00", memo: "roof of the shed" }, "15.00"],
  [{ by: "you", amount: "-5.00", memo: "bread" }, "10.00"],
  [{ what: "taken", amount: "2.50" }, "12.50"],
];

/** Money of somebody with lines, or of somebody who has none yet. */
export function fakeMoney(isEmpty: boolean): FakeMoney {
  const asked: InvoiceBody = {
    ...{ id: idOf(6000), link: PAY_LINK, payee: "Miriam", person: idOf(1001), amount: "4.00" },
    ...{ currency: HOURS, memo: "jam", expiresAtMs: 4_000_000_000_000, state: "other" },
    held: "0.00",
  };
  if (isEmpty) {
    const none = { currencies: [], lines: [], entries: [], invoices: [], payments: [] };
    const off = { olderReceipts: [], rates: [], isClearing: true, answersRequests: true };
    return { ...none, ...off, receipts: [], asked, done: [] };
  }
  return {
    currencies: [HOURS, LOAVES],
    lines: [
      lineOf(0, "Anna", 0, {}),
      lineOf(1, "Jonas", 2, {
        ...{ balance: "-18.00", canPay: "2.00", isInReach: false, unconfirmed: 1 },
      }),
      lineOf(2, "Miriam", 1, {
        ...{ currency: LOAVES, state: "offered", waitsFor: "you", balance: "0" },
        ...{ theyMayOwe: "0", youMayOwe: "30", lockedOut: "0", lockedIn: "0", canPay: "0" },
      }),
    ],
    entries: ENTRIES.map(([change, balance], at) => ({
      ...{ atMs: NOW_MS - (ENTRIES.length - at) * 86_400_000, by: "them", what: "paid" },
      ...{ amount: "0.00", memo: "", balance },
      ...change,
    })),
    invoices: [{ ...asked, id: idOf(6010), payee: "you", person: idOf(999), state: "open" }],
    payments: [
      {
        ...{ id: idOf(6020), payee: "Oma", person: idOf(1003), amount: "3.00", currency: HOURS },
        ...{ memo: "eggs", state: "locked", why: "It is locked on the way.", reason: null },
        ...{ begunAtMs: NOW_MS - 7_200_000, spend: null },
        parts: [{ over: "Anna", amount: "3.00", state: "locked" }],
      },
      {
        ...{ id: idOf(6021), payee: idOf(1700), person: idOf(1700), amount: "900.00" },
        ...{ currency: HOURS, memo: "", state: "failed", why: "No way.", reason: "no-route" },
        ...{ begunAtMs: NOW_MS - 9_200_000, parts: [], spend: null },
      },
    ],
    receipts: [
      {
        ...{ id: idOf(6030), direction: "out", payee: "Miriam", person: idOf(1001) },
        ...{ amount: "7.25", currency: HOURS, memo: "choir scores", atMs: NOW_MS - 86_400_000 },
        link: RECEIPT_LINK,
      },
    ],
    olderReceipts: [],
    rates: [
      {
        ...{ by: "you", isYours: true, give: "4", giveCurrency: LOAVES, get: "1.00" },
        ...{ getCurrency: HOURS, expiresAtMs: NOW_MS + 86_400_000 },
      },
      {
        ...{ by: "Miriam", isYours: false, give: "2.00", giveCurrency: HOURS, get: "9" },
        ...{ getCurrency: LOAVES, expiresAtMs: NOW_MS + 86_400_000 },
      },
    ],
    ...{ isClearing: true, answersRequests: true, asked, done: [] },
  };
}

const word = schema.text(300);
const lineBody = schema.record({ with: word, currency: word, limit: word });
const limitBody = schema.record({ limit: word });
const payBody = schema.record({ to: word, currency: word, amount: word, memo: word });
const askBody = schema.record({
  ...{ amount: word, currency: word, memo: word },
  hours: schema.optional(schema.integer(1, 8_760)),
});
const issueBody = schema.record({
  ...{ name: word, unit: word, decimals: schema.integer(0, 6) },
  group: schema.optional(word),
});
const payLinkBody = schema.record({
  link: schema.text(4_096),
  ...{ currency: schema.optional(word), atMost: schema.optional(word) },
});
const hiddenBody = schema.record({ hidden: schema.boolean });
const linkBody = schema.record({ link: schema.text(4_096) });

/** The calls about money of a fake peer; amounts are read as strictly as the real one reads them. */
export function moneyRoutes(money: FakeMoney, hub: EventHub): readonly Route[] {
  return [
    ...viewRoutes(money),
    ...lineRoutes(money, hub),
    ...payingRoutes(money, hub),
    ...requestRoutes(money, hub),
    ...choiceRoutes(money),
  ];
}

function viewRoutes(money: FakeMoney): readonly Route[] {
  const view = (path: string, answers: string, json: () => unknown): Route =>
    route({
      ...{ method: "GET", path, summary: answers, answers },
      handle: () => ({ status: 200, json: json() }),
    });
  return [
    view("/v1/money/currencies", "CurrenciesBody", () => ({ currencies: money.currencies })),
    view("/v1/money/lines", "LinesBody", () => ({ lines: money.lines })),
    view("/v1/money/requests", "InvoicesBody", () => ({ requests: money.invoices })),
    view("/v1/money/payments", "PaymentsBody", () => ({ payments: money.payments })),
    route({
      ...{ method: "GET", path: "/v1/money/receipts", summary: "Receipts" },
      answers: "ReceiptsBody",
      handle: ({ query }) => {
        if (query.get("after") !== null) {
          return { status: 200, json: { receipts: money.olderReceipts, next: null } };
        }
        const next = money.olderReceipts.length === 0 ? null : "place";
        return { status: 200, json: { receipts: money.receipts, next } };
      },
    }),
    route({
      ...{ method: "GET", path: "/v1/money/lines/{line}/statement", summary: "Statement" },
      answers: "StatementBody",
      handle: ({ path, query }) => {
        const limit = Number(query.get("limit") ?? "1000");
        const line = named(money, path["line"]);
        const entries = line.currency.decimals === 2 ? money.entries.slice(-limit) : [];
        return { status: 200, json: { line, entries } };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/lines/{line}/account", summary: "Sign" },
      answers: "LineBody",
      handle: ({ path }) => ({ status: 202, json: named(money, path["line"]) }),
    }),
    route({
      ...{ method: "GET", path: "/v1/money/lines/{line}/account", summary: "Signed" },
      answers: "AccountBody",
      handle: () => {
        throw new ApiError("not-found", "Nothing is signed yet.");
      },
    }),
  ];
}

function named(money: FakeMoney, id: string | undefined): LineBody {
  const found = money.lines.find((line) => line.id === id);
  if (found === undefined) throw new ApiError("not-found", "There is no such line.");
  return found;
}

function put(money: FakeMoney, hub: EventHub, line: LineBody): LineBody {
  money.lines = [...money.lines.filter(({ id }) => id !== line.id), line];
  hub.emit("line-changed", { id: line.id });
  return line;
}

function lineRoutes(money: FakeMoney, hub: EventHub): readonly Route[] {
  const change = (path: string, method: "PUT" | "POST", words: string, next: Partial<LineBody>) =>
    route({
      ...{ method, path, summary: words, answers: "LineBody" },
      handle: (asked) => {
        const line = named(money, asked.path["line"]);
        money.done.push(`${words} ${line.with}`);
        return { status: 200, json: put(money, hub, { ...line, ...next }) };
      },
    });
  return [
    route({
      ...{ method: "POST", path: "/v1/money/lines", summary: "Begin", body: lineBody },
      answers: "LineBody",
      handle: ({ body }) => {
        const offered = money.lines.find(
          ({ person, currency }) => person === body.with && currency.id === body.currency,
        );
        const currency = money.currencies.find(({ id }) => id === body.currency) ?? HOURS;
        parseAmount(body.limit, currency.decimals, true);
        money.done.push(`${offered === undefined ? "offer" : "accept"} ${body.limit}`);
        const state = offered === undefined ? "offered" : "open";
        const waitsFor = offered === undefined ? "them" : null;
        const none = { balance: "0", youMayOwe: "0", canPay: "0", lockedIn: "0", lockedOut: "0" };
        const made = lineOf(9, "Anna", 0, { currency, ...none });
        const line = { ...(offered ?? made), state, waitsFor, theyMayOwe: body.limit } as const;
        return { status: 201, json: put(money, hub, line) };
      },
    }),
    route({
      ...{ method: "PUT", path: "/v1/money/lines/{line}", summary: "Limit", body: limitBody },
      answers: "LineBody",
      handle: ({ path, body }) => {
        const line = named(money, path["line"]);
        parseAmount(body.limit, line.currency.decimals, true);
        money.done.push(`limit ${body.limit}`);
        return { status: 200, json: put(money, hub, { ...line, theyMayOwe: body.limit }) };
      },
    }),
    route({
      ...{ method: "PUT", path: "/v1/money/lines/{line}/hidden", summary: "Hide" },
      ...{ body: hiddenBody, answers: "LineBody" },
      handle: ({ path, body: { hidden } }) => {
        const line = named(money, path["line"]);
        money.done.push(hidden ? "hide" : "unhide");
        return { status: 200, json: put(money, hub, { ...line, isHidden: hidden }) };
      },
    }),
    change("/v1/money/lines/{line}/close", "POST", "close", { state: "closing", waitsFor: null }),
    change("/v1/money/lines/{line}/takeover", "POST", "takeover", { isElsewhere: false }),
  ];
}

function payingRoutes(money: FakeMoney, hub: EventHub): readonly Route[] {
  return [
    route({
      ...{ method: "POST", path: "/v1/money/payments", summary: "Pay", body: payBody },
      answers: "PaidBody",
      handle: ({ body }) => {
        const line = money.lines.find(({ person }) => person === body.to);
        if (line === undefined) throw new ApiError("not-found", "You have no line with them.");
        const { decimals } = line.currency;
        const units = parseAmount(body.amount, decimals);
        money.done.push(`pay ${body.amount} ${body.memo}`);
        const balance = formatAmount(Math.round(Number(line.balance) * 100) - units, decimals);
        money.entries = [
          ...money.entries,
          {
            ...{ atMs: NOW_MS, by: "you", what: "paid", memo: body.memo, balance },
            amount: formatAmount(-units, decimals),
          },
        ];
        return {
          status: 201,
          json: { paid: body.amount, line: put(money, hub, { ...line, balance }) },
        };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/requests/pay", summary: "Pay", body: payLinkBody },
      answers: "PaymentBody",
      handle: ({ body }) => {
        const { payee, person, amount, currency, memo, id } = money.asked;
        const payment: PaymentBody = {
          ...{ id, payee, person, amount, currency, memo, state: "routing", why: null },
          ...{ reason: null, begunAtMs: NOW_MS, parts: [], spend: null },
        };
        money.payments = [payment, ...money.payments];
        const spend = body.currency === undefined ? "" : ` at most ${body.atMost}`;
        money.done.push(`pay link${spend}`);
        return { status: 202, json: payment };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/payments/{id}/give-up", summary: "Give up" },
      answers: "PaymentBody",
      handle: ({ path }) => {
        money.payments = money.payments.map((one) =>
          one.id === path["id"] ? { ...one, state: "letting-go" } : one,
        );
        money.done.push("give up");
        return { status: 202, json: money.payments.find(({ id }) => id === path["id"]) };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/receipts/verify", summary: "Verify", body: linkBody },
      answers: "ReceiptBody",
      handle: ({ body }) => {
        const [receipt] = money.receipts;
        if (body.link.trim() === receipt?.link) return { status: 200, json: receipt };
        throw new ApiError("bad-request", "This receipt was altered. Copy it again.");
      },
    }),
  ];
}

function requestRoutes(money: FakeMoney, hub: EventHub): readonly Route[] {
  return [
    route({
      ...{ method: "POST", path: "/v1/money/requests", summary: "Ask", body: askBody },
      answers: "InvoiceBody",
      handle: ({ body }) => {
        const currency = money.currencies.find(({ id }) => id === body.currency) ?? HOURS;
        const amount = formatAmount(parseAmount(body.amount, currency.decimals), currency.decimals);
        const made: InvoiceBody = {
          ...{ ...money.asked, id: idOf(6040), payee: "you", person: idOf(999), currency },
          ...{ amount, memo: body.memo, state: "open", held: formatAmount(0, currency.decimals) },
        };
        money.invoices = [made, ...money.invoices];
        money.done.push(`ask ${body.amount} ${body.memo} ${body.hours}`);
        return { status: 201, json: made };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/requests/read", summary: "Read", body: linkBody },
      answers: "InvoiceBody",
      handle: ({ body }) => {
        if (body.link.toLowerCase() === PAY_LINK) return { status: 200, json: money.asked };
        throw new ApiError("bad-request", "This request was altered. Copy the link again.");
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/requests/{id}/withdraw", summary: "Withdraw" },
      answers: "InvoicesBody",
      handle: ({ path }) => {
        money.invoices = money.invoices.filter(({ id }) => id !== path["id"]);
        money.done.push("withdraw");
        return { status: 200, json: { requests: money.invoices } };
      },
    }),
    route({
      ...{ method: "POST", path: "/v1/money/currencies", summary: "Issue", body: issueBody },
      answers: "CurrencyBody",
      handle: ({ body }) => {
        if (/\d/.test(body.unit)) throw new ApiError("bad-request", "A unit is one word.");
        const made = { ...HOURS, ...body, id: idOf(6050), group: body.group ?? null };
        money.currencies = [...money.currencies, { ...made, lookalikes: [], alike: [] }];
        money.done.push(`issue ${body.name} ${body.decimals} ${body.group ?? "-"}`);
        hub.emit("line-changed", { id: "" });
        return { status: 201, json: made };
      },
    }),
  ];
}
