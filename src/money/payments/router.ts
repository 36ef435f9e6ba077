import type { PersonId } from "../../identity/index.ts";
import type { MoneyError } from "../errors.ts";
import type { CurrencyId, LineId } from "../line-desk.ts";
import type { RouteHint } from "./invoice.ts";

/** One of those that a part goes through; the payee is the last. */
export interface RouteNode {
  /** Their X25519 public key. */
  readonly dhKey: Uint8Array;
  /** The line by which it leaves them: SELECTOR_BYTES; undefined for the payee. */
  readonly next?: Uint8Array;
  /** Where they exchange: the tag of the quote that was counted on. */
  readonly rate?: Uint8Array;
}

/** One way for a part of a payment. */
export interface RoutePart {
  /** Our line by which it leaves. */
  readonly line: LineId;
  /** What is locked on it, in its currency. */
  readonly amount: number;
  /** What the payee gets, in the invoice's currency. */
  readonly delivers: number;
  /** 1 … HOPS_MAX. */
  readonly nodes: readonly RouteNode[];
}

/** A currency that a payment leaves in, other than the one asked for, and the most that it may cost in it. */
export interface Spend {
  readonly currency: CurrencyId;
  readonly atMost: number;
}

/** What a route is looked for. */
export interface RouteAsk {
  readonly payee: PersonId;
  /** X25519 public key of the payee's device. */
  readonly payeeKey: Uint8Array;
  readonly currency: CurrencyId;
  /** What the payee shall get in all. */
  readonly amount: number;
  /** 1 … PARTS_MAX. */
  readonly partsMax: number;
  /** Shows the payee that the payer has the request: `Invoice.proof`. */
  readonly proof: Uint8Array;
  readonly hints: readonly RouteHint[];
  /** Where it leaves in another currency: which, and the most that it may still cost. */
  readonly spend?: Spend;
}

/** A part to be reserved: each of those on the way holds free what it can of what came to it. */
export interface RouteProbe {
  /** Unique within the plan. */
  readonly id: number;
  readonly part: RoutePart;
  /** Whoever has less refuses: 1 … the amount; the amount itself where currencies are exchanged. */
  readonly least: number;
}

/** What came back of a probe. */
export interface RouteResult {
  readonly id: number;
  /** What the lines of the way hold free, our own first: as far as the probe came. */
  readonly granted: readonly number[];
  /** Whether the last of these is reserved on all lines; nothing is where not. */
  readonly isHeld: boolean;
}

/** What a payment does next; `release` names reservations to let go of. */
export type RouteStep =
  | {
      readonly t: "probe";
      readonly probes: readonly RouteProbe[];
      readonly release: readonly number[];
    }
  | { readonly t: "wait" }
  | {
      readonly t: "pay";
      /** By the id of the probe that reserved it, at most what was granted; together the amount. */
      readonly parts: readonly {
        readonly id: number;
        readonly amount: number;
        readonly delivers: number;
      }[];
      readonly release: readonly number[];
    }
  | { readonly t: "fail"; readonly release: readonly number[] };

/** The search for ways for one payment, or for what is missing of it. */
export interface RoutePlan {
  begin(): RouteStep;
  onResult(result: RouteResult): RouteStep;
}

/** Who knows ways: `src/money/ways`, or something simpler. */
export interface Router {
  /** Begins a search, or says why there is none; may answer later. */
  plan(ask: RouteAsk, done: (plan: RoutePlan | MoneyError) => void): void;
  /** What came of a part after it was locked. */
  learn(part: RoutePart, isOk: boolean): void;
}
