import { toBase32 } from "../../base/base32.ts";
import { NO_BYTES } from "../../base/bytes.ts";
import type { LineId } from "../line-desk.ts";
import type { Invoice } from "./invoice.ts";
import { FAILED_KEPT_MAX, RESERVE_WAIT_MS } from "./limits.ts";
import type { PartRecord, PaymentRecord } from "./payment-record.ts";
import type { RoutePart, RoutePlan, Spend } from "./router.ts";
import type { PaymentId, PaymentState, PaymentView } from "./types.ts";

/** One part of a payment under way. */
export interface OwnPart {
  readonly payment: PaymentId;
  readonly line: LineId;
  readonly lockId: Uint8Array;
  readonly amount: number;
  readonly delivers: number;
  /** Its number in the plan. */
  readonly probe: number;
  /** Undefined where it was found on disk after a start. */
  readonly route: RoutePart | undefined;
  /** For those on the way, until a reservation has brought it to them. */
  onion: Uint8Array;
  readonly state: "reserving" | "reserved" | "preparing" | "locked";
  sinceMs: number;
}

/** A payment of ours under way. */
export interface OwnPayment {
  readonly id: PaymentId;
  record: PaymentRecord;
  readonly parts: Set<OwnPart>;
  /** Times that ways were looked for. */
  tries: number;
  /** The search for ways that is under way; "asked" until there is one. */
  plan: RoutePlan | "asked" | undefined;
  isPaid: boolean;
  why: PaymentView["why"];
  /** When something is to be done without being told: monotonic time. */
  dueMs: number;
}

/** A payment that begins. */
export function newPayment(invoice: Invoice, begunAtMs: number, spend?: Spend): OwnPayment {
  return {
    id: toBase32(invoice.hash),
    record: { invoice, begunAtMs, isGivenUp: false, ...(spend === undefined ? {} : { spend }) },
    parts: new Set(),
    tries: 0,
    plan: undefined,
    isPaid: false,
    why: undefined,
    dueMs: Number.POSITIVE_INFINITY,
  };
}

/** A part that was found on disk. */
export function foundPart(record: PartRecord, sinceMs: number): OwnPart {
  const unknown = { probe: -1, route: undefined, onion: NO_BYTES };
  return { ...record, ...unknown, state: "locked", sinceMs };
}

/** What the payee gets once all that is locked is taken. */
export function coveredBy(payment: OwnPayment): number {
  let sum = 0;
  for (const { delivers, state } of payment.parts.values()) {
    if (state === "preparing" || state === "locked") sum += delivers;
  }
  return sum;
}

/** Until when the next answer to a reservation is waited for; Infinity where none is. */
export function answerDueMs({ parts }: OwnPayment): number {
  let dueMs = Number.POSITIVE_INFINITY;
  for (const { sinceMs, state } of parts.values()) {
    if (state === "reserving") dueMs = Math.min(dueMs, sinceMs + RESERVE_WAIT_MS);
  }
  return dueMs;
}

/** What may still be spent, where a payment leaves in another currency than the one asked for. */
export function leftToSpend({ parts, record }: OwnPayment): Spend | undefined {
  const { spend } = record;
  if (spend === undefined) return undefined;
  let left = spend.atMost;
  for (const { amount, state } of parts.values()) {
    if (state === "preparing" || state === "locked") left -= amount;
  }
  return { ...spend, atMost: Math.max(0, left) };
}

/** Where a payment is, in one word. */
export function stateOf(payment: OwnPayment): PaymentState {
  if (payment.isPaid) return "paid";
  if (payment.record.isGivenUp) return payment.parts.size > 0 ? "letting-go" : "failed";
  for (const { state } of payment.parts.values()) {
    if (state === "reserving" || state === "reserved") return "reserving";
  }
  return coveredBy(payment) < payment.record.invoice.amount ? "routing" : "locked";
}

/** A payment for those who look on. */
export function paymentView(payment: OwnPayment): PaymentView {
  const { begunAtMs, invoice } = payment.record;
  const { amount, currency, memo, payee } = invoice;
  const parts = [...payment.parts.values()].map((part) => ({
    line: part.line,
    amount: part.amount,
    delivers: part.delivers,
    state: part.state === "preparing" ? ("locked" as const) : part.state,
    sinceMs: part.sinceMs,
  }));
  const { id, why } = payment;
  const { spend } = payment.record;
  const about = { id, payee, currency, amount, memo, why, begunAtMs, parts, spend };
  return { ...about, state: stateOf(payment) };
}

/** Keeps what failed a while longer, the newest FAILED_KEPT_MAX. */
export function remember(ended: Map<PaymentId, PaymentView>, view: PaymentView): void {
  ended.set(view.id, view);
  const [oldest] = ended.keys();
  if (ended.size > FAILED_KEPT_MAX && oldest !== undefined) ended.delete(oldest);
}
