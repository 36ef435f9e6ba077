import { type LineEntry, limits, MoneyError, parseAmount } from "../../money/index.ts";
import * as schema from "../../wire/schema.ts";
import { toBase64 } from "../base64.ts";
import type { ApiContext } from "../context.ts";
import type { AccountBody } from "../contract-money.ts";
import { ApiError } from "../errors.ts";
import { currencyBody, lineBody, statementBody } from "../money-views.ts";
import { type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";

const NAME_BYTES_MAX = 300;
const AMOUNT_BYTES_MAX = 64;
const MEMO_BYTES_MAX = 128;
const ENTRIES = 1_000;

const word = schema.text(NAME_BYTES_MAX);
const amountText = schema.text(AMOUNT_BYTES_MAX);
const newCurrency = schema.record({
  name: schema.text(NAME_BYTES_MAX),
  unit: schema.text(NAME_BYTES_MAX),
  decimals: schema.optional(schema.integer(0, 99)),
  group: schema.optional(word),
});
const newLine = schema.record({ with: word, currency: word, limit: amountText });
const limitBody = schema.record({ limit: amountText });
const payBody = schema.record({
  ...{ to: word, currency: word, amount: amountText },
  memo: schema.optional(schema.text(MEMO_BYTES_MAX)),
});

type Path = Readonly<Record<string, string>>;
type Done = (error: MoneyError | null) => void;

/** Currencies: issued here, or known by an offer. */
function currencyRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/money/currencies",
      summary: "Currencies that you issue, and those in which you were offered a line",
      answers: "CurrenciesBody",
      handle: () => {
        const all = peer.money.currencies.all();
        return {
          status: 200,
          json: { currencies: all.map(({ currency }) => currencyBody(peer, currency)) },
        };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/currencies",
      summary: "Issue a currency: a promise of yours, or of a group that you are in",
      body: newCurrency,
      bodyExample: { name: "Kilburn hours", unit: "hour", decimals: 2 },
      answers: "CurrencyBody",
      handle: async ({ body: { name, unit, decimals = 2, group } }) => {
        const groupId = group === undefined ? undefined : peer.groups.info(group).id;
        const made = await ask<Parameters<typeof currencyBody>[1]>((resolve, reject) => {
          peer.money.issue({ name, unit, decimals, group: groupId }, settle(resolve, reject));
          context.poke();
        });
        return { status: 201, json: currencyBody(peer, made) };
      },
    }),
  ];
}

/** What is done with lines, and with one of them. */
function lineRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/money/lines",
      summary: "Your lines: with whom, what is owed, how much may be",
      query: { with: "only with this contact", currency: "only the one in this currency" },
      answers: "LinesBody",
      handle: ({ query }) => {
        const text = query.get("with");
        const name = query.get("currency");
        const partner = text === null ? undefined : peer.contacts.resolve(text).personId;
        if (name !== null && partner !== undefined) {
          const line = peer.money.findLine(partner, name);
          return { status: 200, json: { lines: [lineBody(peer, line)] } };
        }
        const found = [...peer.money.lines.entries()].filter(
          (line) => partner === undefined || line.partner === partner,
        );
        return { status: 200, json: { lines: found.map((line) => lineBody(peer, line)) } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/money/lines",
      summary:
        "Offer somebody a line, or accept the one that they offer: how much they may owe you",
      body: newLine,
      bodyExample: { with: "ben", currency: "hours", limit: "50" },
      answers: "LineBody",
      handle: async ({ body }) => {
        const { personId, state } = peer.contacts.resolve(body.with);
        if (state !== "met") {
          throw new ApiError(
            "conflict",
            "You have not met yet: a line needs both of you as contacts.",
          );
        }
        const currency = peer.money.findCurrency(body.currency, personId);
        const limit = parseAmount(body.limit, currency.decimals, true);
        await ask<void>((resolve, reject) => {
          peer.money.lines.begin(personId, currency, limit, settleDone(resolve, reject));
          context.poke();
        });
        const line = peer.money.lineWith(personId, currency);
        if (line === undefined) throw new MoneyError("not-found", "The line is gone again.");
        return { status: 201, json: lineBody(peer, line) };
      },
    }),
  ];
}

function lineOf({ peer }: ApiContext, path: Path): LineEntry {
  return peer.money.lines.entry(path["line"] ?? "");
}

/** Does something with a line, and answers with what it is then. */
async function acted(
  context: ApiContext,
  line: LineEntry,
  act: (done: Done) => void,
): Promise<unknown> {
  await ask<void>((resolve, reject) => {
    act(settleDone(resolve, reject));
    context.poke();
  });
  return lineBody(context.peer, context.peer.money.lines.entry(line.id));
}

/** A route that does one thing with a line and wants no more words for it. */
function lineAct(
  context: ApiContext,
  what: string,
  summary: string,
  act: (line: string, done: Done) => void,
  status = 200,
): Route {
  return route({
    method: "POST",
    path: `/v1/money/lines/{line}/${what}`,
    ...{ summary, answers: "LineBody" },
    handle: async ({ path }) => {
      const line = lineOf(context, path);
      return { status, json: await acted(context, line, (done) => act(line.id, done)) };
    },
  });
}

/** What is done with one line. */
function oneLineRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "PUT",
      path: "/v1/money/lines/{line}",
      summary: "How much they may owe you from now on",
      body: limitBody,
      bodyExample: { limit: "80" },
      answers: "LineBody",
      handle: async ({ path, body }) => {
        const line = lineOf(context, path);
        const limit = parseAmount(body.limit, line.currency.decimals, true);
        const act = (done: Done): void => peer.money.lines.limit(line.id, limit, done);
        return { status: 200, json: await acted(context, line, act) };
      },
    }),
    lineAct(context, "close", "End a line, or say no to one that was offered", (id, done) =>
      peer.money.lines.close(id, done),
    ),
    lineAct(
      context,
      "takeover",
      "Write your half of a line with this device, because the one that did is lost",
      (id, done) => peer.money.lines.takeOver(id, done),
    ),
  ];
}

/** What shows what was paid. */
function bookRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/money/lines/{line}/statement",
      summary: "What happened on a line, oldest first",
      query: { limit: `the newest of so many entries, 1 to ${limits.ENTRIES_MAX} (${ENTRIES})` },
      answers: "StatementBody",
      handle: async ({ path, query }) => {
        const line = lineOf(context, path);
        const limit = limitIn(query.get("limit"));
        const entries = await ask<Parameters<typeof statementBody>[2]>((resolve, reject) => {
          peer.money.statement(line.id, limit, settle(resolve, reject));
          context.poke();
        });
        return { status: 200, json: statementBody(peer, line, entries) };
      },
    }),
    lineAct(
      context,
      "account",
      "Ask the partner to sign what the line says now; they do so by themselves when in reach",
      (id, done) => peer.money.lines.askAccount(id, done),
      202,
    ),
    route({
      method: "GET",
      path: "/v1/money/lines/{line}/account",
      summary: "What both sides have signed last, for anybody to check",
      answers: "AccountBody",
      handle: ({ path }) => {
        const { account } = lineOf(context, path);
        if (account === undefined) {
          throw new ApiError(
            "not-found",
            "Both of you have not signed an account of this line yet.",
          );
        }
        const json: AccountBody = {
          statement: toBase64(account.statement),
          keys: account.keys.map(toBase64),
          signatures: account.signatures.map(toBase64),
        };
        return { status: 200, json };
      },
    }),
    route({
      method: "GET",
      path: "/v1/money/lines/{line}/proof",
      summary: "The proof that the partner signed two stories, for anybody to check",
      answers: "ForkProofBody",
      handle: async ({ path }) => {
        const line = lineOf(context, path);
        const proof = await ask<Uint8Array>((resolve, reject) => {
          peer.money.forkProof(line.id, settle(resolve, reject));
          context.poke();
        });
        return { status: 200, json: { proof: toBase64(proof) } };
      },
    }),
  ];
}

/** The one way to pay somebody. */
function payRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "POST",
      path: "/v1/money/payments",
      summary: "Pay somebody",
      body: payBody,
      bodyExample: { to: "ben", currency: "hours", amount: "12.50", memo: "bread" },
      answers: "PaidBody",
      handle: async ({ body }) => {
        const { personId } = peer.contacts.resolve(body.to);
        const currency = peer.money.findCurrency(body.currency, personId);
        const amount = parseAmount(body.amount, currency.decimals);
        await ask<void>((resolve, reject) => {
          peer.money.pay(personId, currency, amount, body.memo ?? "", settleDone(resolve, reject));
          context.poke();
        });
        const line = peer.money.lineWith(personId, currency);
        if (line === undefined) throw new MoneyError("not-found", "The line is gone again.");
        const json = { paid: peer.money.words(amount, currency), line: lineBody(peer, line) };
        return { status: 201, json };
      },
    }),
  ];
}

function limitIn(text: string | null): number {
  if (text === null) return ENTRIES;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= limits.ENTRIES_MAX) return limit;
  throw new ApiError("bad-request", `limit is a number of 1 to ${limits.ENTRIES_MAX}.`);
}

/** Routes about money. */
export function moneyRoutes(context: ApiContext): readonly Route[] {
  return [
    ...currencyRoutes(context),
    ...lineRoutes(context),
    ...oneLineRoutes(context),
    ...bookRoutes(context),
    ...payRoutes(context),
  ];
}
