import { TokenBucket } from "../../base/token-bucket.ts";
import type { PersonId } from "../../identity/index.ts";
import type { Clock, Random, Timed } from "../../ports/index.ts";
import { hasLeft, noisyBucket } from "./bucket.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  ADVERT_MIN_MS,
  ADVERT_REPEAT_MS,
  ADVERTS_BURST,
  ADVERTS_PER_SECOND,
  NEAR_PEOPLE_MAX,
} from "./limits.ts";
import { advertToProve } from "./messages.ts";
import type { Advert, OwnLine, ToldLine } from "./types.ts";
import { Vicinity } from "./vicinity.ts";

/** What gossip in one currency needs. */
export interface GossipOptions {
  readonly self: PersonId;
  readonly currency: string;
  readonly dhKey: Uint8Array;
  /** Above all that this person ever sent before. */
  readonly firstSeq: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Our lines as they are now. Hidden ones are told to nobody. */
  readonly own: () => readonly OwnLine[];
  readonly prove: (advert: Uint8Array) => Uint8Array;
  readonly holds: (origin: PersonId, advert: Uint8Array, proof: Uint8Array) => boolean;
  /** Tells a partner, if it is in reach; may be lost. */
  readonly tell: (partner: PersonId, advert: Advert) => void;
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

/** Tells those around what our lines carry, in buckets, and keeps and passes on what they tell. */
export class Gossip implements Timed {
  readonly vicinity: Vicinity = new Vicinity();
  readonly #options: GossipOptions;
  readonly #rates = new Map<PersonId, TokenBucket>();
  #told: readonly ToldLine[] = [];
  #seq: number;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #isDirty = true;

  constructor(options: GossipOptions) {
    this.#options = options;
    this.#seq = options.firstSeq;
  }

  /** Our lines changed, or there are others. */
  onLines(): void {
    const { own } = this.#options;
    const partners = new Set(own().map(({ partner }) => partner));
    for (const partner of this.#rates.keys()) {
      if (partners.has(partner)) continue;
      this.#rates.delete(partner);
      this.vicinity.forget(partner);
    }
    this.#isDirty ||= this.#isOutdated();
  }

  nextDeadlineMs(): number {
    const own = this.#toldAtMs + (this.#isDirty ? ADVERT_MIN_MS : ADVERT_REPEAT_MS);
    return Math.min(own, this.vicinity.nextDeadlineMs());
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.vicinity.lapse(nowMs);
    if (nowMs < this.#toldAtMs + (this.#isDirty ? ADVERT_MIN_MS : ADVERT_REPEAT_MS)) return;
    this.#toldAtMs = nowMs;
    this.#isDirty = false;
    this.#announce();
  }

  /** Takes in what a partner tells and passes it on to the others; undefined where it was news. */
  onAdvert(from: PersonId, advert: Advert): GossipRefusal | undefined {
    const { self, currency, own, clock, holds } = this.#options;
    const nowMs = clock.monotonicMs();
    const lines = own();
    if (!lines.some(({ partner }) => partner === from)) return "no-partner";
    if (advert.currency !== currency) return "other-currency";
    if (advert.origin === self) return "own";
    if (!this.vicinity.isNews(advert.origin, advert.seq)) return "old";
    if (!this.#rateOf(from, nowMs).take(nowMs)) return "rate";
    if (!holds(advert.origin, advertToProve(advert), advert.proof)) return "forged";
    const refusal = this.vicinity.take(advert, from, nowMs);
    if (refusal !== undefined) return refusal;
    if (advert.hopsLeft > 0) this.#pass({ ...advert, hopsLeft: advert.hopsLeft - 1 }, from, lines);
    return undefined;
  }

  #rateOf(partner: PersonId, nowMs: number): TokenBucket {
    const known = this.#rates.get(partner);
    if (known !== undefined) return known;
    const fresh = new TokenBucket({ perSecond: ADVERTS_PER_SECOND, burst: ADVERTS_BURST }, nowMs);
    this.#rates.set(partner, fresh);
    return fresh;
  }

  #pass(advert: Advert, except: PersonId, lines: readonly OwnLine[]): void {
    for (const { partner } of lines) {
      if (partner !== except && partner !== advert.origin) this.#options.tell(partner, advert);
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
    const bare = {
      t: "advert",
      currency,
      origin,
      dhKey,
      seq: this.#seq++,
      lines: this.#told,
    } as const;
    const proof = prove(advertToProve(bare));
    this.#pass({ ...bare, proof, hopsLeft: this.#hops() - 1 }, origin, own());
  }

  /** Where many are near, the farthest are not told: they find their way by others. */
  #hops(): number {
    let near = 0;
    for (const { distance } of this.vicinity.all()) if (distance < ADVERT_HOPS_MAX) near++;
    return near > NEAR_PEOPLE_MAX ? ADVERT_HOPS_MAX - 1 : ADVERT_HOPS_MAX;
  }
}
