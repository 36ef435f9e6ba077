import { attempt } from "../../base/attempt.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeLentCbor, schema } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import type { LineId } from "../line-desk.ts";
import { decodeInvoice, type Invoice } from "./invoice.ts";
import { INVOICE_BYTES_MAX } from "./limits.ts";
import { lockKey } from "./lock-key.ts";
import { LOCK_ID_BYTES } from "./messages.ts";
import type { Spend } from "./router.ts";
import type { PaymentId } from "./types.ts";

/** Records of payments of ours that are under way. */
export const PAYMENT_PREFIX = "payments/pay/";
/** Records of what is locked for payments of ours. */
export const PART_PREFIX = "payments/part/";
const LINE_CHARS_MAX = 64;
const ID_CHARS_MAX = 64;
const CURRENCY_CHARS_MAX = 64;

/** A payment as it is kept: written with the first of its locks. */
export interface PaymentRecord {
  readonly invoice: Invoice;
  /** Wall-clock time, milliseconds since 1970. */
  readonly begunAtMs: number;
  /** Whether the payer gave it up. */
  readonly isGivenUp: boolean;
  /** Where it is paid in another currency than the one asked for. */
  readonly spend?: Spend;
}

/** A lock of a payment as it is kept: written with that lock. */
export interface PartRecord {
  readonly payment: PaymentId;
  readonly line: LineId;
  readonly lockId: Uint8Array;
  readonly amount: number;
  readonly delivers: number;
}

const paymentSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  g: schema.boolean,
  i: schema.bytes(1, INVOICE_BYTES_MAX),
  s: schema.optional(
    schema.record({ c: schema.text(CURRENCY_CHARS_MAX), m: schema.integer(1, AMOUNT_MAX) }),
  ),
});

const partSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(1, AMOUNT_MAX),
  d: schema.integer(1, AMOUNT_MAX),
  i: schema.bytes(LOCK_ID_BYTES),
  l: schema.text(LINE_CHARS_MAX),
  p: schema.text(ID_CHARS_MAX),
});

/** The write that keeps a payment. */
export function paymentWrite(id: PaymentId, record: PaymentRecord): RecordWrite {
  const { begunAtMs, invoice, isGivenUp, spend } = record;
  const more = spend === undefined ? {} : { s: { c: spend.currency, m: spend.atMost } };
  const value = encodeLentCbor({ v: 1, a: begunAtMs, g: isGivenUp, i: invoice.bytes, ...more });
  return { key: PAYMENT_PREFIX + id, value };
}

/** The write that keeps a part. */
export function partWrite({ payment, line, lockId, amount, delivers }: PartRecord): RecordWrite {
  const value = encodeLentCbor({ v: 1, a: amount, d: delivers, i: lockId, l: line, p: payment });
  return { key: PART_PREFIX + lockKey(line, lockId), value };
}

/** The write that forgets a part. */
export function partRemoval({ line, lockId }: Pick<PartRecord, "line" | "lockId">): RecordWrite {
  return { key: PART_PREFIX + lockKey(line, lockId), value: null };
}

/** The payment of a record, or undefined where it is damaged. */
export function decodePayment(suite: CryptoSuite, value: Uint8Array): PaymentRecord | undefined {
  return attempt(() => {
    const { a, g, i, s } = paymentSchema(decodeCbor(value), "payment");
    const spend = s === undefined ? {} : { spend: { currency: s.c, atMost: s.m } };
    return { invoice: decodeInvoice(suite, i), begunAtMs: a, isGivenUp: g, ...spend };
  }).value;
}

/** The part of a record, or undefined where it is damaged. */
export function decodePart(value: Uint8Array): PartRecord | undefined {
  return attempt(() => {
    const { a, d, i, l, p } = partSchema(decodeCbor(value), "part");
    return { payment: p, line: l, lockId: i, amount: a, delivers: d };
  }).value;
}
