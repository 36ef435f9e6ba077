import { type Currency, formatAmount, MoneyError, payments } from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import type {
  ClearingBody,
  ExchangeBody,
  InvoiceBody,
  PaymentBody,
  RateBody,
  ReceiptBody,
} from "./contract-money.ts";
import { currencyBody } from "./money-views.ts";

/** What each reason means to the payer, and what can be done. */
const WHY: Readonly<Record<string, string>> = {
  "no-route":
    "There is no way for that much: no chain of lines with enough room from you to them is known. 'peernet line list' shows yours; a smaller amount may go through, and so may the same once more people around have lines or are in reach.",
  limit:
    "The lines on the way have no room for that much. Ask for a smaller request, or a higher limit.",
  "no-line":
    "Somebody on the way does not pass it on: a line is gone, at rest, or hidden from others. Nothing was paid. Try again in some minutes, when those around have heard of it.",
  unreadable:
    "Somebody on the way could not read what is for them, as after they changed their device. Nothing was paid. Try again in some minutes.",
  busy: "Somebody on the way is busy, or out of reach. Try again later.",
  lapsed: "It took too long to ask everybody on the way. Try again.",
  "no-answer": "Somebody on the way did not answer. Try again later.",
  expired: "The request has expired. Ask the payee for a new one.",
  unknown: "The payee no longer knows this request. Ask for a new one.",
  paid: "The payee has been paid for this request already.",
  "let-go": "The payee has let go of it. Nothing was paid.",
  asked: "You gave it up. Nothing was paid, unless it says so.",
  rate: "Somebody on the way no longer exchanges at that rate. Try again.",
};

const HANGS =
  "It is locked on the way until the payee, or who is in between, is back. 'peernet payments give-up' asks them to let go; no time ends it.";

/** @throws MoneyError("bad-currency") where it is not known here */
function currencyOf(peer: Peer, id: string): Currency {
  const known = peer.money.currencies.get(id);
  if (known !== undefined) return known;
  throw new MoneyError(
    "bad-currency",
    "This is in a currency in which you have no line. Somebody has to offer you a line in it first.",
  );
}

function nameOf(peer: Peer, person: string): string {
  if (person === peer.identity.person.personId) return "you";
  return peer.contacts.byPerson(person)?.petname ?? person;
}

/** A request as the API tells it. @throws MoneyError("bad-currency") */
export function invoiceBody(
  peer: Peer,
  invoice: payments.Invoice,
  own?: payments.InvoiceView,
): InvoiceBody {
  const currency = currencyOf(peer, invoice.currency);
  return {
    id: payments.paymentIdOf(invoice),
    link: payments.invoiceLink(invoice),
    payee: nameOf(peer, invoice.payee),
    person: invoice.payee,
    amount: formatAmount(invoice.amount, currency.decimals),
    currency: currencyBody(peer, currency),
    memo: invoice.memo,
    expiresAtMs: invoice.expiresAtMs,
    state: own?.state ?? "other",
    held: formatAmount(own?.held ?? 0, currency.decimals),
  };
}

/** A request of ours as the API tells it: nothing of it has to be checked. */
export function ownInvoiceBody(peer: Peer, view: payments.InvoiceView): InvoiceBody {
  const currency = currencyOf(peer, view.currency);
  const { id, link, memo, expiresAtMs, state } = view;
  return {
    ...{ id, link, payee: "you", person: peer.identity.person.personId },
    ...{ memo, expiresAtMs, state },
    amount: formatAmount(view.amount, currency.decimals),
    currency: currencyBody(peer, currency),
    held: formatAmount(view.held, currency.decimals),
  };
}

/** A payment as the API tells it. */
export function paymentBody(peer: Peer, view: payments.PaymentView): PaymentBody {
  const currency = currencyOf(peer, view.currency);
  const isHanging = view.state === "locked" || view.state === "letting-go";
  return {
    id: view.id,
    payee: nameOf(peer, view.payee),
    person: view.payee,
    amount: formatAmount(view.amount, currency.decimals),
    currency: currencyBody(peer, currency),
    memo: view.memo,
    state: view.state,
    why: isHanging
      ? HANGS
      : view.why === undefined
        ? null
        : (WHY[view.why] ?? `Refused: ${view.why}.`),
    reason: view.why ?? null,
    begunAtMs: view.begunAtMs,
    spend: view.spend === undefined ? null : spendBody(peer, view.spend),
    parts: view.parts.map((part) => partBody(peer, part)),
  };
}

function spendBody(
  peer: Peer,
  { atMost, currency: id }: payments.Spend,
): NonNullable<PaymentBody["spend"]> {
  const currency = currencyOf(peer, id);
  return {
    currency: currencyBody(peer, currency),
    atMost: formatAmount(atMost, currency.decimals),
  };
}

function partBody(
  peer: Peer,
  { amount, line: id, state }: payments.PartView,
): PaymentBody["parts"][number] {
  const line = peer.money.lines.line(id);
  const decimals = peer.money.currencies.get(line?.currency ?? "")?.decimals ?? 0;
  const over = nameOf(peer, line?.partner ?? id);
  return { over, amount: formatAmount(amount, decimals), state };
}

/** What a request costs in other currencies, as the API tells it. */
export function exchangeBodies(peer: Peer, invoice: payments.Invoice): readonly ExchangeBody[] {
  return peer.money.payments.costs(invoice).map(({ cost, currency: id, offer }) => {
    const currency = currencyOf(peer, id);
    return {
      currency: currencyBody(peer, currency),
      cost: formatAmount(cost, currency.decimals),
      by: nameOf(peer, offer.quote.by),
    };
  });
}

/** Whether debts are cleared round circles, and which were, as the API tells it. */
export function clearingBody(peer: Peer): ClearingBody {
  const { cleared, isOn } = peer.money.clearing;
  return {
    isOn,
    cleared: cleared.map(({ amount, atMs, currency: id }) => {
      const currency = currencyOf(peer, id);
      const text = formatAmount(amount, currency.decimals);
      return { amount: text, currency: currencyBody(peer, currency), atMs };
    }),
  };
}

/** Rates that are quoted here and to us, as the API tells them; those in unknown currencies are left out. */
export function rateBodies(peer: Peer): readonly RateBody[] {
  const { rates } = peer.money.payments;
  const all = [...rates.own(), ...[...rates.offers()].map(({ quote }) => quote)];
  return all.flatMap(({ by, denominator, expiresAtMs, from, numerator, to }) => {
    const give = peer.money.currencies.get(from);
    const get = peer.money.currencies.get(to);
    if (give === undefined || get === undefined) return [];
    return [
      {
        ...{ by: nameOf(peer, by), isYours: by === peer.identity.person.personId, expiresAtMs },
        give: formatAmount(denominator, give.decimals),
        giveCurrency: currencyBody(peer, give),
        get: formatAmount(numerator, get.decimals),
        getCurrency: currencyBody(peer, get),
      },
    ];
  });
}

/** A receipt as the API tells it. */
export function receiptBody(peer: Peer, receipt: payments.Receipt): ReceiptBody {
  const { invoice } = receipt;
  const { amount, currency, memo, payee } = invoice;
  return bodyOf(peer, {
    ...{ amount, currency, memo, payee, id: payments.paymentIdOf(invoice) },
    ...{ direction: "other", atMs: null, link: payments.receiptLink(receipt) },
  });
}

/** A receipt that is kept here as the API tells it. */
export function keptReceiptBody(peer: Peer, view: payments.ReceiptView): ReceiptBody {
  return bodyOf(peer, view);
}

type Shown = Omit<payments.ReceiptView, "direction" | "atMs"> &
  Pick<ReceiptBody, "direction" | "atMs">;

function bodyOf(peer: Peer, shown: Shown): ReceiptBody {
  const { atMs, direction, id, link, memo, payee } = shown;
  const currency = peer.money.currencies.get(shown.currency);
  return {
    ...{ id, direction, memo, atMs, link, person: payee },
    payee: nameOf(peer, payee),
    amount: formatAmount(shown.amount, currency?.decimals ?? 0),
    currency: currency === undefined ? null : currencyBody(peer, currency),
  };
}
