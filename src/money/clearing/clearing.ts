import { equalBytes, toHex } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { LocalIdentity } from "../../identity/index.ts";
import type { Clock, DiskError, Random, RecordStore, Timed } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { explain } from "../disk.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId, Done, LineDesk, LineId, LineView } from "../line-desk.ts";
import {
  type Invoice,
  type PaymentId,
  type Payments,
  type PaymentView,
  selectorOf,
} from "../payments/index.ts";
import {
  CIRCLE_LIFE_MS,
  CIRCLE_LINES_MAX,
  CLEARED_KEPT_MAX,
  LOOK_EVERY_MS,
  LOOK_FANOUT,
  LOOK_LIFE_MS,
  LOOKS_BURST,
  LOOKS_MAX,
  LOOKS_PER_SECOND,
} from "./limits.ts";
import { decodeLook, encodeLook, isLook, type Look } from "./look.ts";
import type { RoundRouter } from "./round-router.ts";

const KEY = "clearing/setting";
const ID_BYTES = 16;
const MEMO = "debts cleared in a circle";
const HEARD_RATE = { perSecond: LOOKS_PER_SECOND, burst: LOOKS_BURST };
const settingSchema = schema.record({ v: schema.literal(1), o: schema.boolean });

/** What clearing is made of. */
export interface ClearingOptions {
  readonly desk: LineDesk;
  readonly router: RoundRouter;
  readonly payments: () => Payments;
  readonly identity: LocalIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly records: RecordStore;
  /** Whether a line is its owner's alone: it is neither asked over nor part of a circle. None is where left out. */
  readonly isHidden?: (line: LineId) => boolean;
}

/** Debts that went out of the world: each of a circle owed so much, and was owed so much. */
export interface Cleared {
  readonly currency: CurrencyId;
  readonly amount: number;
  /** Wall-clock time, milliseconds since 1970. */
  readonly atMs: number;
}

interface Search {
  readonly id: Uint8Array;
  readonly line: LineView;
  readonly amount: number;
  readonly untilMs: number;
}

/** Somebody who may be asked who owes them, and for how much at most. */
interface Debtor {
  readonly line: LineView;
  readonly most: number;
}

/**
 * Clears debts round circles: where ben owes me, cleo owes ben and I owe cleo, all three owe less after a payment to
 * myself round the circle. Now and then somebody who owes me is asked who owes them, and so on; where the question
 * comes back by somebody whom I owe, there is a circle.
 */
export class Clearing implements Timed {
  readonly #options: ClearingOptions;
  readonly #seen = new Map<string, number>();
  readonly #heard = new Map<LineId, TokenBucket>();
  readonly #cleared: Cleared[] = [];
  /** By the ids of their payments: circles that are being paid. */
  readonly #paying = new Map<string, Omit<Cleared, "atMs">>();
  #isOn = true;
  #search: Search | undefined;
  #turn = 0;
  #othersTurn = 0;
  #dueMs: number;

  constructor(options: ClearingOptions) {
    this.#options = options;
    this.#dueMs = options.clock.monotonicMs() + this.#pauseMs();
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** What was cleared since the start, newest last. */
  get cleared(): readonly Cleared[] {
    return this.#cleared;
  }

  load(done: (error: DiskError | null) => void): void {
    this.#options.records.scan(KEY, (error, found) => {
      for (const { value } of found ?? []) this.#read(value);
      done(error);
    });
  }

  /** Turned off, this peer neither looks for circles nor answers those who do. Errors: those of the disk. */
  turn(isOn: boolean, done: Done): void {
    const value = encodeCbor({ v: 1, o: isOn });
    this.#options.records.write([{ key: KEY, value }], (error) => {
      if (error === null) this.#isOn = isOn;
      done(error === null ? null : explain(error));
    });
  }

  nextDeadlineMs(): number {
    return this.#isOn ? this.#dueMs : Number.POSITIVE_INFINITY;
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (!this.#isOn || nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + this.#pauseMs();
    this.#forget(nowMs);
    this.look();
  }

  /** Begins to look for a circle now. @returns whether there is anybody to ask */
  look(): boolean {
    const { clock, desk, random } = this.#options;
    const owing = this.#lines().filter((line) => isOwed(line) && this.#iOweIn(line.currency));
    const line = owing[this.#turn++ % Math.max(1, owing.length)];
    if (line === undefined) return false;
    const amount = Math.min(line.balance, line.canPrepare);
    const id = random.bytes(ID_BYTES);
    const untilMs = clock.monotonicMs() + LOOK_LIFE_MS;
    this.#search = { id, line, amount, untilMs };
    return amount >= 1 && desk.tell(line.id, encodeLook({ id, amount, path: [] }));
  }

  /** What a line's partner says. @returns whether it was for this room */
  onTold(id: LineId, bytes: Uint8Array): boolean {
    if (!isLook(bytes)) return false;
    const look = decodeLook(bytes);
    const line = this.#options.desk.line(id);
    if (!this.#isOn || look === undefined || line === undefined || !this.#mayTell(id)) return true;
    if (line.state !== "open" || line.balance >= 0 || this.#isHidden(line)) return true;
    const amount = Math.min(look.amount, -line.balance);
    if (this.#search !== undefined && equalBytes(look.id, this.#search.id)) {
      this.#found(this.#search, { ...look, amount });
    } else this.#handOn(line, { ...look, amount });
    return true;
  }

  /** A payment of ours got on: what went round a circle is told of once it is paid. */
  onPayment({ id, state }: PaymentView): void {
    const circle = this.#paying.get(id);
    if (circle === undefined || (state !== "paid" && state !== "failed")) return;
    this.#paying.delete(id);
    if (state === "failed") {
      this.#options.payments().withdraw(id, () => undefined);
      return;
    }
    this.#cleared.push({ ...circle, atMs: Math.floor(this.#options.clock.wallMs()) });
    if (this.#cleared.length > CLEARED_KEPT_MAX) this.#cleared.shift();
  }

  /** Whether a payment, or the request behind it, is a circle's: nothing to tell the person of. */
  isCircle(id: PaymentId): boolean {
    return this.#paying.has(id);
  }

  #handOn(from: LineView, { amount, id, path }: Look): void {
    const { clock, desk, identity } = this.#options;
    const name = toHex(id);
    this.#forget(clock.monotonicMs());
    if (this.#seen.has(name) || this.#seen.size >= LOOKS_MAX) return;
    // With the line by which it would come back there are two more than nodes so far.
    if (path.length + 2 >= CIRCLE_LINES_MAX + 1) return;
    this.#seen.set(name, clock.monotonicMs() + LOOK_LIFE_MS);
    const own = identity.dhKey.publicKey;
    for (const { line, most } of this.#debtorsFor(from, amount)) {
      const node = { dhKey: own, selector: selectorOf(line.id) };
      desk.tell(line.id, encodeLook({ id, amount: most, path: [...path, node] }));
    }
  }

  /**
   * Whom to ask on: those over whom most can be cleared, and of the others some in turn, or a circle of small debts
   * would never be found where somebody is owed much by many.
   */
  #debtorsFor(from: LineView, amount: number): readonly Debtor[] {
    const all = this.#lines()
      .filter((line) => line.id !== from.id && line.currency === from.currency && isOwed(line))
      // No more than is always lent to one line in: half of it.
      .map((line) => ({
        line,
        most: Math.min(amount, line.balance, Math.floor(line.canPrepare / 2)),
      }))
      .filter(({ most }) => most >= 1)
      .sort((a, b) => b.most - a.most || b.line.balance - a.line.balance);
    if (all.length <= LOOK_FANOUT) return all;
    const asked = all.slice(0, LOOK_FANOUT / 2);
    const others = all.slice(LOOK_FANOUT / 2);
    while (asked.length < LOOK_FANOUT) {
      const debtor = others[this.#othersTurn++ % others.length];
      if (debtor !== undefined) asked.push(debtor);
    }
    return asked;
  }

  /** Looks that are over; the oldest come first. */
  #forget(nowMs: number): void {
    for (const [id, untilMs] of this.#seen) {
      if (untilMs > nowMs) return;
      this.#seen.delete(id);
    }
  }

  #found({ line, untilMs }: Search, { amount, path }: Look): void {
    const { clock, identity, payments, router } = this.#options;
    this.#search = undefined;
    if (clock.monotonicMs() > untilMs || path.length < 2 || amount < 1) return;
    if (this.#isHidden(line)) return;
    // All of a circle may look at once: it is for the one of the smallest key to clear it.
    const own = toHex(identity.dhKey.publicKey);
    if (path.some(({ dhKey }) => toHex(dhKey) < own)) return;
    const wish = { amount, currency: line.currency, memo: MEMO, lifeMs: CIRCLE_LIFE_MS };
    payments().request(wish, (error, invoice) => {
      if (error !== null || invoice === null) return;
      const nodes = path.map(({ dhKey, selector }) => ({ dhKey, next: selector }));
      const last = { dhKey: identity.dhKey.publicKey };
      router.set({ line: line.id, amount, delivers: amount, nodes: [...nodes, last] });
      this.#pay(invoice);
    });
  }

  #pay(invoice: Invoice): void {
    const { amount, currency } = invoice;
    try {
      const { id, state } = this.#options.payments().pay(invoice);
      if (state !== "failed") this.#paying.set(id, { amount, currency });
    } catch (error) {
      // Too much else is under way: another time.
      if (!(error instanceof MoneyError)) throw error;
    }
  }

  #iOweIn(currency: CurrencyId): boolean {
    for (const line of this.#lines()) {
      if (line.currency === currency && line.state === "open" && line.balance < 0) return true;
    }
    return false;
  }

  /** Those that may be part of a circle. */
  #lines(): LineView[] {
    return [...this.#options.desk.lines()].filter((line) => !this.#isHidden(line));
  }

  #isHidden({ id }: LineView): boolean {
    return this.#options.isHidden?.(id) === true;
  }

  #mayTell(line: LineId): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const bucket = this.#heard.get(line) ?? new TokenBucket(HEARD_RATE, nowMs);
    this.#heard.set(line, bucket);
    return bucket.take(nowMs);
  }

  #pauseMs(): number {
    return LOOK_EVERY_MS + (this.#options.random.u32() % (LOOK_EVERY_MS / 2));
  }

  #read(value: Uint8Array): void {
    try {
      this.#isOn = settingSchema(decodeCbor(value), "clearing").o;
    } catch (error) {
      // Damaged: as if nothing had been said.
      if (!(error instanceof TypedError)) throw error;
    }
  }
}

/** Whether the partner owes us something that could be cleared. */
function isOwed({ balance, canPrepare, state }: LineView): boolean {
  return state === "open" && balance > 0 && canPrepare > 0;
}
