import { must } from "../../../base/errors.ts";
import { MoneyError } from "../../../money/errors.ts";
import type {
  Done,
  LineDesk,
  LineEvents,
  LineId,
  LineView,
  Lock,
} from "../../../money/line-desk.ts";
import type { DiskError, RecordWrite } from "../../../ports/index.ts";
import { LineBook, type LineLimits, type LineOp } from "./line-half.ts";
import type { SharedDisk } from "./shared-disk.ts";

/** What a line is to one of its sides, and stays across crashes. */
export interface LineSide {
  readonly id: LineId;
  readonly currency: string;
  readonly partner: string;
  readonly limits: LineLimits;
  /** What is on disk: our half-log, and what we have of the other one. */
  readonly ours: LineOp[];
  readonly theirs: LineOp[];
  isStopped: boolean;
}

/** How a desk reaches the other side of a line; all may be lost, late, or come twice. */
export interface LineWire {
  isUp(line: LineId): boolean;
  /** Operations of our half-log from number `from` on, and how many of theirs we have. */
  send(line: LineId, from: number, ops: readonly LineOp[], have: number): void;
  tell(line: LineId, message: Uint8Array): void;
  /** Runs something after all of this instant. */
  later(action: () => void): void;
  sha256(bytes: Uint8Array): Uint8Array;
}

interface OpenLine {
  readonly side: LineSide;
  readonly book: LineBook;
  /** Operations of ours that the other side has, as far as we know. */
  acked: number;
  /** Operations of ours that were sent, whether or not they arrived. */
  sent: number;
  isSending: boolean;
  /** Operations of theirs that are on their way to our disk. */
  taking: number;
}

const WORDS = {
  limit: "The line has no room for that.",
  exists: "That lock is there already.",
  "not-found": "There is no such lock.",
  full: "Too much is locked on this line.",
  stopped: "This line is stopped.",
} as const;

/**
 * The lines of one node in memory, as `LineDesk` promises them: checked at once, on disk together
 * with what belongs to it, told to the partner only then, and told again after a crash.
 */
export class FakeDesk implements LineDesk {
  readonly #lines = new Map<LineId, OpenLine>();
  readonly #disk: SharedDisk;
  readonly #wire: LineWire;
  #events: LineEvents | undefined;

  constructor(sides: Iterable<LineSide>, disk: SharedDisk, wire: LineWire) {
    this.#disk = disk;
    this.#wire = wire;
    for (const side of sides) {
      const book = new LineBook(side.limits);
      for (const op of side.ours) if (op.t === "prepare") book.apply(op, true);
      for (const op of side.theirs) book.apply(op, false);
      for (const op of side.ours) if (op.t !== "prepare") book.apply(op, true);
      this.#lines.set(side.id, {
        side,
        book,
        acked: 0,
        sent: 0,
        isSending: false,
        taking: side.theirs.length,
      });
    }
  }

  /** Begins to tell, first all of what may not have been heard before a crash. */
  start(events: LineEvents): void {
    this.#events = events;
    for (const { side } of this.#lines.values()) {
      for (const op of side.theirs) this.#tellOp(side.id, op);
      this.sync(side.id);
    }
  }

  *lines(): Iterable<LineView> {
    for (const id of this.#lines.keys()) yield must(this.line(id), "it is there");
  }

  line(id: LineId): LineView | undefined {
    const line = this.#lines.get(id);
    if (line === undefined) return undefined;
    const { book, side } = line;
    const { currency, isStopped, limits, partner } = side;
    return {
      id,
      currency,
      partner,
      balance: book.balance,
      limitOfOurs: limits.ours,
      limitOfTheirs: limits.theirs,
      lockedOut: book.lockedOut,
      lockedIn: book.lockedIn,
      canPay: isStopped ? 0 : book.canPay,
      canPrepare: isStopped ? 0 : book.canPrepare,
      state: isStopped ? "stopped" : "open",
    };
  }

  locksIn(id: LineId): Iterable<Lock> {
    return this.#lines.get(id)?.book.in.values() ?? [];
  }

  locksOut(id: LineId): Iterable<Lock> {
    return this.#lines.get(id)?.book.out.values() ?? [];
  }

  pay(
    id: LineId,
    amount: number,
    memo: string,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    this.#act(id, { t: "pay", amount, memo }, together, done);
  }

  prepare(id: LineId, lock: Lock, together: readonly RecordWrite[], done: Done): void {
    this.#act(id, { t: "prepare", lock }, together, done);
  }

  fulfil(
    id: LineId,
    lockId: Uint8Array,
    preimage: Uint8Array,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    this.#act(id, { t: "fulfil", lockId, preimage }, together, done);
  }

  cancel(
    id: LineId,
    lockId: Uint8Array,
    reason: string,
    together: readonly RecordWrite[],
    done: Done,
  ): void {
    this.#act(id, { t: "cancel", lockId, reason }, together, done);
  }

  tell(id: LineId, message: Uint8Array): boolean {
    if (!this.#wire.isUp(id)) return false;
    this.#wire.tell(id, message);
    return true;
  }

  /** Writes what a program that keeps no rules would write. */
  force(id: LineId, op: LineOp): void {
    const line = this.#lines.get(id);
    if (line === undefined) return;
    line.book.apply(op, true);
    this.#disk.put(
      [],
      () => line.side.ours.push(op),
      () => this.sync(id),
    );
  }

  /** The other side is in reach, or not. */
  reach(id: LineId, isUp: boolean): void {
    this.#events?.onReach(id, isUp);
    if (isUp) this.sync(id);
  }

  /** Whether the other side may lack something. */
  isBehind(id: LineId): boolean {
    const line = this.#lines.get(id);
    return line !== undefined && line.acked < line.side.ours.length;
  }

  /** Tells the other side all that it may not have. */
  sync(id: LineId): void {
    const line = must(this.#lines.get(id), "a line of this desk");
    line.sent = line.acked;
    this.#send(line);
  }

  #send(line: OpenLine): void {
    const { id, ours, theirs } = line.side;
    if (!this.#wire.isUp(id)) return;
    const { sent } = line;
    line.sent = ours.length;
    this.#wire.send(id, sent, ours.slice(sent), theirs.length);
  }

  /** What was written at one instant goes in one batch. */
  #sendSoon(line: OpenLine): void {
    if (line.isSending) return;
    line.isSending = true;
    this.#wire.later(() => {
      line.isSending = false;
      this.#send(line);
    });
  }

  /** Something came from the other side. */
  receive(id: LineId, from: number, ops: readonly LineOp[], have: number): void {
    const line = must(this.#lines.get(id), "a line of this desk");
    const { side } = line;
    line.acked = Math.max(line.acked, Math.min(have, side.ours.length));
    line.sent = Math.max(line.sent, line.acked);
    const fresh = ops.slice(Math.max(0, line.taking - from));
    if (from > line.taking || side.isStopped || fresh.length === 0) {
      if (ops.length > 0 && this.#wire.isUp(id)) {
        this.#wire.send(id, line.acked, [], side.theirs.length);
      }
      return;
    }
    const good = this.#checked(line, fresh);
    line.taking += good.length;
    if (good.length < fresh.length) side.isStopped = true;
    this.#disk.put(
      [],
      () => side.theirs.push(...good),
      (error) => this.#onTaken(line, good, error),
    );
  }

  receiveTold(id: LineId, message: Uint8Array): void {
    this.#events?.onTold(id, message);
  }

  /** The operations up to the first that breaks a rule, which are in the book then. */
  #checked({ book }: OpenLine, ops: readonly LineOp[]): LineOp[] {
    const good: LineOp[] = [];
    for (const op of ops) {
      if (book.refusal(op, false, (bytes) => this.#wire.sha256(bytes)) !== undefined) break;
      book.apply(op, false);
      good.push(op);
    }
    return good;
  }

  #onTaken(line: OpenLine, ops: readonly LineOp[], error: DiskError | null): void {
    const { id, theirs } = line.side;
    if (error !== null) {
      // As after a crash: what was not kept comes again.
      this.#disk.onCrash();
      return;
    }
    for (const op of ops) this.#tellOp(id, op);
    if (this.#wire.isUp(id)) this.#wire.send(id, line.acked, [], theirs.length);
  }

  #act(id: LineId, op: LineOp, together: readonly RecordWrite[], done: Done): void {
    const line = this.#lines.get(id);
    const isSettling = op.t === "fulfil" || op.t === "cancel";
    const refusal =
      line === undefined
        ? "not-found"
        : line.side.isStopped && !isSettling
          ? "stopped"
          : line.book.refusal(op, true, (bytes) => this.#wire.sha256(bytes));
    if (line === undefined || refusal !== undefined) {
      done(new MoneyError(refusal ?? "not-found", WORDS[refusal ?? "not-found"]));
      return;
    }
    line.book.apply(op, true);
    this.#disk.put(
      together,
      () => line.side.ours.push(op),
      (error) => {
        if (error !== null) {
          // The book is ahead of the disk: what the caller is told must be true after a restart too.
          done(new MoneyError("disk-full", "The disk is full."));
          this.#disk.onCrash();
          return;
        }
        done(null);
        this.#sendSoon(line);
      },
    );
  }

  #tellOp(id: LineId, op: LineOp): void {
    const events = must(this.#events, "the desk has started");
    if (op.t === "pay") events.onPaid(id, op.amount, op.memo, String(0));
    else if (op.t === "prepare") events.onPrepared(id, op.lock);
    else if (op.t === "fulfil") events.onFulfilled(id, op.lockId, op.preimage);
    else events.onCancelled(id, op.lockId, op.reason);
  }
}
