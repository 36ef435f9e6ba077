import { toBase32 } from "../../base/base32.ts";
import { equalBytes, NO_BYTES } from "../../base/bytes.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { MoneyError } from "../errors.ts";
import type { Done, LineId } from "../line-desk.ts";
import type { Invoice } from "./invoice.ts";
import { Keeper } from "./keeper.ts";
import { LET_GO_EVERY_MS, PARTS_MAX, RESERVE_WAIT_MS, RETRIES_MAX } from "./limits.ts";
import type { Locker } from "./locker.ts";
import { encodePaymentMessage, type Reason, reasonOf } from "./messages.ts";
import type { PaymentsContext } from "./options.ts";
import { OwnParts } from "./own-parts.ts";
import { checkPayable } from "./payable.ts";
import {
  answerDueMs,
  coveredBy,
  foundPart,
  leftToSpend,
  newPayment,
  type OwnPart,
  type OwnPayment,
  paymentView,
  remember,
} from "./payer-types.ts";
import {
  decodePart,
  decodePayment,
  PAYMENT_PREFIX,
  partRemoval,
  partWrite,
  paymentWrite,
} from "./payment-record.ts";
import type { Receipts } from "./receipts.ts";
import type { RouteStep, Spend } from "./router.ts";
import { Search } from "./search.ts";
import type { PaymentId, PaymentView } from "./types.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Pays invoices over lines: looks for ways, has them reserved, locks all parts, and is done when
 * the first of them is taken, which proves that the payee has all. A part is replaced only once
 * it was let go, so that nothing is paid twice.
 */
export class Payer {
  readonly #context: PaymentsContext;
  readonly #locker: Locker;
  readonly #receipts: Receipts;
  readonly #payments = new Map<PaymentId, OwnPayment>();
  readonly #parts = new OwnParts();
  readonly #ended = new Map<PaymentId, PaymentView>();
  readonly #keeper: Keeper;
  readonly #search: Search;

  constructor(
    context: PaymentsContext,
    locker: Locker,
    receipts: Receipts,
    reservedOn: (line: LineId) => number,
  ) {
    this.#context = context;
    this.#keeper = new Keeper(context);
    this.#search = new Search({
      context,
      reservedOn,
      allParts: this.#parts,
      isUnderWay: ({ id }) => this.#payments.has(id),
      giveUp: (payment, why) => this.#giveUp(payment, why),
      lockAll: (payment, chosen) => this.#lockAll(payment, chosen),
      letGo: (payment, part) => {
        this.#askToLetGo(part);
        this.#dropPart(payment, part);
      },
      drop: (payment, part) => this.#dropPart(payment, part),
      tell: (payment) => this.#tell(payment),
    });
    this.#locker = locker;
    this.#receipts = receipts;
  }

  nextDeadlineMs(): number {
    let next = this.#keeper.nextDeadlineMs();
    for (const { dueMs } of this.#payments.values()) next = Math.min(next, dueMs);
    return next;
  }

  tick(nowMs: number): void {
    this.#keeper.tick(nowMs);
    for (const payment of [...this.#payments.values()]) {
      if (payment.dueMs <= nowMs) this.#onDue(payment, nowMs);
    }
  }

  /** Takes in a payment's record; false where it is damaged. */
  loadPayment(value: Uint8Array): boolean {
    const record = decodePayment(this.#context.suite, value);
    if (record === undefined) return false;
    this.#keep(record.invoice).record = record;
    return true;
  }

  /** Takes in a part's record, after those of all payments; false where it is damaged. */
  loadPart(value: Uint8Array): boolean {
    const record = decodePart(value);
    if (record === undefined) return false;
    const part = foundPart(record, this.#nowMs());
    this.#parts.add(part);
    this.#payments.get(part.payment)?.parts.add(part);
    return true;
  }

  /** After a start: goes on with what was under way. */
  begin(): void {
    for (const payment of [...this.#payments.values()]) this.#advance(payment);
  }

  /**
   * Begins to pay. How it goes on is told as events.
   * @throws MoneyError("expired") where it is too late, ("exists") where it is paid or being paid,
   *   ("full" | "busy") where too much else is under way
   */
  pay(invoice: Invoice, spend?: Spend): PaymentView {
    const id = toBase32(invoice.hash);
    checkPayable(this.#context, this.#receipts, this.#payments, invoice);
    const payment = this.#keep(invoice, spend);
    this.#ended.delete(id);
    this.#advance(payment);
    return paymentView(payment);
  }

  /**
   * Gives a payment up: nothing new is locked for it, and the payee is asked to let go of what is.
   * Until the payee has, it may still be paid.
   * @param done MoneyError("not-found")
   */
  giveUp(id: PaymentId, done: Done): void {
    const payment = this.#payments.get(id);
    if (payment === undefined || payment.isPaid) {
      done(new MoneyError("not-found", "There is no payment of that name under way."));
      return;
    }
    this.#giveUp(payment, "asked");
    done(null);
  }

  /** Payments under way, and the last ones that failed. */
  *all(): Iterable<PaymentView> {
    for (const payment of this.#payments.values()) yield paymentView(payment);
    yield* this.#ended.values();
  }

  /** One payment that is under way or failed. */
  get(id: PaymentId): PaymentView | undefined {
    const payment = this.#payments.get(id);
    return payment === undefined ? this.#ended.get(id) : paymentView(payment);
  }

  /** What was shown to us by other means: proves that a payment under way is paid. */
  onPreimage(invoice: Invoice, preimage: Uint8Array): void {
    const payment = this.#payments.get(toBase32(invoice.hash));
    if (payment !== undefined && equalBytes(payment.record.invoice.bytes, invoice.bytes)) {
      this.#onPaid(payment, preimage, []);
    }
  }

  /** A line's partner answers a reservation of ours. */
  onAnswer(line: LineId, lockId: Uint8Array, reason: Reason, granted: readonly number[]): void {
    const part = this.#parts.get(line, lockId);
    const payment = part && this.#payments.get(part.payment);
    if (part === undefined || payment === undefined || part.state !== "reserving") return;
    const all = [part.amount, ...granted];
    const held = all.at(-1) ?? 0;
    // Whoever says that more is held than was asked for, or nothing, has refused.
    const isHeld = reason === "ok" && held >= 1 && held <= part.amount;
    if (!isHeld) {
      payment.why = reason === "ok" ? "other" : reason;
      this.#dropPart(payment, part);
    } else {
      this.#parts.change(part, { state: "reserved", amount: held });
      part.onion = NO_BYTES;
    }
    this.#search.result(payment, { id: part.probe, granted: all, isHeld });
  }

  /** A line's partner is out of reach or was: what it was asked, or would have answered, may be lost. */
  onAway(line: LineId): void {
    for (const part of [...this.#parts.on(line)]) {
      const payment = this.#payments.get(part.payment);
      if (payment !== undefined) this.#noAnswer(payment, part);
    }
  }

  /** What we locked was taken. */
  onFulfilled(line: LineId, lockId: Uint8Array, preimage: Uint8Array): void {
    const part = this.#parts.get(line, lockId);
    if (part === undefined) return;
    this.#parts.delete(part);
    const payment = this.#payments.get(part.payment);
    if (part.route !== undefined) this.#context.router.learn(part.route, true);
    if (payment === undefined) {
      this.#keeper.write([partRemoval(part)]);
      return;
    }
    payment.parts.delete(part);
    this.#onPaid(payment, preimage, [partRemoval(part)]);
  }

  /** What we locked was let go. */
  onCancelled(line: LineId, lockId: Uint8Array, reason: string): void {
    const part = this.#parts.get(line, lockId);
    if (part === undefined) return;
    this.#keeper.write([partRemoval(part)]);
    const payment = this.#payments.get(part.payment);
    if (part.route !== undefined) this.#context.router.learn(part.route, false);
    if (payment === undefined) {
      this.#parts.delete(part);
      return;
    }
    this.#dropPart(payment, part);
    if (!payment.isPaid) payment.why = reasonOf(reason);
    this.#advance(payment);
  }

  #keep(invoice: Invoice, spend?: Spend): OwnPayment {
    const payment = newPayment(invoice, Math.floor(this.#context.clock.wallMs()), spend);
    this.#payments.set(payment.id, payment);
    return payment;
  }

  /** Does what comes next for a payment; one that is paid ends with its last part. */
  #advance(payment: OwnPayment): void {
    if (payment.isPaid) {
      this.#endIfOver(payment);
      return;
    }
    if (payment.record.isGivenUp) this.#letGo(payment);
    else if (payment.plan === undefined) this.#route(payment);
    if (this.#payments.has(payment.id)) this.#tell(payment);
  }

  /** Looks for ways for what is missing. */
  #route(payment: OwnPayment): void {
    const { invoice } = payment.record;
    const amount = invoice.amount - coveredBy(payment);
    if (amount <= 0) return;
    const isLate = this.#context.clock.wallMs() > invoice.expiresAtMs;
    if (isLate || payment.tries > RETRIES_MAX) {
      this.#giveUp(payment, isLate ? "expired" : (payment.why ?? "no-route"));
      return;
    }
    payment.tries++;
    payment.plan = "asked";
    const spend = leftToSpend(payment);
    const ask = {
      ...(spend === undefined ? {} : { spend }),
      payee: invoice.payee,
      payeeKey: invoice.dhKey,
      currency: invoice.currency,
      amount,
      partsMax: PARTS_MAX - payment.parts.size,
      hints: invoice.hints,
      proof: invoice.proof,
    };
    this.#context.router.plan(ask, (plan) => {
      if (payment.isPaid || payment.record.isGivenUp) return;
      payment.plan = undefined;
      if (plan instanceof MoneyError) {
        this.#giveUp(payment, payment.why ?? (plan.code === "limit" ? "limit" : "no-route"));
        return;
      }
      payment.plan = plan;
      this.#search.step(payment, plan.begin());
    });
  }

  /** All that is needed is reserved: the rest is let go. */
  #lockAll(payment: OwnPayment, chosen: Extract<RouteStep, { readonly t: "pay" }>["parts"]): void {
    payment.plan = undefined;
    payment.dueMs = NEVER;
    const amounts = new Map(chosen.map((one) => [one.id, one]));
    const waiting = [...payment.parts.values()].filter(({ state }) => state === "reserved");
    for (const part of waiting) {
      const { amount = 0, delivers = 0 } = amounts.get(part.probe) ?? {};
      if (amount < 1 || amount > part.amount) {
        this.#askToLetGo(part);
        this.#dropPart(payment, part);
        continue;
      }
      this.#parts.change(part, { amount, delivers, state: "preparing" });
    }
    for (const part of waiting) if (part.state === "preparing") this.#lock(payment, part);
    this.#advance(payment);
  }

  #lock(payment: OwnPayment, part: OwnPart): void {
    const { line, lockId: id, amount, onion } = part;
    part.sinceMs = this.#nowMs();
    const { hash } = payment.record.invoice;
    const together = [paymentWrite(payment.id, payment.record), partWrite(part)];
    const done: Done = (error) => {
      if (error === null) {
        if (part.state === "preparing") this.#parts.change(part, { state: "locked" });
        return;
      }
      this.#dropPart(payment, part);
      payment.why = error.code === "limit" ? "limit" : "busy";
      this.#advance(payment);
    };
    this.#locker.prepare(line, { id, amount, hash, onion }, together, done);
  }

  #giveUp(payment: OwnPayment, why: PaymentView["why"]): void {
    payment.why = why;
    payment.record = { ...payment.record, isGivenUp: true };
    payment.plan = undefined;
    const isKept = [...payment.parts.values()].some(
      ({ state }) => state === "preparing" || state === "locked",
    );
    if (isKept) this.#keeper.write([paymentWrite(payment.id, payment.record)]);
    this.#letGo(payment);
    if (this.#payments.has(payment.id)) this.#tell(payment);
  }

  /** Asks the payee to let go of all parts; what is only reserved is let go at once. */
  #letGo(payment: OwnPayment): void {
    for (const part of [...payment.parts.values()]) {
      const { state } = part;
      this.#askToLetGo(part);
      if (state === "reserving" || state === "reserved") this.#dropPart(payment, part);
    }
    payment.dueMs = this.#nowMs() + LET_GO_EVERY_MS;
    if (payment.parts.size > 0) return;
    this.#payments.delete(payment.id);
    remember(this.#ended, paymentView(payment));
    this.#keeper.write([{ key: PAYMENT_PREFIX + payment.id, value: null }]);
    this.#tell(payment);
  }

  #askToLetGo({ line, lockId: id }: OwnPart): void {
    this.#context.desk.tell(line, encodePaymentMessage({ t: "let-go", id }));
  }

  #onDue(payment: OwnPayment, nowMs: number): void {
    payment.dueMs = NEVER;
    if (payment.record.isGivenUp) {
      this.#letGo(payment);
      return;
    }
    for (const part of [...payment.parts.values()]) {
      if (part.sinceMs + RESERVE_WAIT_MS <= nowMs) this.#noAnswer(payment, part);
    }
    payment.dueMs = Math.min(payment.dueMs, answerDueMs(payment));
  }

  /** Whoever was asked to reserve a part has not answered, and will not. */
  #noAnswer(payment: OwnPayment, part: OwnPart): void {
    if (part.state !== "reserving") return;
    this.#dropPart(payment, part);
    payment.why = "no-answer";
    this.#search.result(payment, { id: part.probe, granted: [part.amount], isHeld: false });
  }

  #onPaid(payment: OwnPayment, preimage: Uint8Array, also: readonly RecordWrite[]): void {
    if (payment.isPaid) {
      this.#keeper.write(also);
    } else {
      const { invoice } = payment.record;
      payment.isPaid = true;
      payment.dueMs = NEVER;
      for (const part of [...payment.parts.values()]) {
        if (part.state === "reserving" || part.state === "reserved") this.#dropPart(payment, part);
      }
      const atMs = Math.floor(this.#context.clock.wallMs());
      const receipt = this.#receipts.add({ invoice, preimage }, true, atMs);
      const removal = { key: PAYMENT_PREFIX + payment.id, value: null };
      this.#keeper.write([receipt, removal, ...also], () => this.#tell(payment));
    }
    this.#endIfOver(payment);
  }

  #endIfOver(payment: OwnPayment): void {
    if (payment.parts.size === 0) this.#payments.delete(payment.id);
  }

  #dropPart(payment: OwnPayment, part: OwnPart): void {
    payment.parts.delete(part);
    this.#parts.delete(part);
  }

  #tell(payment: OwnPayment): void {
    this.#context.events.onPayment(paymentView(payment));
  }

  readonly #nowMs = (): number => this.#context.clock.monotonicMs();
}
