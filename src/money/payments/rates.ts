import { toHex } from "../../base/bytes.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId, Done, LineId } from "../line-desk.ts";
import { diskError } from "./disk-error.ts";
import {
  OFFERS_PER_LINE_MAX,
  QUOTES_HEARD_BURST,
  QUOTES_HEARD_PER_SECOND,
  RATE_CHECK_EVERY_MS,
  RATE_LIFE_MS,
  RATES_MAX,
} from "./limits.ts";
import { encodePaymentMessage, type PaymentMessage } from "./messages.ts";
import type { PaymentsOptions } from "./options.ts";
import { decodeQuote, exchanged, isGainOfRound, type Quote, type Rate, signQuote } from "./rate.ts";
import { decodeRate, RATE_PREFIX, type RateTerms, rateKey, rateWrite } from "./rate-record.ts";

/** What a line's partner gives in another currency for what comes in over this line. */
export interface Offer {
  readonly line: LineId;
  readonly quote: Quote;
}

const HEARD_RATE = { perSecond: QUOTES_HEARD_PER_SECOND, burst: QUOTES_HEARD_BURST };

/**
 * Rates: ours, which stand until they are removed and whose quotes are signed anew before they expire; and those that
 * partners quote to us, in memory only, told again whenever they come into reach.
 */
export class Rates {
  readonly #options: PaymentsOptions;
  readonly #terms = new Map<string, RateTerms>();
  readonly #quotes = new Map<string, Quote>();
  /** What was quoted before a quote was signed anew at the same rate: it still holds. */
  readonly #before = new Map<string, Quote>();
  readonly #offers = new Map<LineId, Map<CurrencyId, Quote>>();
  readonly #heard = new Map<LineId, TokenBucket>();
  #checkMs = Number.POSITIVE_INFINITY;

  constructor(options: PaymentsOptions) {
    this.#options = options;
  }

  /** Takes in a record; false where it is damaged. */
  load(value: Uint8Array): boolean {
    const terms = decodeRate(value);
    if (terms !== undefined) this.#terms.set(rateKey(terms.from, terms.to), terms);
    return terms !== undefined;
  }

  /** After a start: quotes what stands. */
  begin(): void {
    for (const [key, terms] of this.#terms) this.#renew(key, terms);
  }

  nextDeadlineMs(): number {
    return this.#checkMs;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#checkMs) return;
    this.#checkMs = Number.POSITIVE_INFINITY;
    for (const [key, terms] of this.#terms) this.#renew(key, terms);
  }

  /**
   * Exchanges from now on at this rate, until it expires; a rate of the same two currencies before it is void.
   * @throws MoneyError("bad-amount") where it is none, or whoever goes there and back, or round, would gain; ("full") above RATES_MAX
   */
  quote(rate: Rate): Quote {
    const { clock, identity, suite } = this.#options;
    const key = rateKey(rate.from, rate.to);
    if (this.#quotes.size >= RATES_MAX && !this.#quotes.has(key)) {
      throw new MoneyError("full", "Too many rates are quoted. Withdraw one first.");
    }
    const back = this.#quotes.get(rateKey(rate.to, rate.from));
    if (back !== undefined && isGainOfRound(rate, [back])) {
      throw new MoneyError("bad-amount", GAIN_BACK);
    }
    if (isGainOfRound(rate, this.#quotes.values())) throw new MoneyError("bad-amount", GAIN_ROUND);
    const quote = signQuote(suite, identity, rate, clock.wallMs());
    this.#quotes.set(key, quote);
    this.#before.delete(key);
    this.#tellAll(quote);
    return quote;
  }

  /** A rate that stands until it is removed. Errors: as `quote`, disk errors. */
  set(terms: RateTerms, done: Done): void {
    const key = rateKey(terms.from, terms.to);
    try {
      this.quote({ ...terms, expiresAtMs: this.#expiry() });
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      done(error);
      return;
    }
    this.#terms.set(key, terms);
    this.#checkLater();
    this.#write(rateWrite(terms), done);
  }

  /** No longer exchanges from one currency to another. Errors: "not-found", disk errors. */
  remove(from: CurrencyId, to: CurrencyId, done: Done): void {
    if (!this.withdraw(from, to)) {
      done(new MoneyError("not-found", "You quote no such rate."));
      return;
    }
    this.#write({ key: RATE_PREFIX + rateKey(from, to), value: null }, done);
  }

  /** The same without the disk. @returns whether there was one */
  withdraw(from: CurrencyId, to: CurrencyId): boolean {
    const key = rateKey(from, to);
    const quote = this.#quotes.get(key);
    this.#terms.delete(key);
    this.#before.delete(key);
    if (quote === undefined) return false;
    this.#quotes.delete(key);
    for (const { currency, id } of this.#options.desk.lines()) {
      if (currency === from) this.#tell(id, { t: "no-quote", to });
    }
    return true;
  }

  own(): Iterable<Quote> {
    return this.#quotes.values();
  }

  /** What partners quote, and has not expired. */
  *offers(): Iterable<Offer> {
    const nowMs = this.#options.clock.wallMs();
    for (const [line, quotes] of this.#offers) {
      for (const quote of quotes.values()) if (quote.expiresAtMs > nowMs) yield { line, quote };
    }
  }

  /** What `amount` becomes here, by the quote of this tag; undefined where it is not (any more) ours. */
  exchange(from: CurrencyId, to: CurrencyId, tag: Uint8Array, amount: number): number | undefined {
    const key = rateKey(from, to);
    const named = toHex(tag);
    const nowMs = this.#options.clock.wallMs();
    for (const quote of [this.#quotes.get(key), this.#before.get(key)]) {
      if (quote !== undefined && toHex(quote.tag) === named && nowMs <= quote.expiresAtMs) {
        return exchanged(quote, amount);
      }
    }
    return undefined;
  }

  /** A line's partner came into reach: it is told what holds for it. */
  onReach(line: LineId): void {
    const currency = this.#options.desk.line(line)?.currency;
    for (const quote of this.#quotes.values()) {
      if (quote.from === currency) this.#tellQuote(line, quote);
    }
  }

  /** A line's partner quotes a rate. What is not its own, or more than its share, is not heard. */
  onQuote(line: LineId, message: Extract<PaymentMessage, { readonly t: "quote" }>): void {
    const { clock, currencies, desk, suite } = this.#options;
    const view = desk.line(line);
    if (view === undefined || !this.#mayTell(line)) return;
    let quote: Quote;
    try {
      quote = decodeQuote(suite, message.quote);
    } catch (error) {
      if (!(error instanceof MoneyError)) throw error;
      return;
    }
    const isTheirs = quote.by === view.partner && quote.from === view.currency;
    if (!isTheirs || quote.expiresAtMs <= clock.wallMs()) return;
    const known = this.#offers.get(line) ?? new Map<CurrencyId, Quote>();
    if (known.size >= OFFERS_PER_LINE_MAX && !known.has(quote.to)) return;
    // What is learned stays on the disk, also after the rate is gone.
    if (currencies?.learn(quote.to, message.definition) === false) return;
    known.set(quote.to, quote);
    this.#offers.set(line, known);
  }

  /** A line's partner quotes a rate no longer. */
  onNoQuote(line: LineId, to: CurrencyId): void {
    const known = this.#offers.get(line);
    known?.delete(to);
    if (known?.size === 0) this.#offers.delete(line);
  }

  /** Signs anew what expires soon; a change of the rate is never one of these. */
  #renew(key: string, terms: RateTerms): void {
    const { clock, identity, suite } = this.#options;
    this.#checkLater();
    const before = this.#quotes.get(key);
    const nowMs = clock.wallMs();
    if (before !== undefined && before.expiresAtMs > nowMs + RATE_LIFE_MS / 2) return;
    const quote = signQuote(suite, identity, { ...terms, expiresAtMs: this.#expiry() }, nowMs);
    this.#quotes.set(key, quote);
    if (before !== undefined) this.#before.set(key, before);
    this.#tellAll(quote);
  }

  #checkLater(): void {
    const atMs = this.#options.clock.monotonicMs() + RATE_CHECK_EVERY_MS;
    this.#checkMs = Math.min(this.#checkMs, atMs);
  }

  #expiry(): number {
    return Math.floor(this.#options.clock.wallMs()) + RATE_LIFE_MS;
  }

  #tellAll(quote: Quote): void {
    for (const { currency, id } of this.#options.desk.lines()) {
      if (currency === quote.from) this.#tellQuote(id, quote);
    }
  }

  #tellQuote(line: LineId, quote: Quote): void {
    const definition = this.#options.currencies?.definition(quote.to);
    if (definition === undefined) return;
    this.#tell(line, { t: "quote", quote: quote.bytes, definition });
  }

  #tell(line: LineId, message: PaymentMessage): void {
    this.#options.desk.tell(line, encodePaymentMessage(message));
  }

  #mayTell(line: LineId): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const bucket = this.#heard.get(line) ?? new TokenBucket(HEARD_RATE, nowMs);
    this.#heard.set(line, bucket);
    return bucket.take(nowMs);
  }

  #write(write: RecordWrite, done: Done): void {
    this.#options.records.write([write], (cause) => done(cause === null ? null : diskError(cause)));
  }
}

const GAIN_BACK =
  "With your rate for the way back, whoever changes there and back would end up with more than before, and you would pay for it. Give less for one of the two.";
const GAIN_ROUND =
  "With your other rates, whoever changes at this one, goes on at those and comes back to what they began with would end up with more than before, and you would pay for it. Give less for one of them: 'peernet rate list' shows them all.";
