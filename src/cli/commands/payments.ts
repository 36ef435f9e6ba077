import type {
  ApiClient,
  InvoiceBody,
  MoneyClient,
  PaymentBody,
  ReceiptBody,
} from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { sayQr } from "../qr.ts";
import { typedOption } from "../words.ts";
import { amount } from "./money-words.ts";
import { followPayments } from "./payment-news.ts";
import { outcomeOf } from "./payment-outcome.ts";
import {
  genuineWords,
  paymentWords,
  receiptRow,
  receiptsCsv,
  requestTable,
  sum,
} from "./payment-words.ts";
import { connect, secondsOf, word } from "./shared.ts";

const POLL_MS = 200;
/** The one whose id begins so; `list` is the command that shows them. @throws CliError("usage") */
function named<T extends { readonly id: string }>(
  all: readonly T[],
  text: string,
  list: string,
): T {
  const found = all.filter(({ id }) => id.startsWith(text.toLowerCase()));
  const [one] = found;
  if (text !== "" && one !== undefined && found.length === 1) return one;
  const why =
    text === ""
      ? "Say which: type the beginning of its id."
      : `${found.length === 0 ? "No" : "More than one"} id begins with '${inert(text)}'.`;
  throw new CliError("usage", `${why} '${list}' shows them.`);
}

/** `peernet request` */
export const requestCommand: Command = {
  name: "request",
  usage: "<amount> <currency> [<memo> …] | list | withdraw <id> | automatic [on|off]",
  summary: "ask for money: a link and a code that anybody can pay, once",
  details:
    "  peernet request 12.50 hours bread\n  peernet request list\n  peernet request withdraw 3f2a\n  peernet request automatic off\n\n" +
    "Whoever has the link can pay it over lines that lead to you. You get all of it or nothing.\n" +
    "Contacts who want to pay you get a request by themselves, unless you turn that off. It shows the currency, the amount, who you are, and people you have lines with.",
  options: {
    hours: { type: "string", value: "N", help: "how long it is open, in hours (24)" },
    "no-qr": { type: "boolean", help: "print the link alone" },
  },
  positionals: [1, 40],
  run: async (context) => {
    const { money } = await connect(context);
    const { positionals } = context.arguments;
    if (word(context, 0) === "list") {
      const found = await money.requests();
      context.output.result(found, () => requestTable(found.requests));
    } else if (word(context, 0) === "withdraw") {
      const one = named(
        (await money.requests()).requests,
        word(context, 1),
        "peernet request list",
      );
      const found = await money.withdraw(one.id);
      context.output.result(found, () => "Withdrawn: it can no longer be paid.");
    } else if (word(context, 0) === "automatic") {
      await automatic(context, money);
    } else {
      if (positionals.length < 2)
        throw new CliError("usage", "Type: peernet request <amount> <currency>");
      await makeRequest(context, money);
    }
    return EXIT.ok;
  },
};

async function makeRequest(context: CommandContext, money: MoneyClient): Promise<void> {
  const hours = context.arguments.text("hours") ?? "24";
  if (!/^[1-9]\d{0,3}$/.test(hours) || Number(hours) > 8_760) {
    throw new CliError("usage", `--hours is a number of 1 to 8760, not '${hours}'.`);
  }
  const memo = context.arguments.positionals.slice(2).join(" ");
  const made = await money.request(word(context, 0), word(context, 1), memo, Number(hours));
  if (!context.output.json && !context.arguments.flag("no-qr")) {
    await sayQr(context.output, made.link.toUpperCase());
  }
  context.output.result(made, () => made.link);
  context.output.say(
    `Whoever pays this pays you ${sum(made.amount, made)}, once, within ${hours} hours: peernet pay <link>. 'peernet receipts' shows it when it is paid.`,
  );
}

/**
 * Pays the request behind a link, and waits a while for what comes of it.
 * @throws CliError("usage"), ClientError
 */
export async function payRequest(context: CommandContext, client: ApiClient): Promise<number> {
  const link = word(context, 0);
  const { money } = client;
  const asked = await money.readRequest(link);
  const spend = spendOf(context, asked);
  const owed = spend === undefined ? "that" : `at most ${spend.atMost} ${inert(spend.currency)}`;
  context.output.say(
    `${inert(asked.payee)} asks for ${sum(asked.amount, asked)}${asked.memo === "" ? "" : `: ${inert(asked.memo)}`}. You will owe ${owed} to a partner of yours, once the payee has all of it.`,
  );
  return follow(
    context,
    money,
    await money.payRequest(link, spend),
    spend === undefined ? exchangeWords(asked) : costlier(asked, spend.atMost),
  );
}

/** What it costs by the rates known here, where all of them want more than may be given. */
export function costlier(asked: Pick<InvoiceBody, "exchange">, atMost: string): string {
  const { exchange = [] } = asked;
  const isTooLittle = exchange.every(({ cost }) => Number(cost) > Number(atMost));
  return isTooLittle ? exchangeWords(asked) : "";
}

/**
 * Pays a contact over others: says what will happen and what it risks, and waits a while for what comes of it.
 * @throws CliError, ClientError
 */
export async function payOverOthers(
  context: CommandContext,
  money: MoneyClient,
  memo: string,
): Promise<number> {
  const who = inert(word(context, 0));
  const begun = await money.payOverOthers(
    word(context, 0),
    word(context, 2),
    word(context, 1),
    memo,
  );
  context.output.say(
    `${who} was asked for a request, which is paid over people in between: all of it or nothing, and nobody takes a part of it. You will owe it to partners of yours, within the limits that you have with them. If somebody on the way goes away meanwhile, it stays locked until they are back; it is never paid twice.`,
  );
  return follow(context, money, begun);
}

/** Waits for the end of a payment, as long as --wait says; `more`: what else can be done. @throws CliError("failed") */
async function follow(
  context: CommandContext,
  money: MoneyClient,
  begun: PaymentBody,
  more = "",
): Promise<number> {
  let payment = begun;
  const endMs = Date.now() + secondsOf(context, "wait", 30) * 1_000;
  while (payment.state !== "failed" && payment.state !== "paid" && Date.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    payment = await outcomeOf(money, payment);
  }
  // Why it failed is said once: with the error.
  const told = payment.state === "failed" ? { ...payment, why: null } : payment;
  context.output.result(payment, () => paymentWords(told));
  if (payment.state !== "failed") return EXIT.ok;
  const why = payment.why ?? "It failed, and nothing was paid.";
  throw new CliError("failed", why + more);
}

/** What else could be done: paying in another currency. */
function exchangeWords({ exchange = [] }: Pick<InvoiceBody, "exchange">): string {
  return exchange
    .map(
      ({ by, cost, currency }) =>
        ` By ${inert(by)}'s rate it costs ${amount(cost, currency)} at most: pay it so with ${typedOption("with", currency.name)} --at-most ${cost}.`,
    )
    .join("");
}

/** In which other currency it is to be paid, and for how much; undefined where nothing was said. @throws CliError("usage") */
function spendOf(
  context: CommandContext,
  asked: InvoiceBody,
): { readonly currency: string; readonly atMost: string } | undefined {
  const currency = context.arguments.text("with");
  const atMost = context.arguments.text("at-most");
  if (currency !== undefined && atMost !== undefined) return { currency, atMost };
  if (currency === undefined && atMost === undefined) return undefined;
  const known = exchangeWords(asked);
  const example = known === "" ? ", such as --with eggs --at-most 12." : `.${known}`;
  throw new CliError(
    "usage",
    `Say both: in which currency, and the most that it may cost${example}`,
  );
}

/** `peernet request automatic [on|off]` */
async function automatic(context: CommandContext, money: MoneyClient): Promise<void> {
  const wanted = word(context, 1);
  if (wanted !== "" && wanted !== "on" && wanted !== "off") {
    throw new CliError("usage", "Type: peernet request automatic [on|off]");
  }
  const said = await (wanted === "" ? money.automatic() : money.setAutomatic(wanted === "on"));
  context.output.result(said, () =>
    said.answers
      ? "Contacts who want to pay you get a request by themselves, in currencies in which you have lines and as far as your partners may owe you."
      : "Nobody gets a request by itself: contacts without a line with you have to ask you for one.",
  );
}

/** `peernet payments` */
export const paymentsCommand: Command = {
  name: "payments",
  usage: "[--follow] | give-up <id>",
  summary: "payments of requests that are under way, why, and what can be done",
  details:
    "  peernet payments\n  peernet payments --follow\n  peernet payments give-up 3f2a\n\n" +
    "--follow goes on telling what is paid to you and by you, what waits, and what of your lines changes, until Ctrl-C.",
  options: {
    follow: { type: "boolean", help: "go on telling what happens; with --json one line each" },
  },
  positionals: [0, 2],
  run: async (context) => {
    const client = await connect(context);
    const found = await client.money.payments();
    if (context.arguments.positionals.length === 0) {
      const isFollowing = context.arguments.flag("follow");
      if (!isFollowing || found.payments.length > 0) {
        context.output.result(found, () =>
          found.payments.length === 0
            ? "Nothing is under way."
            : found.payments.map(paymentWords).join("\n"),
        );
      }
      if (isFollowing) await followPayments(context, client);
      return EXIT.ok;
    }
    if (word(context, 0) !== "give-up") {
      throw new CliError("usage", "Type: peernet payments give-up <id>");
    }
    const given = await client.money.giveUp(
      named(found.payments, word(context, 1), "peernet payments").id,
    );
    context.output.result(given, () => paymentWords(given));
    return EXIT.ok;
  },
};

/** All receipts, page by page. */
async function allReceipts(money: MoneyClient): Promise<readonly ReceiptBody[]> {
  const all: ReceiptBody[] = [];
  let next: string | null = null;
  do {
    const page = await money.receipts(next);
    all.push(...page.receipts);
    next = page.next;
  } while (next !== null);
  return all;
}

/** Forgets old ones. @throws CliError("usage") */
async function forget(context: CommandContext, money: MoneyClient): Promise<void> {
  const text = context.arguments.text("before") ?? "";
  const beforeMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(beforeMs)) {
    throw new CliError(
      "usage",
      "Type: peernet receipts forget --before 2026-01-31. Export them first: their proofs are gone then.",
    );
  }
  const left = await money.forgetReceipts(beforeMs);
  context.output.result(left, () => `Receipts from before ${text} are forgotten.`);
}

/** `peernet receipts` */
export const receiptsCommand: Command = {
  name: "receipts",
  usage: "[--csv] | export <id> | verify <link> | forget --before <day>",
  summary: "proofs of what was paid by requests, for anybody to check",
  details:
    "  peernet receipts\n  peernet receipts --csv > receipts.csv       all of them, for your books; --json too\n" +
    "  peernet receipts export 3f2a > receipt.txt\n  peernet receipts verify peernet:receipt/…\n  peernet receipts forget --before 2026-01-31\n\n" +
    "A receipt shows that a request was paid: who asked signed it, and only who was paid could show the rest.\n" +
    "It does not show who paid.",
  options: {
    csv: { type: "boolean", help: "all as CSV (RFC 4180), for spreadsheets" },
    before: { type: "string", value: "DAY", help: "forget: those kept before this day (UTC)" },
  },
  positionals: [0, 2],
  run: async (context) => {
    const { money } = await connect(context);
    const act = word(context, 0);
    if (act === "verify") {
      const one = await money.verifyReceipt(word(context, 1));
      context.output.result(one, () => genuineWords(one));
    } else if (act === "forget") {
      await forget(context, money);
    } else if (act === "export") {
      const one = named(await allReceipts(money), word(context, 1), "peernet receipts");
      context.output.result(one, () => one.link);
    } else if (act === "") {
      const receipts = await allReceipts(money);
      const isCsv = context.arguments.flag("csv");
      context.output.result({ receipts, next: null }, () =>
        isCsv
          ? receiptsCsv(receipts)
          : receipts.length === 0
            ? "No receipt yet."
            : table(receipts.map(receiptRow)),
      );
    } else {
      throw new CliError("usage", "Type: peernet receipts, or with export, verify or forget");
    }
    return EXIT.ok;
  },
};
