import type { PersonId } from "../../identity/index.ts";
import type { CurrencyId, LineId } from "../line-desk.ts";
import type { Reason } from "./messages.ts";
import type { Spend } from "./router.ts";

/** Base32 of an invoice's hash lock: what a payment and its receipt are named by. */
export type PaymentId = string;

/** Where a payment of ours is. */
export type PaymentState = "routing" | "reserving" | "locked" | "letting-go" | "paid" | "failed";

/** One part of a payment, as the payer sees it. */
export interface PartView {
  readonly line: LineId;
  readonly amount: number;
  readonly delivers: number;
  readonly state: "reserving" | "reserved" | "locked";
  /** Monotonic time since when it is so. */
  readonly sinceMs: number;
}

/** A payment of ours. */
export interface PaymentView {
  readonly id: PaymentId;
  readonly payee: PersonId;
  readonly currency: CurrencyId;
  readonly amount: number;
  readonly memo: string;
  /** Where it leaves in another currency: which, and the most that it may cost. */
  readonly spend: Spend | undefined;
  readonly state: PaymentState;
  /** Why the last part was refused, or why it failed. */
  readonly why: Reason | "no-route" | "no-answer" | "asked" | undefined;
  /** Wall-clock time, milliseconds since 1970. */
  readonly begunAtMs: number;
  readonly parts: readonly PartView[];
}

/** An invoice of ours. */
export interface InvoiceView {
  readonly id: PaymentId;
  readonly currency: CurrencyId;
  readonly amount: number;
  readonly memo: string;
  readonly expiresAtMs: number;
  readonly state: "open" | "paid" | "withdrawn";
  /** What is locked for it so far. */
  readonly held: number;
  readonly link: string;
}

/** A receipt that is kept. */
export interface ReceiptView {
  readonly id: PaymentId;
  /** "out": we paid; "in": we were paid. */
  readonly direction: "out" | "in";
  readonly payee: PersonId;
  readonly currency: CurrencyId;
  readonly amount: number;
  readonly memo: string;
  /** Wall-clock time when it was kept, milliseconds since 1970. */
  readonly atMs: number;
  readonly link: string;
}
