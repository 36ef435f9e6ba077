import type { TypedError } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../../src/identity/index.ts";
import { type Currency, makeCurrency } from "../../src/money/currency/definition.ts";
import type { LineEvents, LineView } from "../../src/money/line-desk.ts";
import { Lines } from "../../src/money/lines.ts";
import type { MoneyLoss } from "../../src/money/losses.ts";
import { LineMail } from "../../src/money/mail/line-mail.ts";
import type { LinesOptions } from "../../src/money/options.ts";
import { type DiskError, type RecordWrite, SILENT_LOG, type Timed } from "../../src/ports/index.ts";
import { Crowd, type Hearing, type Inhabitant, papersOf } from "./crowd.ts";
import { toySuite } from "./line-rig.ts";
import { MemoryRecords } from "./memory-records.ts";

/** Somebody with lines, on a disk that survives crashes. */
export class Trader implements Inhabitant {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  disk: MemoryRecords = new MemoryRecords();
  lines: Lines | undefined;
  mail: LineMail | undefined;
  isReady = false;
  isCopied = false;
  /** Whether its next start goes on with what is left of its records, and what it told of them. */
  salvages = false;
  readonly losses: MoneyLoss[] = [];
  starts = 0;
  /** What payments were told, one word and its facts each. */
  readonly told: string[] = [];

  constructor(name: string, suite: CryptoSuite, device: string) {
    this.name = name;
    const { identity, record } = papersOf(suite, name, device);
    this.identity = identity;
    this.record = record;
  }

  get hearing(): Hearing | undefined {
    return this.isReady ? this.lines : undefined;
  }

  get timed(): readonly Timed[] {
    if (!this.isReady || this.lines === undefined) return [];
    return this.mail === undefined ? [this.lines] : [this.lines, this.mail];
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
      onReach: (id, isInReach) => {
        told.push(isInReach ? "near" : "away");
        this.mail?.changed(id);
      },
    };
  }
}

/** A letter that somebody carries. */
export interface CarriedLetter {
  readonly from: Trader;
  readonly to: PeerId;
  readonly content: Uint8Array;
}

/** People with lines. */
export class Market extends Crowd<Trader> {
  isContact: (person: PersonId) => boolean = () => true;
  /** Whether letters are written to who is out of reach; and those that nobody has carried yet. */
  hasPost = false;
  letters: CarriedLetter[] = [];
  /** Why no letter can be kept, where that is so. */
  postFailure: TypedError | null = null;

  constructor(seed: number | string, suite: CryptoSuite = toySuite) {
    super(suite, seed);
  }

  /** Somebody new, running. */
  add(name: string, device = `device of ${name}`): Trader {
    return this.admit(new Trader(name, this.suite, device));
  }

  start(trader: Trader): void {
    trader.starts++;
    const options = this.optionsOf(trader);
    const lines = new Lines(options, {
      onLineChanged: (id) => trader.mail?.changed(id),
      onCurrency: () => undefined,
    });
    trader.lines = lines;
    const begin = (error: DiskError | null): void => {
      if (error !== null) throw error;
      trader.isReady = true;
      lines.listen(trader.events());
      trader.mail?.open();
      this.meetAll(trader);
    };
    lines.load((error) => {
      if (error !== null) throw error;
      if (!this.hasPost) {
        begin(null);
        return;
      }
      trader.mail = new LineMail(options, lines.mailDesk());
      trader.mail.load(begin);
    });
  }

  /** Somebody carries the letters that were written so far to where they go, in this order. */
  deliver(letters: readonly CarriedLetter[] = this.letters.splice(0)): void {
    for (const { from, to, content } of letters) {
      const reader = this.everybody.find(({ identity }) => identity.id === to);
      const writes: RecordWrite[] = [];
      const commits: (() => void)[] = [];
      const draft = {
        write: (key: string, value: Uint8Array | null) => void writes.push({ key, value }),
        onCommit: (call: () => void) => void commits.push(call),
        onUndone: () => undefined,
      };
      const letter = { device: from.identity.id, personId: from.person, content };
      reader?.mail?.take(draft, letter);
      reader?.disk.open().write(writes, () => {
        for (const call of commits) call();
      });
    }
    this.pass(1_000);
  }

  /** What a start of somebody's rooms is made of. */
  optionsOf(trader: Trader): LinesOptions {
    const { identity } = trader;
    return {
      ...{ identity, suite: this.suite, clock: this.clock, log: SILENT_LOG },
      random: this.random.fork(`${trader.name} ${trader.starts}`),
      records: trader.disk.open(),
      session: this.net.join(trader.record),
      ...{ isCopied: trader.isCopied, salvages: trader.salvages },
      onMended: (loss) => trader.losses.push(loss),
      post: {
        devicesOf: (person) =>
          this.everybody.filter((each) => each.person === person).map(({ identity: { id } }) => id),
        send: (to, content, done) => {
          this.letters.push({ from: trader, to, content });
          done(this.postFailure);
        },
      },
      people: {
        personOf: (peer) => this.personOf(peer),
        isContact: (person) => this.isContact(person),
        stands: () => true,
        nameOf: (person) => this.everybody.find((each) => each.person === person)?.name,
        skeleton: (name) => name.toLowerCase(),
      },
    };
  }

  protected dropRooms(trader: Trader): void {
    trader.lines = undefined;
    trader.mail = undefined;
    trader.isReady = false;
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
}
