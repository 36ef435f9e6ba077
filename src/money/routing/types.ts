import type { PersonId } from "../../identity/index.ts";
import type { CurrencyId } from "../line-desk.ts";
import type { Bucket } from "./bucket.ts";

/** A line as one of its two people tells of it. */
export interface ToldLine {
  readonly partner: PersonId;
  /** What the teller may pay the partner now, and the partner the teller. */
  readonly out: Bucket;
  readonly in: Bucket;
}

/** What a person tells those around about their lines in one currency. */
export interface Advert {
  readonly t: "advert";
  readonly currency: CurrencyId;
  readonly origin: PersonId;
  /** X25519 public key to which layers of onions for the origin are sealed. */
  readonly dhKey: Uint8Array;
  /** Grows with each advert. */
  readonly seq: number;
  /** Lines that it may still go over after this one: 0 … ADVERT_HOPS_MAX - 1. Not covered by the proof. */
  readonly hopsLeft: number;
  readonly lines: readonly ToldLine[];
  /** That the origin made it: what is in it is up to who checks it. */
  readonly proof: Uint8Array;
}

/** A payer asks the payee which lines lead to them. */
export interface HintAsk {
  readonly t: "ask-hint";
  readonly currency: CurrencyId;
  readonly amount: number;
  /** At most so many lines: 1 … HINT_LINES_MAX. */
  readonly linesMax: number;
  /** Shows that the payer has a request of the payee: 1 … ASK_PROOF_BYTES_MAX. */
  readonly proof: Uint8Array;
}

/** A directed line: `from` may pay `to` so much. */
export interface HintLine {
  readonly from: PersonId;
  readonly to: PersonId;
  readonly width: Bucket;
}

/** The answer: lines that lead to the payee, nearest first. */
export interface Hint {
  readonly t: "hint";
  readonly currency: CurrencyId;
  /** Whether the payee's own lines can take the amount at all. */
  readonly canTake: boolean;
  readonly lines: readonly HintLine[];
  /** X25519 keys of those that the lines come from and lead to, as far as the payee knows them. */
  readonly keys: ReadonlyMap<PersonId, Uint8Array>;
}

/** The number of the advert of somebody. */
export interface AdvertNumber {
  readonly origin: PersonId;
  readonly seq: number;
}

/** Which adverts could be had from who says so: at most HAVE_MAX in one message. */
export interface Have {
  readonly t: "have";
  readonly currency: CurrencyId;
  /** Whether the other side shall say the same. */
  readonly asks: boolean;
  readonly adverts: readonly AdvertNumber[];
}

/** The adverts of these are wanted: at most HAVE_MAX. */
export interface Want {
  readonly t: "want";
  readonly currency: CurrencyId;
  readonly origins: readonly PersonId[];
}

/** What partners tell each other. */
export type GossipMessage = Advert | Have | Want;

/** Everything that routing sends. */
export type RoutingMessage = GossipMessage | HintAsk | Hint;

/** A line of our own, exactly. */
export interface OwnLine {
  readonly partner: PersonId;
  /** What we may pay now, less what is reserved; and the partner. */
  readonly out: number;
  readonly in: number;
  /** Not to be told of, nor offered to others. */
  readonly isHidden?: boolean;
}

/** One way for a part of a payment: the payer first, the payee last. */
export interface RoutePart {
  readonly route: readonly PersonId[];
  readonly amount: number;
}

/** A part to be reserved softly: each hop reserves what it can of what came to it. */
export interface Probe extends RoutePart {
  /** Unique within its payment. */
  readonly id: number;
  /** A hop that has less refuses. */
  readonly least: number;
}

/** What came back of a probe. */
export interface ProbeResult {
  readonly id: number;
  /**
   * What the lines of the route had free, the payer's own first, each at most what came to it: as far as
   * the probe came.
   */
  readonly granted: readonly number[];
  /** Whether the last of them is reserved on all lines; nothing is where not. */
  readonly isHeld: boolean;
}

/** Why there is no way. */
export type NoRoute = "no-funds" | "payee-full" | "no-way" | "too-many-probes";

/** What the driver of a payment does next; ids in `release` are reservations to let go of. */
export type PlanStep =
  | { readonly t: "probe"; readonly probes: readonly Probe[]; readonly release: readonly number[] }
  | { readonly t: "wait" }
  | {
      readonly t: "pay";
      /** By the id of the probe that reserved it; together exactly the amount. */
      readonly parts: readonly (RoutePart & { readonly id: number })[];
      readonly release: readonly number[];
    }
  | { readonly t: "fail"; readonly reason: NoRoute; readonly release: readonly number[] };
