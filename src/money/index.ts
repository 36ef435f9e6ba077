export { AMOUNT_MAX, isAmount } from "./amount.ts";
export type { Cleared } from "./clearing/clearing.ts";
export * as community from "./community/index.ts";
export { formatAmount, parseAmount } from "./currency/amounts.ts";
export type { CurrencyInfo } from "./currency/book.ts";
export {
  type Currency,
  type CurrencyTerms,
  makeCurrency,
  readCurrency,
} from "./currency/definition.ts";
export * as currencyLimits from "./currency/limits.ts";
export type { StatementEntry } from "./entries.ts";
export { MoneyError } from "./errors.ts";
export * as limits from "./limits.ts";
export type * from "./line-desk.ts";
export { LineEntry } from "./line-entry.ts";
export { LineRefusal, type LineTrouble } from "./line-refusal.ts";
export { Lines } from "./lines.ts";
export type { MoneyLoss } from "./losses.ts";
export type { MoneyPost } from "./mail/desk.ts";
export { Money, type MoneyDesk, type MoneyEvents } from "./money.ts";
export type { LinesOptions, MoneyPeople } from "./options.ts";
export * as payments from "./payments/index.ts";
