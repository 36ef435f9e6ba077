import { toBase32 } from "../../base/base32.ts";
import { byteName, equalBytes, NO_BYTES, toHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { isAmount } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId, Done, LineId, Lock } from "../line-desk.ts";
import { diskError } from "./disk-error.ts";
import { HASH_BYTES, type Invoice, invoiceLink, type RouteHint, signInvoices } from "./invoice.ts";
import {
  decodeInvoiceRecord,
  INVOICE_PREFIX,
  type InvoiceRecord,
  invoiceWrite,
} from "./invoice-record.ts";
import { type HeldPart, idsToForget, type OwnInvoice } from "./invoice-room.ts";
import {
  HINTS_MAX,
  INVOICE_LIFE_MAX_MS,
  INVOICE_LIFE_MS,
  INVOICE_MEMO_BYTES_MAX,
  PARTS_MAX,
  REQUESTS_PER_SIGNATURE_MAX,
  RETRY_MS,
} from "./limits.ts";
import { LockMap } from "./lock-map.ts";
import type { Reason } from "./messages.ts";
import type { PaymentsContext } from "./options.ts";
import type { Receipts } from "./receipts.ts";
import type { Settler } from "./settler.ts";
import type { InvoiceView, PaymentId } from "./types.ts";

/** What is asked for. */
export interface InvoiceWish {
  readonly amount: number;
  readonly currency: CurrencyId;
  readonly memo: string;
  /** How long it is open, in milliseconds; a day where left out. */
  readonly lifeMs?: number;
  readonly hints?: readonly RouteHint[];
}

/**
 * Asks for money and takes it: the parts of a payment only once all of them are locked, and then
 * all; before that it lets go of them where the invoice expires, is withdrawn, or the payer asks, and of the smallest
 * where a larger one comes beyond PARTS_MAX.
 */
export class Payee {
  readonly #context: PaymentsContext;
  readonly #settler: Settler;
  readonly #receipts: Receipts;
  readonly #invoices = new Map<PaymentId, OwnInvoice>();
  readonly #byProof = new Map<string, PaymentId>();
  readonly #heldFor = new LockMap<{ readonly own: OwnInvoice; readonly part: HeldPart }>();
  /** Invoices that something is locked for: what a clock has to look at. */
  readonly #holding = new Set<PaymentId>();
  #checkMs = Number.POSITIVE_INFINITY;
  readonly #wishes: {
    readonly wish: InvoiceWish;
    readonly done: (error: MoneyError | null, invoice: Invoice | null) => void;
  }[] = [];
  #isSigning = false;

  constructor(context: PaymentsContext, settler: Settler, receipts: Receipts) {
    this.#context = context;
    this.#settler = settler;
    this.#receipts = receipts;
  }

  nextDeadlineMs(): number {
    return this.#holding.size > 0 ? this.#checkMs : Number.POSITIVE_INFINITY;
  }

  /** Lets go of what is locked for invoices that have expired. */
  tick(nowMs: number): void {
    if (nowMs < this.nextDeadlineMs()) return;
    this.#checkMs = nowMs + RETRY_MS;
    for (const id of [...this.#holding]) {
      const own = this.#invoices.get(id);
      if (own !== undefined && this.#isExpired(own)) this.#letGoOf(own, "expired");
    }
  }

  /** Takes in a record; false where it is damaged. */
  load(value: Uint8Array): boolean {
    const record = decodeInvoiceRecord(this.#context.suite, value);
    if (record !== undefined) this.#keep(record);
    return record !== undefined;
  }

  /** After a start: goes on taking what was to be taken. */
  begin(): void {
    for (const [id, own] of this.#invoices) {
      if (own.record.taken.length > 0) this.#take(id, own);
    }
  }

  /**
   * A signed invoice, once it is on disk.
   * @param done MoneyError("bad-amount" | "bad-invoice" | "full" | "disk" | "disk-full")
   */
  request(
    wish: InvoiceWish,
    done: (error: MoneyError | null, invoice: Invoice | null) => void,
  ): void {
    try {
      checkWish(wish);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error, null);
      return;
    }
    this.#wishes.push({ wish, done });
    this.#signNext();
  }

  /** Asks for it no longer; what is locked for it is let go. @param done MoneyError("not-found") */
  withdraw(id: PaymentId, done: Done): void {
    const own = this.#invoices.get(id);
    if (own === undefined || own.record.taken.length > 0) {
      done(new MoneyError("not-found", "There is no open request of that name."));
      return;
    }
    const record = { ...own.record, isWithdrawn: true };
    this.#write([invoiceWrite(id, record)], (error) => {
      if (error === null && own.record.taken.length === 0) {
        own.record = record;
        this.#letGoOf(own, "let-go");
        this.#tell(own);
      }
      done(error);
    });
  }

  /** Invoices that are open, withdrawn or being taken, newest last. */
  *all(): Iterable<InvoiceView> {
    for (const own of this.#invoices.values()) yield this.#view(own);
  }

  get(id: PaymentId): InvoiceView | undefined {
    const own = this.#invoices.get(id);
    return own && this.#view(own);
  }

  /** Whether a part of so much for the invoice of this proof, by this line, would be held. */
  wouldTake(line: LineId, proof: Uint8Array, amount: number): Reason {
    const id = this.#byProof.get(toHex(proof));
    const own = id === undefined ? undefined : this.#invoices.get(id);
    return own === undefined ? "unknown" : this.#judge(own, line, amount);
  }

  /** The currency of the open request of ours that has this proof. */
  currencyAsked(proof: Uint8Array): CurrencyId | undefined {
    const own = this.#invoices.get(this.#byProof.get(toHex(proof)) ?? "");
    return own !== undefined && this.#isOpen(own) ? own.record.invoice.currency : undefined;
  }

  /** Whether this request of ours may still be paid. */
  isAskedFor(id: PaymentId): boolean {
    const own = this.#invoices.get(id);
    return own !== undefined && this.#isOpen(own);
  }

  /** Whether this lock is held for an invoice already. @param name of `byteName` of its id */
  holds(line: LineId, name: string): boolean {
    return this.#heldFor.get(line, name) !== undefined;
  }

  /** Something was locked for us as payee. */
  onPart(line: LineId, lock: Lock, proof: Uint8Array): void {
    const id = toBase32(lock.hash);
    const own = this.#invoices.get(id);
    const name = byteName(lock.id);
    if (own === undefined || !equalBytes(own.record.invoice.proof, proof)) {
      const isPaid = this.#receipts.has(id, false);
      this.#settler.cancel(line, lock.id, isPaid ? "paid" : "unknown");
      return;
    }
    if (this.#heldFor.get(line, name)?.own === own) return;
    const isTaken = own.record.taken.some(
      (part) => part.line === line && equalBytes(part.lockId, lock.id),
    );
    if (isTaken) return;
    const reason = this.#judge(own, line, lock.amount);
    if (reason !== "ok") {
      this.#settler.cancel(line, lock.id, reason);
      return;
    }
    const left = own.held.size < PARTS_MAX ? undefined : smallestOf(own);
    if (left !== undefined) this.#drop(own, left);
    const part = { line, lockId: lock.id, amount: lock.amount };
    own.held.add(part);
    this.#heldFor.set(line, name, { own, part });
    if (this.#holding.size === 0) this.#checkMs = this.#context.clock.monotonicMs() + RETRY_MS;
    this.#holding.add(id);
    if (heldBy(own) >= own.record.invoice.amount) this.#decide(id, own);
    else this.#tell(own);
    if (left !== undefined) this.#settler.cancel(left.line, left.lockId, "busy");
  }

  /** The payer asks that a part be let go: it is, unless it is taken. */
  onLetGo(line: LineId, lockId: Uint8Array): void {
    const held = this.#heldFor.get(line, byteName(lockId));
    if (held === undefined) return;
    const { own, part } = held;
    this.#drop(own, part);
    this.#settler.cancel(line, lockId, "let-go");
    this.#tell(own);
  }

  /** What is wanted while the disk is busy goes under one signature. */
  #signNext(): void {
    if (this.#isSigning || this.#wishes.length === 0) return;
    const wishes = this.#wishes.splice(0, REQUESTS_PER_SIGNATURE_MAX);
    let records: readonly InvoiceRecord[];
    try {
      this.#makeRoom();
      records = this.#signed(wishes.map(({ wish }) => wish));
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      for (const { done } of wishes) done(error, null);
      this.#signNext();
      return;
    }
    this.#isSigning = true;
    const writes = records.map((record) => invoiceWrite(toBase32(record.invoice.hash), record));
    this.#write(writes, (error) => {
      this.#isSigning = false;
      for (const record of error === null ? records : []) this.#keep(record);
      for (const [at, { done }] of wishes.entries()) {
        done(error, error === null ? (records[at]?.invoice ?? null) : null);
      }
      this.#signNext();
    });
  }

  #signed(wishes: readonly InvoiceWish[]): readonly InvoiceRecord[] {
    const { clock, identity, random, suite } = this.#context;
    const preimages = wishes.map(() => random.bytes(HASH_BYTES));
    const terms = wishes.map(
      ({ amount, currency, memo, hints = [], lifeMs = INVOICE_LIFE_MS }, at) => ({
        ...{ amount, currency, memo, hints },
        hash: suite.sha256(preimages[at] ?? NO_BYTES),
        expiresAtMs: Math.floor(clock.wallMs() + lifeMs),
      }),
    );
    return signInvoices(suite, identity, terms).map((invoice, at) => ({
      ...{ invoice, isWithdrawn: false, taken: [] },
      preimage: must(preimages[at], "each has its own"),
    }));
  }

  /** @throws MoneyError("full") */
  #makeRoom(): void {
    const isOver = (own: OwnInvoice): boolean => this.#isExpired(own) || own.record.isWithdrawn;
    const writes: RecordWrite[] = [];
    for (const id of idsToForget(this.#invoices, isOver)) {
      const own = this.#invoices.get(id);
      if (own !== undefined) this.#byProof.delete(toHex(own.record.invoice.proof));
      this.#invoices.delete(id);
      writes.push({ key: INVOICE_PREFIX + id, value: null });
    }
    if (writes.length > 0) this.#write(writes, () => {});
  }

  #keep(record: InvoiceRecord): void {
    const id = toBase32(record.invoice.hash);
    this.#invoices.set(id, { record, held: new Set(), taking: 0 });
    this.#byProof.set(toHex(record.invoice.proof), id);
  }

  #judge(own: OwnInvoice, line: LineId, amount: number): Reason {
    const { invoice, isWithdrawn, taken } = own.record;
    if (taken.length > 0) return "paid";
    if (isWithdrawn) return "let-go";
    if (this.#isExpired(own)) return "expired";
    // The largest stay: whoever has seen the request cannot keep it from being paid by parts that are next to nothing.
    const least = own.held.size < PARTS_MAX ? undefined : smallestOf(own);
    if (least !== undefined && amount <= least.amount) return "busy";
    return this.#context.desk.line(line)?.currency === invoice.currency ? "ok" : "rate";
  }

  #isOpen(own: OwnInvoice): boolean {
    const { isWithdrawn, taken } = own.record;
    return taken.length === 0 && !isWithdrawn && !this.#isExpired(own);
  }

  #isExpired(own: OwnInvoice): boolean {
    const { invoice, taken } = own.record;
    return taken.length === 0 && this.#context.clock.wallMs() > invoice.expiresAtMs;
  }

  /** All of it is locked: from here on it is taken, whatever happens. */
  #decide(id: PaymentId, own: OwnInvoice): void {
    const taken = [...own.held.values()].map(({ line, lockId }) => ({ line, lockId }));
    own.record = { ...own.record, taken };
    for (const part of [...own.held.values()]) this.#drop(own, part);
    this.#take(id, own);
  }

  #take(id: PaymentId, own: OwnInvoice): void {
    const { preimage, taken } = own.record;
    // In each batch, so that whichever is on disk first says what the others have to be.
    const together = [invoiceWrite(id, own.record)];
    own.taking = taken.length;
    for (const { line, lockId } of taken) {
      this.#settler.fulfil(line, lockId, preimage, together, () => this.#onTaken(id, own));
    }
  }

  #onTaken(id: PaymentId, own: OwnInvoice): void {
    own.taking--;
    if (own.taking > 0) return;
    const { invoice, preimage } = own.record;
    const atMs = Math.floor(this.#context.clock.wallMs());
    const receipt = this.#receipts.add({ invoice, preimage }, false, atMs);
    this.#write([receipt, { key: INVOICE_PREFIX + id, value: null }], (error) => {
      // Kept as it is, it is found again after the next start.
      if (error !== null) return;
      this.#invoices.delete(id);
      this.#byProof.delete(toHex(invoice.proof));
    });
    this.#tell(own);
  }

  #letGoOf(own: OwnInvoice, reason: Reason): void {
    for (const part of [...own.held.values()]) {
      this.#drop(own, part);
      this.#settler.cancel(part.line, part.lockId, reason);
    }
  }

  #drop(own: OwnInvoice, part: HeldPart): void {
    own.held.delete(part);
    this.#heldFor.delete(part.line, byteName(part.lockId));
    if (own.held.size === 0) this.#holding.delete(toBase32(own.record.invoice.hash));
  }

  #view(own: OwnInvoice): InvoiceView {
    const { invoice, isWithdrawn, taken } = own.record;
    const state = taken.length > 0 ? "paid" : isWithdrawn ? "withdrawn" : "open";
    const { amount, currency, memo, expiresAtMs, hash } = invoice;
    const about = { amount, currency, memo, expiresAtMs };
    const view = { ...about, id: toBase32(hash), state, held: heldBy(own) } as const;
    // Whoever looks on at each step does not want it each time.
    return {
      ...view,
      get link() {
        return invoiceLink(invoice);
      },
    };
  }

  #tell(own: OwnInvoice): void {
    this.#context.events.onInvoice(this.#view(own));
  }

  #write(batch: readonly RecordWrite[], done: Done): void {
    this.#context.records.write(batch, (cause) => done(cause === null ? null : diskError(cause)));
  }
}

/** @throws MoneyError("bad-amount" | "bad-invoice") */
function checkWish({ amount, memo, hints = [], lifeMs = INVOICE_LIFE_MS }: InvoiceWish): void {
  if (!isAmount(amount)) {
    throw new MoneyError("bad-amount", "Ask for a whole number of the smallest unit, above 0.");
  }
  if (!(lifeMs > 0 && lifeMs <= INVOICE_LIFE_MAX_MS)) {
    throw new MoneyError("bad-invoice", "A request for money is open for a year at most.");
  }
  if (utf8(memo).length > INVOICE_MEMO_BYTES_MAX || hints.length > HINTS_MAX) {
    throw new MoneyError("bad-invoice", `A memo has ${INVOICE_MEMO_BYTES_MAX} bytes at most.`);
  }
}

function heldBy(own: OwnInvoice): number {
  let sum = 0;
  for (const { amount } of own.held.values()) sum += amount;
  return sum;
}

function smallestOf(own: OwnInvoice): HeldPart | undefined {
  let least: HeldPart | undefined;
  for (const part of own.held.values()) if (part.amount < (least?.amount ?? Infinity)) least = part;
  return least;
}
