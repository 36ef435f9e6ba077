import { withUnit } from "../base/unit-words.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { DiskError, RecordWrite, Timed } from "../ports/index.ts";
import { Clearing } from "./clearing/clearing.ts";
import { RoundRouter } from "./clearing/round-router.ts";
import { formatAmount } from "./currency/amounts.ts";
import { CurrencyBook } from "./currency/book.ts";
import {
  type Currency,
  type CurrencyTerms,
  makeCurrency,
  readCurrency,
} from "./currency/definition.ts";
import { CURRENCIES_RESERVED } from "./currency/limits.ts";
import { explain } from "./disk.ts";
import { readEntries, type StatementEntry } from "./entries.ts";
import { MoneyError } from "./errors.ts";
import { readForkProof } from "./fork-proof.ts";
import type { CurrencyId, Done, LineEvents, LineId } from "./line-desk.ts";
import type { LineEntry } from "./line-entry.ts";
import { Lines } from "./lines.ts";
import { currencyKey } from "./load-lines.ts";
import { LineMail } from "./mail/line-mail.ts";
import { isRevoked, type LinesOptions } from "./options.ts";
import {
  hintsOf,
  type Invoice,
  type InvoiceView,
  type InvoiceWish,
  isPaymentMessage,
  Payments,
  type PaymentView,
} from "./payments/index.ts";
import { Ways } from "./ways/ways.ts";

const NONCE_BYTES = 16;

/** What money tells the peer. */
export interface MoneyEvents {
  /** A line is new here, or something about it has changed. */
  onLineChanged?(id: LineId): void;
  /** The partner has paid over a line. */
  onPaid?(id: LineId, amount: number, memo: string): void;
  /** A payment over several lines began, got on or ended. */
  onPayment?(view: PaymentView): void;
  /** A request of ours is being paid, was paid or withdrawn. */
  onInvoice?(view: InvoiceView): void;
}

/** The one way in which somebody is paid, whatever way the money takes. */
export interface MoneyDesk {
  /**
   * Pays somebody in a currency. Over a line with them where there is one; other ways are for who extends this.
   * `done` comes when it is on this device's disk: from then on it is owed. Errors: "no-route", "limit", "stopped",
   * "stale", "bad-amount", disk errors.
   */
  pay(to: PersonId, currency: Currency, amount: number, memo: string, done: Done): void;
}

/** Money: currencies, and lines in which they are owed. Call `load` first. */
export class Money implements MoneyDesk, Timed {
  readonly lines: Lines;
  /** What is new on lines, in letters to partners out of reach. */
  readonly mail: LineMail;
  readonly currencies: CurrencyBook;
  readonly #options: LinesOptions;
  readonly #events: MoneyEvents;
  /** Over several lines, by requests. */
  readonly payments: Payments;
  /** How payments get to people one has no line with. */
  readonly ways: Ways;
  /** Debts that go round in a circle. */
  readonly clearing: Clearing;

  constructor(options: LinesOptions, events: MoneyEvents) {
    this.#options = options;
    this.#events = events;
    const { people, identity } = options;
    const own = identity.person.personId;
    this.currencies = new CurrencyBook({
      nameOf: (person) =>
        person === own ? "you" : (people.nameOf(person) ?? `a stranger (${person.slice(0, 8)})`),
      skeleton: (name) => people.skeleton(name),
    });
    this.lines = new Lines(options, {
      onLineChanged: (id) => {
        this.mail.changed(id);
        events.onLineChanged?.(id);
      },
      onCurrency: (currency) => this.currencies.put(currency),
    });
    this.mail = new LineMail(options, this.lines.mailDesk());
    this.ways = new Ways({
      ...options,
      desk: this.lines,
      isOurs: (id) => !this.lines.entry(id).isElsewhere,
      keyOfPartner: (id) => this.#keyOfPartner(this.lines.entry(id)),
      payments: () => this.payments,
      request: (wish, done) => this.#request(wish, done),
    });
    const router = new RoundRouter(this.ways.wayfinder, own);
    const isHidden = (line: LineId): boolean => this.ways.settings.isHidden(line);
    const asked = { desk: this.lines, router, payments: () => this.payments, isHidden };
    this.clearing = new Clearing({ ...options, ...asked });
    this.payments = new Payments({
      ...options,
      desk: this.lines,
      router,
      isHidden,
      currencies: {
        definition: (id) => this.currencies.get(id)?.bytes,
        learn: (id, bytes) => this.#learn(id, bytes),
      },
      isRevoked: (device, person) => isRevoked(people, device, person),
      events: {
        onPayment: (view) => {
          this.clearing.onPayment(view);
          if (view.payee !== own) events.onPayment?.(view);
        },
        onInvoice: (view) => {
          if (!this.clearing.isCircle(view.id)) events.onInvoice?.(view);
        },
      },
    });
  }

  /** Reads what is on disk; everything else works only after `done`. */
  load(done: (error: DiskError | null) => void): void {
    this.lines.load((error, currencies) => {
      for (const currency of currencies) this.currencies.put(currency);
      if (error !== null) {
        done(error);
        return;
      }
      this.#loadWays((fault) => {
        if (fault !== null) {
          done(fault);
          return;
        }
        this.payments.load((failure) => {
          if (failure !== null) {
            done(failure);
            return;
          }
          this.mail.load((lost) => {
            if (lost === null) {
              this.lines.listen(this.#listener());
              this.mail.open();
            }
            done(lost);
          });
        });
      });
    });
  }

  /** What is known of ways and circles, before payments begin. */
  #loadWays(done: (error: DiskError | null) => void): void {
    this.clearing.load((error) => {
      if (error === null) this.ways.load(done);
      else done(error);
    });
  }

  /** Issues a currency. Errors: "bad-currency", "full", disk errors. */
  issue(
    terms: CurrencyTerms,
    done: (error: MoneyError | null, currency: Currency | undefined) => void,
  ): void {
    const { suite, identity, random, clock, records } = this.#options;
    let currency: Currency;
    try {
      this.currencies.checkRoom();
      this.currencies.checkNew(identity.person.personId, terms);
      const madeAtS = Math.max(0, Math.floor(clock.wallMs() / 1_000));
      const nonce = random.bytes(NONCE_BYTES);
      currency = makeCurrency(suite, identity, terms, { nonce, madeAtS });
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error, undefined);
      return;
    }
    const write: RecordWrite = { key: currencyKey(currency.id), value: currency.bytes };
    records.write([write], (error) => {
      if (error === null) this.currencies.put(currency);
      done(error === null ? null : explain(error), error === null ? currency : undefined);
    });
  }

  pay(to: PersonId, currency: Currency, amount: number, memo: string, done: Done): void {
    const line = this.lineWith(to, currency);
    if (line === undefined || line.state === "offered") {
      done(new MoneyError("no-route", NO_LINE));
      return;
    }
    this.lines.pay(line.id, amount, memo, [], done);
  }

  /** The line with a person in a currency; undefined where there is none. */
  lineWith(person: PersonId, currency: Currency): LineEntry | undefined {
    for (const line of this.lines.entries()) {
      if (line.partner === person && line.record.currency === currency.id) return line;
    }
    return undefined;
  }

  /** The line with a person that somebody means by the name of its currency. @throws MoneyError */
  findLine(person: PersonId, currencyText: string): LineEntry {
    const ofPerson = [...this.lines.entries()].filter(({ partner }) => partner === person);
    if (ofPerson.length === 0) {
      throw new MoneyError(
        "not-found",
        "You have no line with them. 'peernet line offer' offers one.",
      );
    }
    const currency = this.currencies.find(
      currencyText,
      ofPerson.map((line) => line.currency),
    );
    const line = this.lineWith(person, currency);
    if (line === undefined) throw new MoneyError("not-found", "There is no such line.");
    return line;
  }

  /** What somebody means by the name of a currency, those in which there is a line with the person first. */
  findCurrency(text: string, person?: PersonId): Currency {
    const ofPerson = [...this.lines.entries()].filter(({ partner }) => partner === person);
    try {
      return this.currencies.find(
        text,
        ofPerson.map((line) => line.currency),
      );
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      return this.currencies.find(text);
    }
  }

  /** What happened on a line, the newest last. Errors: "not-found", disk errors. */
  statement(
    id: LineId,
    limit: number,
    done: (error: MoneyError | null, entries: readonly StatementEntry[]) => void,
  ): void {
    try {
      const { records, suite } = this.#options;
      const memoOf = (hash: Uint8Array): string => this.payments.memoOf(hash) ?? "";
      readEntries({ records, suite, memoOf }, this.lines.entry(id), limit, done);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error, []);
    }
  }

  /**
   * Two batches of one number that the partner signed, for anybody to check; see `forkedPerson`.
   * Errors: "not-found", disk errors.
   */
  forkProof(
    id: LineId,
    done: (error: MoneyError | null, proof: Uint8Array | undefined) => void,
  ): void {
    readForkProof(this.#options, this.lines.entry(id), done);
  }

  /** An amount for people: "12.50 hours". */
  words(units: number, { unit, decimals }: Pick<Currency, "unit" | "decimals">): string {
    return withUnit(formatAmount(units, decimals), unit);
  }

  peerReachable(peer: PeerId): void {
    this.lines.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.lines.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    let next = this.lines.nextDeadlineMs();
    next = Math.min(next, this.payments.nextDeadlineMs());
    next = Math.min(next, this.ways.nextDeadlineMs());
    next = Math.min(next, this.clearing.nextDeadlineMs());
    return Math.min(next, this.mail.nextDeadlineMs());
  }

  tick(): void {
    this.lines.tick();
    this.payments.tick();
    this.ways.tick();
    this.clearing.tick();
    this.mail.tick();
  }

  /**
   * Asks for money: a signed request that anybody may pay, over a line with us or over others; it names partners of
   * ours. Errors: as `Payments.request`.
   */
  request(
    currency: Currency,
    wish: Omit<InvoiceWish, "currency" | "hints">,
    done: (error: MoneyError | null, invoice: Invoice | undefined) => void,
  ): void {
    this.#request({ ...wish, currency: currency.id }, (error, invoice) =>
      done(error, invoice ?? undefined),
    );
  }

  #request(
    wish: InvoiceWish,
    done: (error: MoneyError | null, invoice: Invoice | null) => void,
  ): void {
    const { settings } = this.ways;
    const shown = [...this.lines.entries()].filter(
      ({ currency, id }) => currency.id === wish.currency && !settings.isHidden(id),
    );
    const keyOf = (person: PersonId): Uint8Array | undefined => {
      const line = shown.find(({ partner }) => partner === person);
      return line === undefined ? undefined : this.#keyOfPartner(line);
    };
    const hints = hintsOf(this.lines, wish.currency, keyOf);
    this.payments.request({ ...wish, hints }, done);
  }

  /** The X25519 key of the partner's device that writes a line. */
  #keyOfPartner(line: LineEntry): Uint8Array | undefined {
    const writer = line.writer(this.#options.suite);
    return writer === undefined ? undefined : this.#options.people.keyOf?.(writer);
  }

  /** A currency that came with a partner's rate. */
  #learn(id: CurrencyId, bytes: Uint8Array): boolean {
    if (this.currencies.get(id) !== undefined) return true;
    try {
      this.currencies.checkRoom(CURRENCIES_RESERVED);
      const currency = readCurrency(this.#options.suite, bytes);
      if (currency.id !== id) return false;
      this.currencies.put(currency);
      const write = { key: currencyKey(id), value: currency.bytes };
      // Where the disk does not take it, it comes again with the rate.
      this.#options.records.write([write], () => undefined);
      return true;
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      return false;
    }
  }

  /** Payments hear all of it, and the person of what was paid to them. */
  #listener(): LineEvents {
    const { payments, ways } = this;
    return {
      onLine: (view) => {
        payments.onLine(view);
        ways.onLine(view);
      },
      onPaid: (id, amount, memo) => this.#events.onPaid?.(id, amount, memo),
      onPrepared: (id, lock) => payments.onPrepared(id, lock),
      onFulfilled: (id, lockId, preimage) => payments.onFulfilled(id, lockId, preimage),
      onCancelled: (id, lockId, reason) => payments.onCancelled(id, lockId, reason),
      onTold: (id, message) => {
        if (this.clearing.onTold(id, message)) return;
        if (isPaymentMessage(message)) payments.onTold(id, message);
        else ways.wayfinder.onTold(id, message);
      },
      onTalk: (id, isTalking) => {
        if (isTalking) ways.wayfinder.onTalk(id);
        else payments.onTalk(id, false);
      },
      onReach: (id, isInReach) => {
        if (!isInReach) this.mail.changed(id);
        payments.onReach(id, isInReach);
      },
    };
  }
}

const NO_LINE =
  "You have no line with them in this currency that both have agreed to. 'peernet line offer' offers one.";
