import { TypedError } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import type { LocalIdentity, PeerRecord, PersonId } from "../../src/identity/index.ts";
import { type Currency, makeCurrency } from "../../src/money/currency/definition.ts";
import type { MoneyError } from "../../src/money/errors.ts";
import { Lines } from "../../src/money/lines.ts";
import {
  type Invoice,
  Payments,
  type PaymentView,
  type RouteNode,
  type RoutePart,
  type Router,
  SimplePlan,
  selectorOf,
} from "../../src/money/payments/index.ts";
import { SILENT_LOG, type Timed } from "../../src/ports/index.ts";
import { Crowd, type Hearing, type Inhabitant, papersOf } from "./crowd.ts";
import { MemoryRecords } from "./memory-records.ts";

/** Somebody in a chain of people with lines and payments, on a disk that survives crashes. */
export class Stall implements Inhabitant {
  readonly place: number;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly disk: MemoryRecords = new MemoryRecords();
  lines: Lines | undefined;
  payments: Payments | undefined;
  starts = 0;

  constructor(suite: CryptoSuite, place: number) {
    this.place = place;
    const name = `stall ${place}`;
    const { identity, record } = papersOf(suite, name, `device ${name}`);
    this.identity = identity;
    this.record = record;
  }

  get hearing(): Hearing | undefined {
    return this.lines;
  }

  get timed(): readonly Timed[] {
    const { lines, payments } = this;
    return lines === undefined || payments === undefined ? [] : [lines, payments];
  }
}

/** People in a chain with real lines between neighbours. */
export class Bazaar extends Crowd<Stall> {
  readonly #currencies: Currency[] = [];
  readonly #ways = new Map<string, Omit<RoutePart, "amount" | "delivers">>();
  /** Hears what becomes of payments of somebody. */
  onPayment: (place: number, view: PaymentView) => void = () => {};

  /** @param isCalm see `SessionNet` */
  constructor(suite: CryptoSuite, seed: number, length: number, limit: number, isCalm = false) {
    super(suite, seed, isCalm);
    for (let place = 0; place < length; place++) this.everybody.push(new Stall(suite, place));
    const [first] = this.stalls;
    if (first === undefined) throw new RangeError("nobody is there");
    const terms = { name: "hours", unit: "hour", decimals: 2, group: undefined };
    const extra = { nonce: new Uint8Array(16), madeAtS: 1 };
    this.#currencies.push(makeCurrency(suite, first.identity, terms, extra));
    for (const stall of this.stalls) this.start(stall);
    this.pass(100);
    for (let at = 1; at < length; at++) this.#line(at - 1, at, limit);
  }

  get stalls(): readonly Stall[] {
    return this.everybody;
  }

  get currency(): Currency {
    const [currency] = this.#currencies;
    if (currency === undefined) throw new RangeError("there is one");
    return currency;
  }

  stall(place: number): Stall {
    const stall = this.stalls.at(place);
    if (stall === undefined) throw new RangeError("nobody is there");
    return stall;
  }

  live(place: number): { readonly lines: Lines; readonly payments: Payments } {
    const { lines, payments } = this.stall(place);
    if (lines === undefined || payments === undefined) throw new RangeError("It does not run.");
    return { lines, payments };
  }

  start(stall: Stall): void {
    const { identity } = stall;
    stall.starts++;
    const records = stall.disk.open();
    const common = { identity, suite: this.suite, clock: this.clock, log: SILENT_LOG, records };
    const random = this.random.fork(`${stall.place} ${stall.starts}`);
    const people = {
      personOf: (peer: string) => this.personOf(peer),
      isContact: () => true,
      stands: () => true,
      nameOf: () => undefined,
      skeleton: (name: string) => name,
    };
    const session = this.net.join(stall.record);
    const lines = new Lines(
      { ...common, random, session, isCopied: false, people },
      { onLineChanged: () => undefined, onCurrency: () => undefined },
    );
    const payments = new Payments({
      ...common,
      random,
      desk: lines,
      router: this.#router(stall.place),
      isRevoked: () => false,
      events: { onPayment: (view) => this.onPayment(stall.place, view), onInvoice() {} },
    });
    lines.load((error) => {
      if (error !== null) throw error;
      payments.load((failure) => {
        if (failure !== null) throw failure;
        lines.listen(payments);
        stall.lines = lines;
        stall.payments = payments;
        this.meetAll(stall);
      });
    });
  }

  protected dropRooms(stall: Stall): void {
    stall.lines = undefined;
    stall.payments = undefined;
  }

  request(place: number, amount: number): Invoice {
    const [invoice] = this.requests(place, amount, 1);
    if (invoice === undefined) throw new RangeError("no invoice");
    return invoice;
  }

  /** So many requests, made at once. */
  requests(place: number, amount: number, count: number): readonly Invoice[] {
    const found: Invoice[] = [];
    const wish = { amount, currency: this.currency.id, memo: "bread" };
    for (let made = 0; made < count; made++) {
      this.live(place).payments.request(wish, (error, invoice) => {
        if (invoice === null) throw error ?? new RangeError("no invoice");
        found.push(invoice);
      });
    }
    while (found.length < count && this.step());
    return found;
  }

  /** Begins to pay; "" where it was begun. */
  pay(place: number, invoice: Invoice): string {
    try {
      this.live(place).payments.pay(invoice);
      return "";
    } catch (error) {
      if (error instanceof TypedError) return error.code;
      throw error;
    }
  }

  balances(): number[] {
    return this.stalls.map(({ lines }) =>
      [...(lines?.lines() ?? [])].reduce((sum, { balance }) => sum + balance, 0),
    );
  }

  locked(): number {
    return this.stalls.reduce(
      (sum, { lines }) =>
        sum + [...(lines?.lines() ?? [])].reduce((all, view) => all + view.lockedOut, 0),
      0,
    );
  }

  #line(a: number, b: number, limit: number): void {
    for (const [own, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const answers: (MoneyError | null)[] = [];
      const { person } = this.stall(other).identity;
      this.live(own).lines.begin(person.personId, this.currency, limit, (error) =>
        answers.push(error),
      );
      this.pass(1_000);
      if (answers[0] !== null) throw new RangeError(`no line: ${answers[0]?.code}`);
    }
  }

  /** Along the chain, which everybody here knows. */
  #router(from: number): Router {
    return {
      plan: (ask, done) => {
        const way = this.#way(from, ask.payee);
        const find = (amount: number) => [{ ...way, amount, delivers: amount }];
        done(new SimplePlan(ask.amount, 1, find));
      },
      learn() {},
    };
  }

  /** Found once: lines stay what they are. */
  #way(from: number, payee: PersonId): Omit<RoutePart, "amount" | "delivers"> {
    const known = this.#ways.get(`${from} ${payee}`);
    if (known !== undefined) return known;
    const target = this.stalls.findIndex(({ identity }) => identity.person.personId === payee);
    const step = target > from ? 1 : -1;
    const nodes: RouteNode[] = [];
    for (let at = from + step; at !== target + step; at += step) {
      const { dhKey } = this.stall(at).identity;
      const next = at === target ? undefined : this.#lineId(at, at + step);
      nodes.push({
        dhKey: dhKey.publicKey,
        ...(next === undefined ? {} : { next: selectorOf(next) }),
      });
    }
    const line = this.#lineId(from, from + step);
    const way = { line: line ?? "", nodes };
    const isWhole =
      line !== undefined && nodes.slice(0, -1).every(({ next }) => next !== undefined);
    if (isWhole) this.#ways.set(`${from} ${payee}`, way);
    return way;
  }

  #lineId(place: number, partner: number): string | undefined {
    const { personId } = this.stall(partner).identity.person;
    // Also of somebody who does not run now: both sides call a line the same.
    for (const [at, other] of [
      [place, personId],
      [partner, this.stall(place).identity.person.personId],
    ] as const) {
      for (const view of this.stall(at).lines?.lines() ?? []) {
        if (view.partner === other) return view.id;
      }
    }
    return undefined;
  }
}
