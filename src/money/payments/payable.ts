import { MoneyError } from "../errors.ts";
import { type Invoice, paymentIdOf } from "./invoice.ts";
import { PAYMENTS_MAX } from "./limits.ts";
import type { PaymentsContext } from "./options.ts";
import type { Receipts } from "./receipts.ts";
import type { PaymentId } from "./types.ts";

/** @throws MoneyError where a request cannot be paid (any more) */
export function checkPayable(
  { clock, isRevoked }: PaymentsContext,
  receipts: Receipts,
  underWay: ReadonlyMap<PaymentId, unknown>,
  invoice: Invoice,
): void {
  const id = paymentIdOf(invoice);
  if (receipts.has(id, true)) {
    throw new MoneyError("exists", "This request is paid already: its receipt is among yours.");
  }
  if (underWay.has(id)) {
    throw new MoneyError("exists", "This request is being paid already.");
  }
  if (invoice.devices.some((device) => isRevoked(device, invoice.payee))) {
    throw new MoneyError(
      "bad-signature",
      "This request was signed by a device that its person has revoked. Ask for a new one.",
    );
  }
  if (clock.wallMs() > invoice.expiresAtMs) {
    throw new MoneyError("expired", "This request has expired. Ask the payee for a new one.");
  }
  if (underWay.size >= PAYMENTS_MAX) {
    throw new MoneyError("busy", "Too many payments are under way. Wait until some have ended.");
  }
  if (receipts.isFull) {
    throw new MoneyError("full", "There is no room for more receipts. Export and remove some.");
  }
}
