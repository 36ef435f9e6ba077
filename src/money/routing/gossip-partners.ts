import { TokenBucket } from "../../base/token-bucket.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import {
  ADVERTS_BURST,
  ADVERTS_PER_SECOND,
  HAVE_ASKED_MIN_MS,
  HAVE_MIN_MS,
  HAVES_BURST,
  HAVES_PER_SECOND,
} from "./limits.ts";

const ADVERT_RATE = { perSecond: ADVERTS_PER_SECOND, burst: ADVERTS_BURST };
const ASK_RATE = { perSecond: HAVES_PER_SECOND, burst: HAVES_BURST };
const NEVER = Number.POSITIVE_INFINITY;

interface Partner {
  /** New adverts that it may tell, adverts that it may have, and times that it may speak of them. */
  readonly tells: TokenBucket;
  readonly has: TokenBucket;
  readonly speaks: TokenBucket;
  /** When it is told next which adverts are here. */
  haveAtMs: number;
  saidAtMs: number;
  /** Whether it is asked to say the same then. */
  asks: boolean;
  /** Whether it was to be told ever. */
  isMet: boolean;
}

/** What each partner may do in gossip, and when it hears which adverts are here. */
export class GossipPartners {
  readonly #clock: Clock;
  readonly #partners = new Map<PersonId, Partner>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one more new advert of it is looked at. */
  mayTell(person: PersonId, nowMs: number): boolean {
    return this.#of(person, nowMs).tells.take(nowMs);
  }

  /** Whether it is sent one more advert that it asked for. */
  mayHave(person: PersonId, nowMs: number): boolean {
    return this.#of(person, nowMs).has.take(nowMs);
  }

  /** Whether one more message about which adverts there are is heard. */
  mayAsk(person: PersonId, nowMs: number): boolean {
    return this.#of(person, nowMs).speaks.take(nowMs);
  }

  /** It can be told something again. */
  meet(person: PersonId): void {
    const nowMs = this.#clock.monotonicMs();
    const partner = this.#of(person, nowMs);
    partner.haveAtMs = Math.max(nowMs, partner.saidAtMs + HAVE_MIN_MS);
    partner.asks = true;
    partner.isMet = true;
  }

  /** It asks what there is. */
  asked(person: PersonId): void {
    const nowMs = this.#clock.monotonicMs();
    const partner = this.#of(person, nowMs);
    const atMs = Math.max(nowMs, partner.saidAtMs + HAVE_ASKED_MIN_MS);
    partner.haveAtMs = Math.min(partner.haveAtMs, atMs);
  }

  /** It was told what there is. */
  said(person: PersonId): void {
    const nowMs = this.#clock.monotonicMs();
    const partner = this.#of(person, nowMs);
    partner.saidAtMs = nowMs;
    partner.asks = false;
  }

  /** Something for it was not sent: it is told later what there is, if it can be told then. */
  missed(person: PersonId): void {
    const nowMs = this.#clock.monotonicMs();
    const partner = this.#of(person, nowMs);
    partner.haveAtMs = Math.min(partner.haveAtMs, nowMs + HAVE_MIN_MS);
  }

  /** Those who are to hear now what there is, and whether they shall say the same; each is named once. */
  *due(nowMs: number): Iterable<{ readonly person: PersonId; readonly asks: boolean }> {
    for (const [person, partner] of this.#partners) {
      if (partner.haveAtMs > nowMs) continue;
      partner.haveAtMs = NEVER;
      yield { person, asks: partner.asks };
    }
  }

  nextDeadlineMs(): number {
    let next = NEVER;
    for (const { haveAtMs } of this.#partners.values()) next = Math.min(next, haveAtMs);
    return next;
  }

  /** Forgets all others, and meets those who are new. @returns who was forgotten */
  keepOnly(people: ReadonlySet<PersonId>): PersonId[] {
    for (const person of people) if (this.#partners.get(person)?.isMet !== true) this.meet(person);
    const gone = [...this.#partners.keys()].filter((person) => !people.has(person));
    for (const person of gone) this.#partners.delete(person);
    return gone;
  }

  #of(person: PersonId, nowMs: number): Partner {
    const known = this.#partners.get(person);
    if (known !== undefined) return known;
    const [tells, has] = [new TokenBucket(ADVERT_RATE, nowMs), new TokenBucket(ADVERT_RATE, nowMs)];
    const speaks = new TokenBucket(ASK_RATE, nowMs);
    const fresh = {
      tells,
      has,
      speaks,
      isMet: false,
      haveAtMs: NEVER,
      saidAtMs: Number.NEGATIVE_INFINITY,
      asks: true,
    };
    this.#partners.set(person, fresh);
    return fresh;
  }
}
