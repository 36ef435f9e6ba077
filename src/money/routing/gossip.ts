import { equalBytes } from "../../base/bytes.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Clock, Random, Timed } from "../../ports/index.ts";
import { hasLeft, noisyBucket } from "./bucket.ts";
import { GossipPartners } from "./gossip-partners.ts";
import {
  ADVERT_CHECK_MS,
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  ADVERT_MIN_MS,
  ADVERT_REPEAT_MS,
  ADVERT_SEQ_MAX,
  HAVE_MAX,
  NEAR_PEOPLE_MAX,
  OWN_ADVERTS_BURST,
} from "./limits.ts";
import { advertToProve } from "./messages.ts";
import type { Advert, AdvertNumber, GossipMessage, OwnLine, ToldLine } from "./types.ts";
import { Vicinity } from "./vicinity.ts";

const OWN_RATE = { perSecond: 1_000 / ADVERT_MIN_MS, burst: OWN_ADVERTS_BURST };

/** What gossip in one currency needs. */
export interface GossipOptions {
  readonly self: PersonId;
  readonly currency: string;
  readonly dhKey: Uint8Array;
  /** Above all that this person ever sent before; what is not is made good once a partner shows it. */
  readonly firstSeq: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Our lines as others may use them now. Hidden ones are told to nobody. */
  readonly own: () => readonly OwnLine[];
  readonly prove: (advert: Uint8Array) => Uint8Array;
  readonly holds: (origin: PersonId, advert: Uint8Array, proof: Uint8Array) => boolean;
  /** Tells a partner, if it is in reach; may be lost. False: it was not told. */
  readonly tell: (partner: PersonId, message: GossipMessage) => boolean;
}

/** Why an advert of somebody is passed over. */
export type GossipRefusal =
  | "no-partner"
  | "other-currency"
  | "own"
  | "rate"
  | "old"
  | "forged"
  | "full";

/**
 * Tells those around what our lines carry, in buckets, and keeps and passes on what they tell. Partners who
 * meet tell each other first which adverts they have, and send only what is news: nothing is kept on disk.
 */
export class Gossip implements Timed {
  readonly vicinity: Vicinity = new Vicinity();
  readonly #options: GossipOptions;
  readonly #partners: GossipPartners;
  #told: readonly ToldLine[] = [];
  #latest: Advert | undefined;
  #seq: number;
  readonly #rate: TokenBucket;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Partners of the beginning are met at the first look. */
  #checkAtMs = 0;
  #isDirty = true;

  constructor(options: GossipOptions) {
    this.#options = options;
    this.#partners = new GossipPartners(options.clock);
    this.#seq = options.firstSeq;
    this.#rate = new TokenBucket(OWN_RATE, options.clock.monotonicMs());
  }

  /** Our lines changed, or there are others: looked at soon, however often it comes. */
  onLines(): void {
    if (Number.isFinite(this.#checkAtMs)) return;
    this.#checkAtMs = this.#options.clock.monotonicMs() + ADVERT_CHECK_MS;
  }

  /** A partner can be told something again: it hears what could be had here. */
  onOpen(partner: PersonId): void {
    this.#partners.meet(partner);
  }

  nextDeadlineMs(): number {
    const next = Math.min(this.#checkAtMs, this.#partners.nextDeadlineMs());
    const announceAtMs = this.#announceAtMs(this.#options.clock.monotonicMs());
    return Math.min(next, announceAtMs, this.vicinity.nextDeadlineMs());
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.vicinity.lapse(nowMs);
    if (nowMs >= this.#checkAtMs) this.#check();
    if (nowMs >= this.#announceAtMs(nowMs)) {
      this.#rate.force(nowMs, 1);
      this.#toldAtMs = nowMs;
      this.#isDirty = false;
      this.#announce();
    }
    for (const { person, asks } of [...this.#partners.due(nowMs)]) {
      this.#sayWhatIsHere(person, asks);
    }
  }

  /** Takes in an advert of a partner; the same rules hold for whatever else it tells. */
  onMessage(from: PersonId, message: GossipMessage): void {
    if (message.t === "advert") {
      this.onAdvert(from, message);
      return;
    }
    const { currency, clock } = this.#options;
    const isHeard = message.currency === currency && this.#hasPartner(from);
    if (!isHeard || !this.#partners.mayAsk(from, clock.monotonicMs())) return;
    if (message.t === "have") {
      if (message.asks) this.#partners.asked(from);
      this.#onHave(from, message.adverts);
    } else this.#onWant(from, message.origins);
  }

  /** Takes in what a partner tells and passes it on to the others; undefined where it was news. */
  onAdvert(from: PersonId, advert: Advert): GossipRefusal | undefined {
    const { self, currency, own, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (!this.#hasPartner(from)) return "no-partner";
    if (advert.currency !== currency) return "other-currency";
    if (advert.origin === self) return this.#onOwn(from, advert);
    if (!this.vicinity.isNews(advert.origin, advert.seq)) return "old";
    if (!this.#partners.mayTell(from, nowMs)) return "rate";
    if (!this.#holds(advert)) return "forged";
    const refusal = this.vicinity.take(advert, from, nowMs);
    if (refusal !== undefined) return refusal;
    if (advert.hopsLeft > 0) {
      // Those with whom the origin tells of lines hear it from the origin, or when they next meet somebody who has it.
      const heard = new Set(advert.lines.map(({ partner }) => partner));
      const others = own().filter(({ partner }) => !heard.has(partner));
      this.#pass({ ...advert, hopsLeft: advert.hopsLeft - 1 }, from, others);
    }
    return undefined;
  }

  /** When our lines are told: the next advert, or the same once more. Nobody without lines has any. */
  #announceAtMs(nowMs: number): number {
    if (this.#latest === undefined && this.#options.own().length === 0) {
      return Number.POSITIVE_INFINITY;
    }
    if (this.#isDirty) return this.#rate.nextMs(nowMs);
    return this.#toldAtMs + ADVERT_REPEAT_MS;
  }

  #check(): void {
    this.#checkAtMs = Number.POSITIVE_INFINITY;
    const partners = new Set(this.#options.own().map(({ partner }) => partner));
    for (const gone of this.#partners.keepOnly(partners)) this.vicinity.forget(gone);
    this.#isDirty ||= this.#isOutdated();
  }

  #hasPartner(person: PersonId): boolean {
    return this.#options.own().some(({ partner }) => partner === person);
  }

  #holds(advert: Advert): boolean {
    return this.#options.holds(advert.origin, advertToProve(advert), advert.proof);
  }

  /** An advert of ours with a higher number: of before a clock was set back. We go on above it. */
  #onOwn(from: PersonId, advert: Advert): GossipRefusal {
    const { clock, dhKey } = this.#options;
    const isAhead = advert.seq >= this.#seq && advert.seq < ADVERT_SEQ_MAX;
    if (!isAhead || !equalBytes(advert.dhKey, dhKey)) return "own";
    if (!this.#partners.mayTell(from, clock.monotonicMs()) || !this.#holds(advert)) return "own";
    this.#seq = advert.seq + 1;
    this.#isDirty = true;
    return "own";
  }

  /** Tells a partner the numbers of adverts that it may have. */
  #sayWhatIsHere(partner: PersonId, asks: boolean): void {
    const { currency, self, tell } = this.#options;
    const numbers: AdvertNumber[] = [];
    if (this.#latest !== undefined) numbers.push({ origin: self, seq: this.#latest.seq });
    for (const { hopsLeft, origin, seq, via } of this.vicinity.all()) {
      // Of its own it hears, too: it may have forgotten how far it was.
      const isNeeded = via !== partner || origin === partner;
      if (hopsLeft > 0 && isNeeded) numbers.push({ origin, seq });
    }
    for (let at = 0; at === 0 || at < numbers.length; at += HAVE_MAX) {
      const adverts = numbers.slice(at, at + HAVE_MAX);
      if (!tell(partner, { t: "have", currency, asks: asks && at === 0, adverts })) return;
    }
    this.#partners.said(partner);
  }

  #onHave(from: PersonId, adverts: readonly AdvertNumber[]): void {
    const { currency, self, tell } = this.#options;
    const isWanted = ({ origin, seq }: AdvertNumber): boolean =>
      origin === self ? seq >= this.#seq : this.vicinity.isNews(origin, seq);
    const origins = adverts.filter(isWanted).map(({ origin }) => origin);
    if (origins.length > 0) tell(from, { t: "want", currency, origins });
  }

  #onWant(from: PersonId, origins: readonly PersonId[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const origin of origins) {
      const advert = this.#adverted(origin);
      if (advert === undefined || !this.#partners.mayHave(from, nowMs)) continue;
      if (!this.#options.tell(from, advert)) return;
    }
  }

  /** The advert of somebody as it is passed on. */
  #adverted(origin: PersonId): Advert | undefined {
    if (origin === this.#options.self) return this.#latest;
    const known = this.vicinity.of(origin);
    if (known === undefined || known.hopsLeft < 1) return undefined;
    const { dhKey, seq, lines, proof, hopsLeft } = known;
    const { currency } = this.#options;
    return { t: "advert", currency, origin, dhKey, seq, lines, proof, hopsLeft: hopsLeft - 1 };
  }

  #pass(advert: Advert, except: PersonId, lines: readonly OwnLine[]): void {
    for (const { partner } of lines) {
      if (partner === except || partner === advert.origin) continue;
      if (!this.#options.tell(partner, advert)) this.#partners.missed(partner);
    }
  }

  #isOutdated(): boolean {
    const open = this.#open();
    const told = new Map(this.#told.map((line) => [line.partner, line]));
    if (told.size !== Math.min(open.length, ADVERT_LINES_MAX)) return true;
    return this.#told.some(({ partner, out, in: back }) => {
      const line = open.find((one) => one.partner === partner);
      return line === undefined || hasLeft(out, line.out) || hasLeft(back, line.in);
    });
  }

  #open(): readonly OwnLine[] {
    return this.#options.own().filter(({ isHidden }) => isHidden !== true);
  }

  #announce(): void {
    const { self: origin, currency, dhKey, random, prove, own } = this.#options;
    this.#told = this.#open()
      .toSorted((a, b) => b.out + b.in - a.out - a.in)
      .slice(0, ADVERT_LINES_MAX)
      .map(({ partner, out, in: back }) => ({
        partner,
        out: noisyBucket(out, random),
        in: noisyBucket(back, random),
      }));
    const seq = this.#seq;
    this.#seq = Math.min(ADVERT_SEQ_MAX, seq + 1);
    const bare = { t: "advert", currency, origin, dhKey, seq, lines: this.#told } as const;
    const proof = prove(advertToProve(bare));
    this.#latest = { ...bare, proof, hopsLeft: this.#hops() - 1 };
    this.#pass(this.#latest, origin, own());
  }

  /** Where many are near, the farthest are not told: they find their way by others. */
  #hops(): number {
    let near = 0;
    for (const { distance } of this.vicinity.all()) if (distance < ADVERT_HOPS_MAX) near++;
    return near > NEAR_PEOPLE_MAX ? ADVERT_HOPS_MAX - 1 : ADVERT_HOPS_MAX;
  }
}
