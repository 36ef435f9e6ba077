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
  readonly hints: readonly RouteHint[];
}

/** How it went with a part: what a router learns from. */
export interface RouteOutcome {
  readonly isOk: boolean;
  /** How many lines away it was refused, 1 the nearest; undefined where that is not known. */
  readonly depth?: number;
}

/** Who knows ways: `src/money/routing`, or something simple in tests. */
export interface Router {
  /** Parts that deliver at least the amount together, or why there are none; may answer later. */
  find(ask: RouteAsk, done: (parts: readonly RoutePart[] | MoneyError) => void): void;
  /** What came of a part. */
  learn(part: RoutePart, outcome: RouteOutcome): void;
}
