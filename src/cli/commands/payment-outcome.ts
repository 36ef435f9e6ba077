import type { MoneyClient, PaymentBody } from "../../api/client/index.ts";
import { CliError } from "../errors.ts";

/** What is asked to learn what became of a payment. */
type PaymentBooks = Pick<MoneyClient, "payments" | "receipts">;

/** What became of a payment: those that are paid are known by their receipt alone. @throws CliError("failed") */
export async function outcomeOf(money: PaymentBooks, payment: PaymentBody): Promise<PaymentBody> {
  const under = (await money.payments()).payments.find(({ id }) => id === payment.id);
  if (under !== undefined) return under;
  if (await hasReceipt(money, payment.id)) return { ...payment, state: "paid", why: null };
  throw new CliError(
    "failed",
    `The peer no longer knows this payment, and has no receipt of it: it was begun before the peer was stopped, and nothing was locked. 'peernet line show' tells what you owe.`,
  );
}

async function hasReceipt(money: PaymentBooks, id: string): Promise<boolean> {
  let page = await money.receipts();
  while (!page.receipts.some((one) => one.id === id && one.direction === "out")) {
    if (page.next === null) return false;
    page = await money.receipts(page.next);
  }
  return true;
}
