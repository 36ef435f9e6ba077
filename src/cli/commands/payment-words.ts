import {
  csv,
  type InvoiceBody,
  type PaymentBody,
  type ReceiptBody,
} from "../../api/client/index.ts";
import { inert, table } from "../output.ts";
import { amount } from "./money-words.ts";

const ID_CHARS = 8;

/** What somebody asks for, or pays, in words. */
export const sum = (text: string, { currency }: Pick<InvoiceBody, "currency">): string =>
  amount(text, currency);

/** Own requests as a table. */
export function requestTable(requests: readonly InvoiceBody[]): string {
  if (requests.length === 0) return "No request is open.";
  const rows = requests.map((one) => [
    one.id.slice(0, ID_CHARS),
    sum(one.amount, one),
    one.state,
    Number(one.held) > 0 ? `${one.held} locked for it` : "",
    inert(one.memo),
  ]);
  return table([["ID", "AMOUNT", "STATE", "", "MEMO"], ...rows]);
}

/** One payment in words: where it is, why, and over whom it leaves. */
export function paymentWords(payment: PaymentBody): string {
  const what = `${sum(payment.amount, payment)} to ${inert(payment.payee)}`;
  if (payment.state === "paid") {
    // Over a line with the payee it went over nobody.
    const others = payment.parts.map(({ over }) => over).filter((over) => over !== payment.payee);
    const over = [...new Set(others.map(inert))].join(", ");
    return `Paid: ${what}${over === "" ? "" : `, over ${over}`}. 'peernet receipts' has the proof.`;
  }
  if (payment.state === "failed") return `Not paid: ${what}. ${payment.why ?? ""}`.trimEnd();
  const parts = payment.parts.map(
    (part) => `${part.amount} over ${inert(part.over)}: ${part.state}`,
  );
  return [`On its way: ${what} (${payment.id.slice(0, ID_CHARS)})`, payment.why ?? "", ...parts]
    .filter(Boolean)
    .join("\n  ");
}

/** What a receipt proves. The amount in a currency that is not known here is in its smallest unit: nothing tells of which. */
export function genuineWords({ payee, person, amount: sum, currency, memo }: ReceiptBody): string {
  const who = payee === person ? `the person ${person}` : `${inert(payee)} (${person})`;
  const what =
    currency === null
      ? `${sum} of the smallest unit of a currency that this peer does not know`
      : amount(sum, currency);
  return `Genuine: ${who} was paid ${what}${memo === "" ? "" : ` for ${inert(memo)}`}.`;
}

/** A receipt as a row of a table. */
export function receiptRow(one: ReceiptBody): readonly string[] {
  const value =
    one.currency === null ? `${one.amount} smallest units` : amount(one.amount, one.currency);
  const at = one.atMs === null ? "" : new Date(one.atMs).toISOString().slice(0, 16);
  const way = { out: "paid to", in: "paid to you", other: "paid to" }[one.direction];
  const who = one.direction === "in" ? "" : inert(one.payee);
  return [one.id.slice(0, ID_CHARS), at, way, who, value, inert(one.memo)];
}

/** Receipts as CSV, with a line of names; what you paid has a minus sign. */
export function receiptsCsv(receipts: readonly ReceiptBody[]): string {
  const head = ["time", "direction", "payee", "amount", "currency", "memo", "id", "receipt"];
  const rows = receipts.map((one) => [
    one.atMs === null ? "" : new Date(one.atMs).toISOString(),
    one.direction,
    one.payee,
    one.direction === "out" ? `-${one.amount}` : one.amount,
    one.currency?.name ?? "",
    ...[one.memo, one.id, one.link],
  ]);
  return csv([head, ...rows]);
}
