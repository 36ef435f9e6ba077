import { toBase32 } from "../../base/base32.ts";
import { equalBytes } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { MoneyError } from "../errors.ts";
import { bytesOfLink, decodeInvoice, HASH_BYTES, type Invoice, keptTerms } from "./invoice.ts";
import { INVOICE_BYTES_MAX } from "./limits.ts";

const PREFIX = "peernet:receipt/";

const receiptSchema = schema.record({
  v: schema.literal(1),
  i: schema.bytes(1, INVOICE_BYTES_MAX),
  p: schema.bytes(HASH_BYTES),
});

/** Proof that an invoice was paid: what the payee signed, and what the payee shows only when paid. */
export interface Receipt {
  readonly invoice: Invoice;
  readonly preimage: Uint8Array;
}

/** Canonical bytes of a receipt. */
export function encodeReceipt({ invoice, preimage }: Receipt): Uint8Array {
  return encodeCbor({ v: 1, i: invoice.bytes, p: preimage });
}

/**
 * Reads a receipt and checks it: the payee's signature under the invoice, and that the preimage is
 * the one that the invoice names. Needs nobody's help.
 * @throws MoneyError("bad-invoice")
 */
export function decodeReceipt(suite: CryptoSuite, bytes: Uint8Array): Receipt {
  try {
    const { i, p } = receiptSchema(decodeCbor(bytes), "receipt");
    const invoice = decodeInvoice(suite, i);
    if (!equalBytes(suite.sha256(p), invoice.hash)) throw notProven();
    return { invoice, preimage: p };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw notProven(cause);
  }
}

/** What a receipt says, without checking it: for bytes that were checked before they were kept. */
export function keptReceipt(
  suite: CryptoSuite,
  bytes: Uint8Array,
): ReturnType<typeof keptTerms> & { readonly link: string } {
  return { ...keptTermsOf(suite, bytes), link: PREFIX + toBase32(bytes) };
}

/** The same without the link, which takes longer to make than all else. */
export function keptTermsOf(suite: CryptoSuite, bytes: Uint8Array): ReturnType<typeof keptTerms> {
  return keptTerms(suite, receiptSchema(decodeCbor(bytes), "receipt").i);
}

/** A receipt as a link. */
export function receiptLink(receipt: Receipt): string {
  return PREFIX + toBase32(encodeReceipt(receipt));
}

/**
 * The receipt behind a link, checked.
 * @throws MoneyError("bad-invoice")
 */
export function parseReceiptLink(suite: CryptoSuite, link: string): Receipt {
  const bytes = bytesOfLink(PREFIX, link);
  if (bytes === undefined) throw notProven();
  return decodeReceipt(suite, bytes);
}

function notProven(cause?: unknown): MoneyError {
  return new MoneyError(
    "bad-invoice",
    "This receipt proves nothing: it is not whole or was altered. Ask for it again, and copy it from 'peernet:receipt/' to its end.",
    { cause },
  );
}
