import { fromBase32, toBase32 } from "../../base/base32.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { DiskError, RecordWrite, Timed } from "../../ports/index.ts";
import type { MoneyError } from "../errors.ts";
import type { CurrencyId, Done, LineEvents, LineId, LineView, Lock } from "../line-desk.ts";
import { diskError } from "./disk-error.ts";
import { type ExchangeCost, ExchangeRouter } from "./exchange-router.ts";
import { Hop } from "./hop.ts";
import { HOP_PREFIX } from "./hop-table.ts";
import { HASH_BYTES, type Invoice } from "./invoice.ts";
import { INVOICE_PREFIX } from "./invoice-record.ts";
import { TOLD_BURST, TOLD_PER_SECOND } from "./limits.ts";
import { Locker } from "./locker.ts";
import { decodePaymentMessage } from "./messages.ts";
import { OnionReader } from "./onion-reader.ts";
import type { PaymentsContext, PaymentsOptions } from "./options.ts";
import { type InvoiceWish, Payee } from "./payee.ts";
import { Payer } from "./payer.ts";
import { PART_PREFIX, PAYMENT_PREFIX } from "./payment-record.ts";
import { RATE_PREFIX } from "./rate-record.ts";
import { Rates } from "./rates.ts";
import type { Receipt } from "./receipt.ts";
import { RECEIPT_PREFIX, type ReceiptPage, Receipts } from "./receipts.ts";
import type { Spend } from "./router.ts";
import { Settler } from "./settler.ts";
import type { InvoiceView, PaymentId, PaymentView, ReceiptView } from "./types.ts";

const PREFIX = "payments/";
const TOLD_RATE = { perSecond: TOLD_PER_SECOND, burst: TOLD_BURST };

/**
 * Payments over several lines: this peer as payer, as payee, and in between. Is told by the lines
 * what happens (`LineEvents`) once `load` is done; the lines tell again what a crash left half done.
 */
export class Payments implements LineEvents, Timed {
  readonly #context: PaymentsContext;
  readonly #settler: Settler;
  readonly #locker: Locker;
  readonly #receipts: Receipts;
  readonly #payee: Payee;
  readonly #hop: Hop;
  readonly #payer: Payer;
  readonly #router: ExchangeRouter;
  /** What this person exchanges, and what partners do. */
  readonly rates: Rates;
  readonly #told = new Map<LineId, TokenBucket>();

  constructor(options: PaymentsOptions) {
    const reader = new OnionReader(options.suite, options.identity.dhKey);
    this.rates = new Rates(options);
    const { rates } = this;
    this.#router = new ExchangeRouter(options.router, options.desk, () => rates.offers());
    const exchange = rates.exchange.bind(rates);
    this.#context = { ...options, router: this.#router, reader, exchange };
    this.#settler = new Settler(options.desk, options.clock, options.log);
    this.#locker = new Locker(options.desk, options.clock);
    this.#receipts = new Receipts(options.suite, options.identity.person.personId);
    this.#payee = new Payee(this.#context, this.#settler, this.#receipts);
    this.#hop = new Hop(this.#context, this.#settler, this.#locker, this.#payee);
    this.#payer = new Payer(this.#context, this.#locker, this.#receipts, (line) =>
      this.#hop.reservedOn(line),
    );
  }

  /** Locks of others that are passed on now. */
  get passedOn(): number {
    return this.#hop.size;
  }

  /** Reads what is on disk and goes on with it: before the lines tell anything. */
  load(done: (error: DiskError | null) => void): void {
    this.#context.records.scan(PREFIX, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      for (const { key, value } of found) this.#loadOne(key, value);
      for (const { key, value } of found) {
        if (key.startsWith(PART_PREFIX) && !this.#payer.loadPart(value)) this.#damaged(key);
      }
      this.#begin();
      done(null);
    });
  }

  nextDeadlineMs(): number {
    return Math.min(
      this.#settler.nextDeadlineMs(),
      this.#locker.nextDeadlineMs(),
      this.#hop.nextDeadlineMs(),
      this.#payee.nextDeadlineMs(),
      this.#payer.nextDeadlineMs(),
      this.rates.nextDeadlineMs(),
    );
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    this.#settler.tick(nowMs);
    this.#locker.tick(nowMs);
    this.#hop.tick(nowMs);
    this.#payee.tick(nowMs);
    this.#payer.tick(nowMs);
    this.rates.tick(nowMs);
  }

  /** See `Payee.request`. */
  request(
    wish: InvoiceWish,
    done: (error: MoneyError | null, invoice: Invoice | null) => void,
  ): void {
    this.#payee.request(wish, done);
  }

  /** See `Payee.withdraw`. */
  withdraw(id: PaymentId, done: Done): void {
    this.#payee.withdraw(id, done);
  }

  /** See `Payee.currencyAsked`. */
  currencyAsked(proof: Uint8Array): CurrencyId | undefined {
    return this.#payee.currencyAsked(proof);
  }

  /** See `Payee.isAskedFor`. */
  isAskedFor(id: PaymentId): boolean {
    return this.#payee.isAskedFor(id);
  }

  invoices(): Iterable<InvoiceView> {
    return this.#payee.all();
  }

  invoice(id: PaymentId): InvoiceView | undefined {
    return this.#payee.get(id);
  }

  /**
   * See `Payer.pay`.
   * @param spend where it is to leave in another currency, by the rate of a partner @throws MoneyError
   */
  pay(invoice: Invoice, spend?: Spend): PaymentView {
    return this.#payer.pay(invoice, spend);
  }

  /** What an invoice costs at most in other currencies, by the rates of partners who have a line with the payee. */
  costs(invoice: Invoice): readonly ExchangeCost[] {
    return this.#router.costs({ ...invoice, payeeKey: invoice.dhKey });
  }

  /** See `Payer.giveUp`. */
  giveUp(id: PaymentId, done: Done): void {
    this.#payer.giveUp(id, done);
  }

  payments(): Iterable<PaymentView> {
    return this.#payer.all();
  }

  payment(id: PaymentId): PaymentView | undefined {
    return this.#payer.get(id);
  }

  receipts(): Iterable<ReceiptView> {
    return this.#receipts.all();
  }

  /** See `Receipts.page`. @throws MoneyError("not-found") */
  receiptPage(limit: number, after?: string): ReceiptPage {
    return this.#receipts.page(limit, after);
  }

  receipt(id: PaymentId): Receipt | undefined {
    return fromBase32(id)?.length === HASH_BYTES ? this.#receipts.get(id) : undefined;
  }

  /** What the request of this hash says it is for, where there is a receipt of it. */
  memoOf(hash: Uint8Array): string | undefined {
    return this.#receipts.memoOf(toBase32(hash));
  }

  /** A receipt that came by other means, checked before: ends the payment that it is of. */
  takeReceipt({ invoice, preimage }: Receipt): void {
    this.#payer.onPreimage(invoice, preimage);
  }

  /** Forgets receipts kept before a time. */
  forgetReceipts(beforeMs: number, done: Done): void {
    this.#context.records.write(this.#receipts.forget(beforeMs), (cause) =>
      done(cause === null ? null : diskError(cause)),
    );
  }

  onLine(view: LineView): void {
    this.#settler.again(view.id);
  }

  onPaid(): void {}

  onPrepared(id: LineId, lock: Lock): void {
    this.#hop.onPrepared(id, lock);
  }

  onFulfilled(id: LineId, lockId: Uint8Array, preimage: Uint8Array): void {
    if (!this.#hop.onFulfilled(id, lockId, preimage)) {
      this.#payer.onFulfilled(id, lockId, preimage);
    }
  }

  onCancelled(id: LineId, lockId: Uint8Array, reason: string): void {
    if (!this.#hop.onCancelled(id, lockId, reason)) this.#payer.onCancelled(id, lockId, reason);
  }

  /** What a line's partner says: more than its share of it is not heard. */
  onTold(id: LineId, bytes: Uint8Array): void {
    const message = decodePaymentMessage(bytes);
    if (message === undefined || !this.#mayTell(id)) return;
    switch (message.t) {
      case "reserve":
        this.#hop.onReserve(id, message);
        return;
      case "answer":
        if (!this.#hop.onAnswer(id, message.id, message.reason, message.granted)) {
          this.#payer.onAnswer(id, message.id, message.reason, message.granted);
        }
        return;
      case "let-go":
        this.#hop.onLetGo(id, message.id);
        return;
      case "quote":
        this.rates.onQuote(id, message);
        return;
      case "no-quote":
        this.rates.onNoQuote(id, message.to);
    }
  }

  onReach(id: LineId, isInReach: boolean): void {
    if (isInReach) {
      this.#settler.again(id);
      this.rates.onReach(id);
      return;
    }
    this.#told.delete(id);
    this.onTalk(id, false);
  }

  /** Nobody waits for an answer that may be lost: the partner may have started anew, and know of nothing. */
  onTalk(id: LineId, isTalking: boolean): void {
    if (isTalking) return;
    this.#hop.onAway(id);
    this.#payer.onAway(id);
  }

  #mayTell(id: LineId): boolean {
    const nowMs = this.#context.clock.monotonicMs();
    let bucket = this.#told.get(id);
    if (bucket === undefined) {
      bucket = new TokenBucket(TOLD_RATE, nowMs);
      this.#told.set(id, bucket);
    }
    return bucket.take(nowMs);
  }

  #loadOne(key: string, value: Uint8Array): void {
    let isWhole = true;
    if (key.startsWith(HOP_PREFIX)) isWhole = this.#hop.load(value);
    else if (key.startsWith(INVOICE_PREFIX)) isWhole = this.#payee.load(value);
    else if (key.startsWith(PAYMENT_PREFIX)) isWhole = this.#payer.loadPayment(value);
    else if (key.startsWith(RATE_PREFIX)) isWhole = this.rates.load(value);
    else if (key.startsWith(RECEIPT_PREFIX)) isWhole = this.#receipts.load(key, value);
    if (!isWhole) this.#damaged(key);
  }

  #damaged(key: string): void {
    this.#context.log.warn("payments: a record is damaged and left out", { key });
  }

  /** What was to be taken is, before anything locked is looked at anew. */
  #begin(): void {
    const over: readonly RecordWrite[] = this.#hop.begin();
    if (over.length > 0) this.#context.records.write(over, () => {});
    this.#payee.begin();
    for (const { id } of this.#context.desk.lines()) {
      for (const lock of [...this.#context.desk.locksIn(id)]) this.#hop.onPrepared(id, lock);
    }
    this.#payer.begin();
    this.rates.begin();
  }
}
