import { utf8 } from "../../src/base/bytes.ts";
import { TypedError } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerRecord,
} from "../../src/identity/index.ts";
import { type Currency, makeCurrency } from "../../src/money/currency/definition.ts";
import type { MoneyError } from "../../src/money/errors.ts";
import { Lines } from "../../src/money/lines.ts";
import {
  type Invoice,
  Payments,
  type RouteNode,
  type Router,
  SimplePlan,
  selectorOf,
} from "../../src/money/payments/index.ts";
import { type Random, SILENT_LOG } from "../../src/ports/index.ts";
import { ManualClock, testRandom } from "../../src/testing/fixtures.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** Somebody in a chain of people with lines and payments, on a disk that survives crashes. */
export interface Stall {
  readonly place: number;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly disk: MemoryRecords;
  lines: Lines | undefined;
  payments: Payments | undefined;
  starts: number;
}

/** People in a chain with real lines between neighbours, over a network and disks that move step by step. */
export class Bazaar {
  readonly suite: CryptoSuite;
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly stalls: Stall[] = [];
  readonly #currencies: Currency[] = [];

  /** @param isCalm see `SessionNet` */
  constructor(suite: CryptoSuite, seed: number, length: number, limit: number, isCalm = false) {
    this.suite = suite;
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"), isCalm);
    for (let place = 0; place < length; place++) {
      const name = `stall ${place}`;
      const seedOf = (what: string) => suite.sha256(utf8(`${what} ${name}`));
      const identity = makeLocalIdentity(suite, seedOf("device"), seedOf("person"));
      const record = decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
      const disk = new MemoryRecords();
      const about = { lines: undefined, payments: undefined, starts: 0 };
      this.stalls.push({ place, identity, record, disk, ...about });
    }
    const [first] = this.stalls;
    if (first === undefined) throw new RangeError("nobody is there");
    const terms = { name: "hours", unit: "hour", decimals: 2, group: undefined };
    const extra = { nonce: new Uint8Array(16), madeAtS: 1 };
    this.#currencies.push(makeCurrency(suite, first.identity, terms, extra));
    for (const stall of this.stalls) this.start(stall);
    this.pass(100);
    for (let at = 1; at < length; at++) this.#line(at - 1, at, limit);
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
      personOf: (peer: string) =>
        this.stalls.find((each) => each.identity.id === peer)?.identity.person.personId,
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
      events: { onPayment() {}, onInvoice() {} },
    });
    lines.load((error) => {
      if (error !== null) throw error;
      payments.load((failure) => {
        if (failure !== null) throw failure;
        lines.listen(payments);
        stall.lines = lines;
        stall.payments = payments;
        for (const other of this.stalls) this.#meet(stall, other);
      });
    });
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(stall: Stall, effects: number): void {
    stall.disk.crash(effects);
    stall.lines = undefined;
    stall.payments = undefined;
    this.net.leave(stall.identity.id);
    for (const { lines } of this.stalls) lines?.peerUnreachable(stall.identity.id);
  }

  /** One step of a disk or of the network; false where nothing is under way. */
  step(): boolean {
    const disks = this.stalls.filter(({ disk }) => disk.busy);
    const choices = disks.length + (this.net.busy ? 1 : 0);
    if (choices === 0) return false;
    const disk = disks[this.random.u32() % choices]?.disk;
    if (disk === undefined) this.net.step();
    else disk.step();
    return true;
  }

  /** Everything that happens by itself, for so long. */
  pass(ms: number): void {
    const untilMs = this.clock.monotonicMs() + ms;
    for (;;) {
      while (this.step());
      const next = Math.min(...this.#timed().map((part) => part.nextDeadlineMs()));
      if (next > untilMs) break;
      this.clock.advance(Math.max(1, next - this.clock.monotonicMs()));
      for (const part of this.#timed()) part.tick();
    }
    this.clock.advance(Math.max(0, untilMs - this.clock.monotonicMs()));
    for (const part of this.#timed()) part.tick();
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

  #timed(): readonly (Lines | Payments)[] {
    return this.stalls.flatMap(({ lines, payments }) =>
      lines === undefined || payments === undefined ? [] : [lines, payments],
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

  #meet(one: Stall, other: Stall): void {
    if (one === other || one.lines === undefined || other.lines === undefined) return;
    one.lines.peerReachable(other.identity.id);
    other.lines.peerReachable(one.identity.id);
  }

  /** Along the chain, which everybody here knows. */
  #router(from: number): Router {
    return {
      plan: (ask, done) => {
        const target = this.stalls.findIndex(
          ({ identity }) => identity.person.personId === ask.payee,
        );
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
        const line = this.#lineId(from, from + step) ?? "";
        const find = (amount: number) => [{ line, amount, delivers: amount, nodes }];
        done(new SimplePlan(ask.amount, 1, find));
      },
      learn() {},
    };
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
