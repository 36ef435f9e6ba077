import type { PersonId } from "../../identity/index.ts";
import type { CurrencyId, LineId, Lock } from "../line-desk.ts";

/** The two sides of a line: 0 is the person with the smaller id. */
export type Side = 0 | 1;

/** What makes a line this one and no other. */
export interface LineTerms {
  readonly id: LineId;
  /** The same as bytes. */
  readonly idBytes: Uint8Array;
  readonly people: readonly [PersonId, PersonId];
  readonly currency: CurrencyId;
}

/** One thing that a side of a line writes. Amounts are whole numbers of the smallest unit. */
export type Op =
  /** The first of a half-log: which device writes it, and that it may. */
  | { readonly t: "open"; readonly key: Uint8Array; readonly proof: Uint8Array }
  /** Another device of the person writes from here on. */
  | { readonly t: "takeover"; readonly key: Uint8Array; readonly proof: Uint8Array }
  /** How much the partner may owe. Ends an earlier `close` of the same side. */
  | { readonly t: "limit"; readonly amount: number }
  | { readonly t: "pay"; readonly amount: number; readonly memo: string }
  | { readonly t: "prepare"; readonly lock: Lock }
  /** `lock` counts the partner's `prepare`s, from 1. */
  | { readonly t: "fulfil"; readonly lock: number; readonly preimage: Uint8Array }
  | { readonly t: "cancel"; readonly lock: number; readonly reason: string }
  /** For `give` of this line's currency the author gives `get` of another; 0 for both takes it back. */
  | { readonly t: "rate"; readonly into: CurrencyId; readonly give: number; readonly get: number }
  /** The author's signature under what the line says before this batch; the only one in its batch. */
  | { readonly t: "checkpoint"; readonly signature: Uint8Array }
  /** The same of the partner's checkpoint in its batch `number`. */
  | { readonly t: "agree"; readonly number: number; readonly signature: Uint8Array }
  /** Nothing is locked any more, and neither side owes more than it does. */
  | { readonly t: "close" };

/** A part of a half-log under one signature. */
export interface Batch {
  /** 1, 2, 3 … without gaps. */
  readonly number: number;
  /** How many of the partner's batches the author had. */
  readonly seen: number;
  /** The author's clock, in seconds since 1970: for statements, nothing depends on it. */
  readonly atS: number;
  readonly ops: readonly Op[];
  /** What is signed, without the signature. */
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
  /** Both, as told to the partner. */
  readonly bytes: Uint8Array;
}
