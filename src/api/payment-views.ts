import { type Currency, formatAmount, MoneyError, payments } from "../money/index.ts";
import type { Peer } from "../peer/index.ts";
import type { InvoiceBody, PaymentBody, ReceiptBody } from "./contract-money.ts";
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
  const known = peer.money.currencies.all().find(({ currency }) => currency.id === id);
  if (known !== undefined) return known.currency;
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
    amount: formatAmount(invoice.amount, currency.decimals),
    currency: currencyBody(peer, currency),
    memo: invoice.memo,
    expiresAtMs: invoice.expiresAtMs,
    state: own?.state ?? "other",
    held: formatAmount(own?.held ?? 0, currency.decimals),
  };
}

/** A payment as the API tells it. */
export function paymentBody(peer: Peer, view: payments.PaymentView): PaymentBody {
  const currency = currencyOf(peer, view.currency);
  const isHanging = view.state === "locked" || view.state === "letting-go";
  return {
    id: view.id,
    payee: nameOf(peer, view.payee),
    amount: formatAmount(view.amount, currency.decimals),
    currency: currencyBody(peer, currency),
    memo: view.memo,
    state: view.state,
    why: isHanging
      ? HANGS
      : view.why === undefined
        ? null
        : (WHY[view.why] ?? `Refused: ${view.why}.`),
    begunAtMs: view.begunAtMs,
    parts: view.parts.map(({ line, amount, state }) => ({
      over: nameOf(peer, peer.money.lines.line(line)?.partner ?? line),
      amount: formatAmount(amount, currency.decimals),
      state,
    })),
  };
}

/** A receipt as the API tells it. */
export function receiptBody(
  peer: Peer,
  { invoice, preimage }: payments.Receipt,
  kept?: Pick<payments.ReceiptView, "direction" | "atMs">,
): ReceiptBody {
  const known = peer.money.currencies
    .all()
    .find(({ currency }) => currency.id === invoice.currency);
  return {
    id: payments.paymentIdOf(invoice),
    direction: kept?.direction ?? "other",
    payee: nameOf(peer, invoice.payee),
    person: invoice.payee,
    amount: formatAmount(invoice.amount, known?.currency.decimals ?? 0),
    currency: known === undefined ? null : currencyBody(peer, known.currency),
    memo: invoice.memo,
    atMs: kept?.atMs ?? null,
    link: payments.receiptLink({ invoice, preimage }),
  };
}
