import { utf8 } from "../../src/base/bytes.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerRecord,
  type PersonId,
} from "../../src/identity/index.ts";
import { type Currency, makeCurrency } from "../../src/money/currency/definition.ts";
import type { MoneyError } from "../../src/money/errors.ts";
import type { LineEvents, LineView } from "../../src/money/line-desk.ts";
import { Lines } from "../../src/money/lines.ts";
import type { LinesOptions } from "../../src/money/options.ts";
import { type Random, SILENT_LOG } from "../../src/ports/index.ts";
import { ManualClock, testRandom } from "../../src/testing/fixtures.ts";
import { toySuite } from "./line-rig.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** Somebody with lines, on a disk that survives crashes. */
export class Trader {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  disk: MemoryRecords = new MemoryRecords();
  lines: Lines | undefined;
  isReady = false;
  isCopied = false;
  starts = 0;
  /** What payments were told, one word and its facts each. */
  readonly told: string[] = [];

  constructor(name: string, suite: CryptoSuite, device: string) {
    this.name = name;
    const seed = suite.sha256(utf8(device));
    this.identity = makeLocalIdentity(suite, seed, suite.sha256(utf8(`person ${name}`)));
    this.record = decodePeerRecord(suite, encodePeerRecord(this.identity, { name, seqno: 1 }));
  }

  get person(): PersonId {
    return this.identity.person.personId;
  }

  /** The running room; a test that asks while it does not run is wrong. */
  get live(): Lines {
    if (this.lines === undefined || !this.isReady) throw new RangeError("It does not run.");
    return this.lines;
  }

  /** The only line. */
  get view(): LineView {
    const [view] = this.live.lines();
    if (view === undefined) throw new RangeError("There is no line.");
    return view;
  }

  events(): LineEvents {
    const { told } = this;
    return {
      onLine: () => undefined,
      onPaid: (_id, amount, memo, place) => void told.push(`paid ${amount} ${memo} ${place}`),
      onPrepared: (_id, lock) => void told.push(`prepared ${lock.amount}`),
      onFulfilled: (_id, lockId) => void told.push(`fulfilled ${lockId[0]}`),
      onCancelled: (_id, lockId, reason) => void told.push(`cancelled ${lockId[0]} ${reason}`),
      onTold: (_id, message) => void told.push(`told ${message.length}`),
      onReach: (_id, isInReach) => void told.push(isInReach ? "near" : "away"),
    };
  }
}

/** People with lines, a network between them that can be cut, and a clock moved by hand. */
export class Market {
  readonly suite: CryptoSuite;
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly all: Trader[] = [];
  readonly #apart = new Set<string>();
  isContact: (person: PersonId) => boolean = () => true;

  constructor(seed: number | string, suite: CryptoSuite = toySuite) {
    this.suite = suite;
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"));
  }

  /** Somebody new, running. */
  add(name: string, device = `device of ${name}`): Trader {
    const trader = new Trader(name, this.suite, device);
    this.all.push(trader);
    this.start(trader);
    while (!trader.isReady && this.step());
    return trader;
  }

  start(trader: Trader): void {
    const { identity } = trader;
    trader.starts++;
    const options: LinesOptions = {
      ...{ identity, suite: this.suite, clock: this.clock, log: SILENT_LOG },
      random: this.random.fork(`${trader.name} ${trader.starts}`),
      records: trader.disk.open(),
      session: this.net.join(trader.record),
      isCopied: trader.isCopied,
      people: {
        personOf: (peer) => this.all.find((each) => each.identity.id === peer)?.person,
        isContact: (person) => this.isContact(person),
        stands: () => true,
        nameOf: (person) => this.all.find((each) => each.person === person)?.name,
        skeleton: (name) => name.toLowerCase(),
      },
    };
    const lines = new Lines(options, {
      onLineChanged: () => undefined,
      onCurrency: () => undefined,
    });
    trader.lines = lines;
    lines.load((error) => {
      if (error !== null) throw error;
      trader.isReady = true;
      lines.listen(trader.events());
      for (const other of this.all) this.#meet(trader, other);
    });
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(trader: Trader, effects: number): void {
    trader.disk.crash(effects);
    trader.lines = undefined;
    trader.isReady = false;
    this.net.leave(trader.identity.id);
    for (const other of this.all) {
      if (other.isReady) other.lines?.peerUnreachable(trader.identity.id);
    }
  }

  restart(trader: Trader): void {
    this.crash(trader, Number.MAX_SAFE_INTEGER);
    this.start(trader);
    while (!trader.isReady && this.step());
  }

  /** The network between two breaks. */
  part(one: Trader, other: Trader): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    for (const [near, far] of [
      [one, other],
      [other, one],
    ] as const) {
      if (near.isReady) near.lines?.peerUnreachable(far.identity.id);
    }
  }

  heal(one: Trader, other: Trader): void {
    this.#apart.delete(pairName(one, other));
    this.#meet(one, other);
  }

  /** Whether anything is under way. One step of a disk or of the network. */
  step(): boolean {
    const disks = this.all.filter(({ disk }) => disk.busy);
    const choices = disks.length + (this.net.busy ? 1 : 0);
    if (choices === 0) return false;
    const disk = disks[this.random.u32() % choices]?.disk;
    if (disk === undefined) this.net.step();
    else disk.step();
    return true;
  }

  /** Everything that happens by itself until nothing does, for so long. */
  pass(ms: number): void {
    const untilMs = this.clock.monotonicMs() + ms;
    for (;;) {
      while (this.step());
      const next = Math.min(
        ...this.all.map(({ lines }) => lines?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY),
      );
      if (next > untilMs) break;
      this.clock.advance(Math.max(1, next - this.clock.monotonicMs()));
      for (const { lines, isReady } of this.all) if (isReady) lines?.tick();
    }
    this.clock.advance(Math.max(0, untilMs - this.clock.monotonicMs()));
    for (const { lines, isReady } of this.all) if (isReady) lines?.tick();
  }

  /** Asks for something and lets it happen; "" where it went well, else the code. */
  ask(act: (done: (error: MoneyError | null) => void) => void): string {
    let answer: string | undefined;
    act((error) => {
      answer = error === null ? "" : error.code;
    });
    while (answer === undefined && this.step());
    return answer ?? "no answer";
  }

  currency(by: Trader, name = "hours", decimals = 2): Currency {
    const terms = { name, unit: "hour", decimals, group: undefined };
    return makeCurrency(this.suite, by.identity, terms, { nonce: new Uint8Array(16), madeAtS: 1 });
  }

  /** A line that both have agreed to; the limits are what each may owe. */
  line(
    one: Trader,
    other: Trader,
    mayOwe: { readonly one: number; readonly other: number },
  ): Currency {
    const currency = this.currency(one);
    this.ask((done) => one.live.begin(other.person, currency, mayOwe.other, done));
    this.pass(1_000);
    this.ask((done) => other.live.begin(one.person, currency, mayOwe.one, done));
    this.pass(1_000);
    return currency;
  }

  #meet(one: Trader, other: Trader): void {
    if (one === other || !one.isReady || !other.isReady || this.#apart.has(pairName(one, other)))
      return;
    one.lines?.peerReachable(other.identity.id);
    other.lines?.peerReachable(one.identity.id);
  }
}

function pairName(one: Trader, other: Trader): string {
  return [one.identity.id, other.identity.id].sort().join();
}
