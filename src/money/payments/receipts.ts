import { toBase32 } from "../../base/base32.ts";
import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeLentCbor, schema } from "../../wire/index.ts";
import { MoneyError } from "../errors.ts";
import { INVOICE_BYTES_MAX, RECEIPTS_MAX } from "./limits.ts";
import { decodeReceipt, encodeReceipt, keptReceipt, keptTermsOf, type Receipt } from "./receipt.ts";
import type { PaymentId, ReceiptView } from "./types.ts";

/** Records of receipts. */
export const RECEIPT_PREFIX = "payments/receipt/";
const RECEIPT_BYTES_MAX = INVOICE_BYTES_MAX + 64;

const recordSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  o: schema.boolean,
  r: schema.bytes(1, RECEIPT_BYTES_MAX),
});

interface Kept {
  readonly bytes: Uint8Array;
  readonly atMs: number;
  readonly isOut: boolean;
}

/** Some receipts, newest first; `place` is where the next page begins, undefined at the end. */
export interface ReceiptPage {
  readonly receipts: readonly ReceiptView[];
  readonly place: string | undefined;
}

/** The receipts of this person: of what they paid, and of what was paid to them. */
export class Receipts {
  readonly #suite: CryptoSuite;
  readonly #kept = new Map<string, Kept>();

  readonly #own: PersonId | undefined;

  /** @param own whose they are: of payments to oneself there is no receipt */
  constructor(suite: CryptoSuite, own?: PersonId) {
    this.#suite = suite;
    this.#own = own;
  }

  get isFull(): boolean {
    return this.#kept.size >= RECEIPTS_MAX;
  }

  has(id: PaymentId, isOut: boolean): boolean {
    return this.#kept.has(keyOf(id, isOut));
  }

  /** The receipt of a payment of ours, or of one to us. */
  get(id: PaymentId): Receipt | undefined {
    const kept = this.#kept.get(keyOf(id, true)) ?? this.#kept.get(keyOf(id, false));
    return kept && decodeReceipt(this.#suite, kept.bytes);
  }

  /** What a payment of ours, or one to us, was for. */
  memoOf(id: PaymentId): string | undefined {
    const kept = this.#kept.get(keyOf(id, true)) ?? this.#kept.get(keyOf(id, false));
    return kept && keptTermsOf(this.#suite, kept.bytes).memo;
  }

  /** Takes in a record; false where it is damaged. */
  load(key: string, value: Uint8Array): boolean {
    try {
      const { a, o, r } = recordSchema(decodeCbor(value), "receipt");
      keptReceipt(this.#suite, r);
      this.#kept.set(key.slice(RECEIPT_PREFIX.length), { bytes: r, atMs: a, isOut: o });
      return true;
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      return false;
    }
  }

  /** Keeps a receipt. @returns what to write */
  add(receipt: Receipt, isOut: boolean, atMs: number): RecordWrite {
    const name = keyOf(toBase32(receipt.invoice.hash), isOut);
    // Debts cleared round a circle prove nothing to others, and there are many: what the payee
    // has kept goes once the payer, who is the same, is done.
    if (isOut && receipt.invoice.payee === this.#own) {
      const incoming = keyOf(toBase32(receipt.invoice.hash), false);
      this.#kept.delete(incoming);
      return { key: RECEIPT_PREFIX + incoming, value: null };
    }
    const bytes = encodeReceipt(receipt);
    this.#kept.set(name, { bytes, atMs, isOut });
    return {
      key: RECEIPT_PREFIX + name,
      value: encodeLentCbor({ v: 1, a: atMs, o: isOut, r: bytes }),
    };
  }

  /** Forgets those kept before a time. @returns what to write */
  forget(beforeMs: number): readonly RecordWrite[] {
    const gone = [...this.#kept].filter(([, { atMs }]) => atMs < beforeMs);
    for (const [name] of gone) this.#kept.delete(name);
    return gone.map(([name]) => ({ key: RECEIPT_PREFIX + name, value: null }));
  }

  /** All of them, newest first; each is read when it is asked for. */
  *all(): Iterable<ReceiptView> {
    for (const { view } of this.#sorted()) yield view();
  }

  /**
   * The newest ones, or those that are older than one of them.
   * @param limit at most so many @param after `place` of the page before
   * @throws MoneyError("not-found") where the place is no longer known
   */
  page(limit: number, after?: string): ReceiptPage {
    const sorted = this.#sorted();
    const from = after === undefined ? 0 : sorted.findIndex(({ name }) => name === after) + 1;
    if (after !== undefined && from === 0) {
      throw new MoneyError("not-found", "That receipt was removed meanwhile. Begin again.");
    }
    const found = sorted.slice(from, from + limit);
    const place = from + limit < sorted.length ? found.at(-1)?.name : undefined;
    return { receipts: found.map(({ view }) => view()), place };
  }

  #sorted(): readonly { readonly name: string; readonly view: () => ReceiptView }[] {
    const newestFirst = [...this.#kept].sort(
      ([one, a], [other, b]) => b.atMs - a.atMs || (one < other ? -1 : 1),
    );
    return newestFirst.map(([name, kept]) => ({ name, view: () => this.#view(kept) }));
  }

  #view({ atMs, bytes, isOut }: Kept): ReceiptView {
    const { amount, currency, hash, link, memo, payee } = keptReceipt(this.#suite, bytes);
    const direction = isOut ? "out" : "in";
    return { id: toBase32(hash), direction, payee, currency, amount, memo, atMs, link };
  }
}

function keyOf(id: PaymentId, isOut: boolean): string {
  return `${id}/${isOut ? "out" : "in"}`;
}
