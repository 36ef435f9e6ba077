import { toHex } from "../../base/bytes.ts";
import { TokenBucket, type TokenBucketRate } from "../../base/token-bucket.ts";
import type { PeerRecord, PersonId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import type { MoneyError } from "../errors.ts";
import type { Invoice, InvoiceWish, PaymentId } from "../payments/index.ts";
import { paymentIdOf } from "../payments/index.ts";
import type { HintAsk } from "../routing/types.ts";
import {
  AUTO_LIFE_MS,
  AUTO_OPEN_MAX,
  AUTO_PEOPLE_MAX,
  AUTO_PER_MINUTE,
  HINTED_MAX,
  HINTS_BURST,
  HINTS_PER_REQUEST,
  HINTS_PER_SECOND,
} from "./limits.ts";
import { payerWords } from "./payer-words.ts";
import type { InvoiceAsk, NoReason, WaysAnswer } from "./protocol.ts";
import type { Wayfinder } from "./wayfinder.ts";

const HINT_RATE = { perSecond: HINTS_PER_SECOND, burst: HINTS_BURST };
const REQUEST_RATE = { perSecond: 0.1, burst: HINTS_PER_REQUEST };
const AUTO_RATE = { perSecond: AUTO_PER_MINUTE / 60, burst: AUTO_OPEN_MAX };

/** What answering needs of others. */
export interface AnswersOptions {
  readonly clock: Clock;
  readonly wayfinder: Pick<Wayfinder, "hint" | "roomIn">;
  /** Whether the person was met and is no stranger. */
  readonly isContact: (person: PersonId) => boolean;
  /** Whether there is an open line in this currency, written here. */
  readonly hasLines: (currency: string) => boolean;
  /** Whether this person lets requests be signed for contacts who ask. */
  readonly isWilling: () => boolean;
  /** The currency of an open request of ours that has this proof. */
  readonly currencyAsked: (proof: Uint8Array) => string | undefined;
  readonly isOpen: (id: PaymentId) => boolean;
  readonly request: (
    wish: InvoiceWish,
    done: (error: MoneyError | null, invoice: Invoice | null) => void,
  ) => void;
}

/** Counts for each of at most so many names; the one that was used longest ago is forgotten first. */
class Rates {
  readonly #rate: TokenBucketRate;
  readonly #most: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: TokenBucketRate, most: number) {
    this.#rate = rate;
    this.#most = most;
  }

  take(name: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(name) ?? new TokenBucket(this.#rate, nowMs);
    this.#buckets.delete(name);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= this.#most && oldest !== undefined) this.#buckets.delete(oldest);
    this.#buckets.set(name, bucket);
    return bucket.take(nowMs);
  }
}

/**
 * Answers those who want to pay this person: which lines lead here, to whoever shows a request of ours; and
 * a request, signed without asking the person, to a contact, in a currency in which the person has lines.
 * Being paid is what those lines were agreed for: it makes their partners owe, within their limits.
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #hints: TokenBucket;
  readonly #hinted = new Rates(REQUEST_RATE, HINTED_MAX);
  readonly #asked = new Rates(AUTO_RATE, AUTO_PEOPLE_MAX);
  readonly #signed = new Map<PersonId, Set<PaymentId>>();

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#hints = new TokenBucket(HINT_RATE, options.clock.monotonicMs());
  }

  /** The answer to a payer who wants to know which lines lead here; undefined: none of their business. */
  hint(question: HintAsk): WaysAnswer | undefined {
    const { clock, currencyAsked, wayfinder } = this.#options;
    if (currencyAsked(question.proof) !== question.currency) return undefined;
    const nowMs = clock.monotonicMs();
    if (!this.#hinted.take(toHex(question.proof), nowMs) || !this.#hints.take(nowMs)) {
      return undefined;
    }
    return wayfinder.hint(question);
  }

  /** Signs a request for a contact who wants to pay, or says why not. */
  invoice(
    { person: { personId } }: PeerRecord,
    question: InvoiceAsk,
    reply: (answer: WaysAnswer) => void,
  ): void {
    const reason = this.#whyNot(personId, question);
    if (reason !== undefined) {
      reply({ t: "no", reason });
      return;
    }
    const { amount, currency } = question;
    const wish = { amount, currency, memo: payerWords(question.memo), lifeMs: AUTO_LIFE_MS };
    this.#options.request(wish, (error, invoice) => {
      if (error !== null || invoice === null) {
        reply({ t: "no", reason: "busy" });
        return;
      }
      this.#of(personId).add(paymentIdOf(invoice));
      reply({ t: "invoice", bytes: invoice.bytes });
    });
  }

  #whyNot(person: PersonId, { amount, currency }: InvoiceAsk): NoReason | undefined {
    const { clock, hasLines, isContact, isOpen, isWilling, wayfinder } = this.#options;
    if (!isContact(person)) return "stranger";
    if (!isWilling()) return "off";
    if (!hasLines(currency)) return "currency";
    const open = this.#of(person);
    for (const id of open) if (!isOpen(id)) open.delete(id);
    const mayAsk = this.#asked.take(person, clock.monotonicMs());
    if (open.size >= AUTO_OPEN_MAX || !mayAsk) return "too-many";
    return wayfinder.roomIn(currency) >= amount ? undefined : "no-room";
  }

  #of(person: PersonId): Set<PaymentId> {
    const known = this.#signed.get(person);
    if (known !== undefined) return known;
    const [oldest] = this.#signed.keys();
    if (this.#signed.size >= AUTO_PEOPLE_MAX && oldest !== undefined) this.#signed.delete(oldest);
    const fresh = new Set<PaymentId>();
    this.#signed.set(person, fresh);
    return fresh;
  }
}
