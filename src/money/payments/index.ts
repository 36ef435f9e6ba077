export type { ExchangeCost } from "./exchange-router.ts";
export {
  type Invoice,
  invoiceLink,
  isInvoiceLink,
  parseInvoiceLink,
  paymentIdOf,
  type RouteHint,
} from "./invoice.ts";
export * as limits from "./limits.ts";
export { selectorOf } from "./lock-key.ts";
export { isPaymentMessage } from "./messages.ts";
export { hintsOf, NearRouter } from "./near-router.ts";
export type { CurrencyDefinitions, PaymentsEvents, PaymentsOptions } from "./options.ts";
export type { InvoiceWish } from "./payee.ts";
export { Payments } from "./payments.ts";
export { decodeQuote, exchanged, neededFor, type Quote, type Rate } from "./rate.ts";
export type { RateTerms } from "./rate-record.ts";
export type { Offer } from "./rates.ts";
export { parseReceiptLink, type Receipt, receiptLink } from "./receipt.ts";
export type * from "./router.ts";
export { SimplePlan } from "./simple-plan.ts";
export type * from "./types.ts";
