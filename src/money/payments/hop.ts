import { byteName, NO_BYTES, utf8 } from "../../base/bytes.ts";
import type { RecordWrite } from "../../ports/index.ts";
import type { LineId, LineView, Lock } from "../line-desk.ts";
import { decodeHop, type HopEntry, HopTable, hopRemoval, hopWrite } from "./hop-table.ts";
import { readPayload } from "./layer.ts";
import { Lending, lentOf } from "./lending.ts";
import { HOP_ENTRIES_MAX, HOPS_MAX, UPSTREAM_LOCKS_MAX } from "./limits.ts";
import { lockKey, Selectors } from "./lock-key.ts";
import type { Locker } from "./locker.ts";
import {
  encodePaymentMessage,
  LOCK_ID_BYTES,
  type PaymentMessage,
  type Reason,
  reasonOf,
} from "./messages.ts";
import type { PaymentsContext } from "./options.ts";
import type { Payee } from "./payee.ts";
import { type Reservation, Reservations } from "./reservations.ts";
import type { Settler } from "./settler.ts";

const OUT_ID = utf8("peernet payment hop v1");

/** Where a lock or a reservation goes on to, with the onion for there. */
interface Forward {
  readonly t: "forward";
  readonly line: LineId;
  /** What it is called there, where it was reserved. */
  readonly id: Uint8Array | undefined;
  readonly amount: number;
  readonly onion: Uint8Array;
  readonly isExchanged: boolean;
}

type Refusal = Extract<Verdict, { readonly t: "refuse" }>;

type Reserve = Extract<PaymentMessage, { readonly t: "reserve" }>;

type Verdict =
  | Forward
  | { readonly t: "final"; readonly proof: Uint8Array }
  /** `free`: what the line on the way out has, where that is why. */
  | { readonly t: "refuse"; readonly reason: Reason; readonly free?: number };

/**
 * Passes on what comes in by one line and is meant for another one's partner. It loses nothing by
 * that, whoever the others are: it locks no more out than is locked in, takes what is locked in
 * once its own lock was taken, and lets go of it only once its own was let go.
 */
export class Hop {
  readonly #context: PaymentsContext;
  readonly #settler: Settler;
  readonly #locker: Locker;
  readonly #payee: Payee;
  readonly #table = new HopTable();
  readonly #reservations = new Reservations();
  readonly #lending = new Lending();
  readonly #selectors: Selectors;
  /** Of lines by which something came in. */
  readonly #names = new Map<LineId, Uint8Array>();

  constructor(context: PaymentsContext, settler: Settler, locker: Locker, payee: Payee) {
    this.#context = context;
    this.#settler = settler;
    this.#locker = locker;
    this.#payee = payee;
    this.#selectors = new Selectors(context.desk);
  }

  /** Locks that are passed on now. */
  get size(): number {
    return this.#table.size;
  }

  nextDeadlineMs(): number {
    return this.#reservations.nextDeadlineMs();
  }

  tick(nowMs: number): void {
    this.#reservations.lapse(nowMs);
  }

  /** What else holds `amount` free on a line: reserved by others. */
  reservedOn(line: LineId): number {
    return this.#reservations.reservedOn(line);
  }

  /** Takes in a record of this room's; false where it is damaged. */
  load(value: Uint8Array): boolean {
    const entry = decodeHop(value);
    if (entry !== undefined) this.#table.add(entry);
    return entry !== undefined;
  }

  /** After a start: entries whose lock in is over say nothing any more. @returns what to write */
  begin(): readonly RecordWrite[] {
    const open = new Set<string>();
    for (const { id } of this.#context.desk.lines()) {
      for (const lock of this.#context.desk.locksIn(id)) open.add(lockKey(id, lock.id));
    }
    const over = [...this.#table.all()].filter(
      ({ lineIn, inId }) => !open.has(lockKey(lineIn, inId)),
    );
    for (const entry of over) this.#table.remove(entry);
    return over.map(hopRemoval);
  }

  /** Something was locked for us: ours, or to be passed on. */
  onPrepared(line: LineId, lock: Lock): void {
    const name = byteName(lock.id);
    if (this.#table.byIn(line, name) !== undefined) return;
    if (this.#settler.has(line, name) || this.#payee.holds(line, name)) return;
    const reserved = this.#reservations.byIn(line, name);
    if (reserved !== undefined) this.#reservations.remove(reserved);
    const verdict =
      lock.onion.length > 0
        ? this.#judge(line, lock.amount, lock.onion)
        : this.#kept(reserved, lock.amount);
    if (verdict.t === "refuse") this.#settler.cancel(line, lock.id, verdict.reason);
    else if (verdict.t === "final") this.#payee.onPart(line, lock, verdict.proof);
    else this.#pass(line, lock, verdict);
  }

  /** What we passed on was taken. @returns whether it was ours to deal with */
  onFulfilled(line: LineId, lockId: Uint8Array, preimage: Uint8Array): boolean {
    const entry = this.#table.byOut(line, byteName(lockId));
    if (entry === undefined) return false;
    this.#settler.fulfil(entry.lineIn, entry.inId, preimage, [hopRemoval(entry)], () =>
      this.#table.remove(entry),
    );
    return true;
  }

  /** What we passed on was let go. @returns whether it was ours to deal with */
  onCancelled(line: LineId, lockId: Uint8Array, reason: string): boolean {
    const entry = this.#table.byOut(line, byteName(lockId));
    if (entry === undefined) return false;
    const { lineIn, inId } = entry;
    this.#settler.cancel(lineIn, inId, reasonOf(reason), [hopRemoval(entry)], () =>
      this.#table.remove(entry),
    );
    return true;
  }

  /** A line's partner asks whether something could be locked. */
  onReserve(lineIn: LineId, asked: Reserve): void {
    const name = byteName(asked.id);
    if (this.#reservations.byIn(lineIn, name) !== undefined) return;
    const said = this.#reserve(lineIn, asked, name);
    if (said === undefined) return;
    if (typeof said === "string") this.#answer(lineIn, asked.id, said, []);
    else this.#answer(lineIn, asked.id, said.reason, said.free === undefined ? [] : [said.free]);
  }

  /** A line's partner answers a reservation. @returns whether it was ours to deal with */
  onAnswer(line: LineId, id: Uint8Array, reason: Reason, granted: readonly number[]): boolean {
    const reservation = this.#reservations.byOut(line, byteName(id));
    if (reservation === undefined) return false;
    const { amountIn, inId, isExchanged, lineIn, way } = reservation;
    const isSame = !isExchanged;
    // Beyond an exchange it is all or nothing, and in another currency.
    const all = isSame ? [way?.amount ?? 0, ...granted].slice(0, HOPS_MAX) : [amountIn];
    if (reason !== "ok") this.#reservations.remove(reservation);
    else if (isSame) this.#reservations.lessen(reservation, Math.max(1, all.at(-1) ?? 1));
    this.#reservations.answered(reservation);
    this.#answer(lineIn, inId, reason, all);
    return true;
  }

  /** A line's partner is out of reach or was: what it was asked, or would have answered, may be lost. */
  onAway(line: LineId): void {
    for (const { way } of this.#reservations.unanswered(line)) {
      if (way !== undefined) this.onAnswer(line, way.id, "busy", []);
    }
  }

  /** A line's partner asks that what it reserved or locked is let go: passed on towards the payee. */
  onLetGo(line: LineId, id: Uint8Array): void {
    const { desk } = this.#context;
    const name = byteName(id);
    const entry = this.#table.byIn(line, name);
    if (entry !== undefined) {
      desk.tell(entry.lineOut, encodePaymentMessage({ t: "let-go", id: entry.outId }));
      return;
    }
    const reserved = this.#reservations.byIn(line, name);
    if (reserved === undefined) {
      this.#payee.onLetGo(line, id);
      return;
    }
    this.#reservations.remove(reserved);
    const { way } = reserved;
    if (way !== undefined) desk.tell(way.line, encodePaymentMessage({ t: "let-go", id: way.id }));
  }

  /** What to answer; undefined where the one after us has to answer first. */
  #reserve(
    lineIn: LineId,
    { id: inId, amount, least, onion }: Reserve,
    inName: string,
  ): Reason | Refusal | undefined {
    if (!this.#reservations.hasRoom(lineIn)) return "busy";
    const verdict = this.#judge(lineIn, amount, onion, least);
    if (verdict.t === "refuse") return verdict;
    const nowMs = this.#context.clock.monotonicMs();
    if (verdict.t === "final") {
      const { proof } = verdict;
      const reason = this.#payee.wouldTake(lineIn, proof, amount);
      if (reason !== "ok") return reason;
      this.#reservations.add(
        { lineIn, inId, amountIn: amount, way: undefined, isExchanged: false, proof },
        inName,
        nowMs,
      );
      return "ok";
    }
    const way = { line: verdict.line, id: this.#outId(lineIn, inId), amount: verdict.amount };
    const { isExchanged } = verdict;
    const amountIn = isExchanged ? amount : verdict.amount;
    const further = { ...way, least: isExchanged ? verdict.amount : least };
    const message = encodePaymentMessage({ t: "reserve", ...further, onion: verdict.onion });
    if (!this.#context.desk.tell(way.line, message)) return "busy";
    const reserved = { lineIn, inId, amountIn, way, isExchanged, proof: undefined };
    this.#reservations.add(reserved, inName, nowMs);
    return undefined;
  }

  #kept(reserved: Reservation | undefined, amount: number): Verdict {
    if (reserved === undefined || amount > reserved.amountIn) return refusal("lapsed");
    const { isExchanged, lineIn, proof, way } = reserved;
    if (proof !== undefined) return { t: "final", proof };
    if (way === undefined) return refusal("lapsed");
    // Where currencies are exchanged it is all that was reserved, or nothing.
    if (isExchanged && amount !== reserved.amountIn) return refusal("lapsed");
    const out = isExchanged ? way.amount : amount;
    const forward = { line: way.line, id: way.id, amount: out, onion: NO_BYTES, isExchanged };
    return this.#fit(lineIn, { t: "forward", ...forward }, out, this.#context.desk.line(way.line));
  }

  #judge(line: LineId, amount: number, onion: Uint8Array, least = amount): Verdict {
    const peeled = this.#context.reader.peel(onion);
    const layer = peeled && readPayload(peeled.payload);
    if (peeled === undefined || layer === undefined) return refusal("unreadable");
    if (layer.t === "final") return layer;
    const from = this.#context.desk.line(line);
    const to = this.#selectors.find(layer.next);
    if (from === undefined || to === undefined || from.id === to.id) return refusal("no-line");
    const out = this.#amountOut(from, to, layer.rate, amount);
    if (out === undefined || out < 1) return refusal("rate");
    const isExchanged = from.currency !== to.currency;
    const onward = { onion: peeled.next(layer.isBlinded), isExchanged };
    const forward = { line: to.id, id: undefined, amount: out, ...onward };
    return this.#fit(line, { t: "forward", ...forward }, isExchanged ? out : least, to);
  }

  #amountOut(from: LineView, to: LineView, rate: Uint8Array, amount: number): number | undefined {
    if (from.currency === to.currency) return amount;
    return this.#context.exchange(from.currency, to.currency, rate, amount);
  }

  /** What of it may be locked on the way out, by this line; refused where that is less than `least`. */
  #fit(lineIn: LineId, forward: Forward, least: number, to: LineView | undefined): Verdict {
    if (this.#table.size >= HOP_ENTRIES_MAX) return refusal("busy");
    if (to?.state !== "open" || this.#context.isHidden?.(to.id) === true) return refusal("no-line");
    const passed = this.#table.between(lineIn, to.id);
    if (passed.count >= UPSTREAM_LOCKS_MAX) return refusal("limit");
    // Neither what may be locked on the way out nor the number of locks goes to one line in alone.
    const nowMs = this.#context.clock.monotonicMs();
    this.#lending.note(lineIn, to.id, forward.amount, nowMs);
    const asked = this.#lending.byOthers(lineIn, to.id, nowMs);
    const share = lentOf(to.canPrepare + to.lockedOut, asked);
    const by = passed.amount + this.#reservations.between(lineIn, to.id);
    const amount = Math.min(forward.amount, to.canPrepare - this.reservedOn(to.id), share - by);
    if (amount >= least) return { ...forward, amount };
    return { t: "refuse", reason: "limit", free: Math.max(0, amount) };
  }

  #pass(lineIn: LineId, lock: Lock, { line, amount, id, onion }: Forward): void {
    const outId = id ?? this.#outId(lineIn, lock.id);
    const entry: HopEntry = { lineIn, inId: lock.id, lineOut: line, outId, amount };
    this.#table.add(entry);
    // It is kept as long as the lock, the memory of others beside it is not.
    const out: Lock = { id: outId, amount, hash: lock.hash, onion: new Uint8Array(onion) };
    this.#locker.prepare(line, out, [hopWrite(entry)], (error) => {
      if (error === null) return;
      this.#table.remove(entry);
      this.#settler.cancel(lineIn, lock.id, error.code === "limit" ? "limit" : "busy");
    });
  }

  /** The same for the same lock in, so that passing it on twice is once. */
  #outId(lineIn: LineId, inId: Uint8Array): Uint8Array {
    const { suite } = this.#context;
    let name = this.#names.get(lineIn);
    if (name === undefined) {
      name = utf8(lineIn);
      this.#names.set(lineIn, name);
    }
    return suite.sha256(OUT_ID, name, inId).slice(0, LOCK_ID_BYTES);
  }

  #answer(line: LineId, id: Uint8Array, reason: Reason, granted: readonly number[]): void {
    this.#context.desk.tell(line, encodePaymentMessage({ t: "answer", id, reason, granted }));
  }
}

function refusal(reason: Reason): Verdict {
  return { t: "refuse", reason };
}
