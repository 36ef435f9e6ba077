import { attempt } from "../../base/attempt.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeLentCbor, schema } from "../../wire/index.ts";
import type { LineId } from "../line-desk.ts";
import { decodeInvoice, HASH_BYTES, type Invoice } from "./invoice.ts";
import { INVOICE_BYTES_MAX, PARTS_MAX } from "./limits.ts";
import { LOCK_ID_BYTES } from "./messages.ts";

/** Records of invoices of ours that are not settled. */
export const INVOICE_PREFIX = "payments/invoice/";
const LINE_CHARS_MAX = 64;

/** A part that is taken: its lock must be taken again after a crash in between. */
export interface TakenPart {
  readonly line: LineId;
  readonly lockId: Uint8Array;
}

/** An invoice of ours as it is kept. */
export interface InvoiceRecord {
  readonly invoice: Invoice;
  readonly preimage: Uint8Array;
  readonly isWithdrawn: boolean;
  /** Once it is not empty, all of these are to be taken and nothing else. */
  readonly taken: readonly TakenPart[];
}

const recordSchema = schema.record({
  v: schema.literal(1),
  i: schema.bytes(1, INVOICE_BYTES_MAX),
  p: schema.bytes(HASH_BYTES),
  t: schema.list(
    schema.record({ i: schema.bytes(LOCK_ID_BYTES), l: schema.text(LINE_CHARS_MAX) }),
    PARTS_MAX,
  ),
  w: schema.boolean,
});

/** The write that keeps an invoice. */
export function invoiceWrite(id: string, record: InvoiceRecord): RecordWrite {
  const { invoice, preimage, isWithdrawn, taken } = record;
  const value = encodeLentCbor({
    v: 1,
    i: invoice.bytes,
    p: preimage,
    t: taken.map(({ line, lockId }) => ({ i: lockId, l: line })),
    w: isWithdrawn,
  });
  return { key: INVOICE_PREFIX + id, value };
}

/** The invoice of a record, or undefined where it is damaged. */
export function decodeInvoiceRecord(
  suite: CryptoSuite,
  value: Uint8Array,
): InvoiceRecord | undefined {
  return attempt(() => {
    const { i, p, t, w } = recordSchema(decodeCbor(value), "invoice");
    const taken = t.map((part) => ({ line: part.l, lockId: part.i }));
    return { invoice: decodeInvoice(suite, i), preimage: p, isWithdrawn: w, taken };
  }).value;
}
