import { MoneyError } from "../errors.ts";
import type { LineId } from "../line-desk.ts";
import type { InvoiceRecord } from "./invoice-record.ts";
import { INVOICES_FORGOTTEN_AT_ONCE, INVOICES_MAX, INVOICES_OPEN_MAX } from "./limits.ts";
import type { PaymentId } from "./types.ts";

/** Something that is locked for an invoice. */
export interface HeldPart {
  readonly line: LineId;
  readonly lockId: Uint8Array;
  readonly amount: number;
}

/** An invoice of ours. */
export interface OwnInvoice {
  record: InvoiceRecord;
  /** Locked for it and not taken yet. */
  readonly held: Set<HeldPart>;
  /** Taken, but not all of it is on disk yet. */
  taking: number;
}

/**
 * Which invoices to forget so that one more has room: the oldest that are over, some at a time.
 * @throws MoneyError("full") where too many are open, or none of those remembered may be forgotten
 */
export function idsToForget(
  invoices: ReadonlyMap<PaymentId, OwnInvoice>,
  isOver: (own: OwnInvoice) => boolean,
): readonly PaymentId[] {
  if (invoices.size < INVOICES_OPEN_MAX) return [];
  let open = 0;
  const over: PaymentId[] = [];
  for (const [id, own] of invoices) {
    if (!isOver(own)) open++;
    else if (own.held.size === 0 && own.record.taken.length === 0) over.push(id);
  }
  const isFull = invoices.size >= INVOICES_MAX;
  if (open >= INVOICES_OPEN_MAX || (isFull && over.length === 0)) {
    throw new MoneyError("full", "Too many requests for money are open. Withdraw some first.");
  }
  return isFull ? over.slice(0, INVOICES_FORGOTTEN_AT_ONCE) : [];
}
