import { MoneyError, type MoneyErrorCode } from "../errors.ts";

/** Why something in a community was refused, for programs that say it in other words. */
export type RefusalCode =
  | "not-founded"
  | "under-way"
  | "no-account"
  | "has-account"
  | "other-device"
  | "written-here"
  | "must-ask"
  /** With `most` and `levy`, amounts, and `unit`; no levy: empty. */
  | "limit"
  | "stopped"
  | "behind"
  | "gap"
  | "clock-ahead"
  | "members-only"
  | "payee-without-account"
  | "revoked"
  | "no-steward"
  | "pay-self"
  | "no-amount"
  | "commons-only"
  | "more-than-there"
  | "wrong-bearer"
  | "owes-less"
  | "steward-no-member"
  | "device-unknown"
  | "founder-no-steward";

/** A refusal and what it is about. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly facts?: Readonly<Record<string, string>>;
}

/** A refusal of a community, in English words and as a code with what it is about. */
export class CommunityRefusal extends MoneyError {
  readonly refusal: Refusal;

  /** @param refusal a code alone where there is nothing more to tell */
  constructor(code: MoneyErrorCode, message: string, refusal: RefusalCode | Refusal) {
    super(code, message);
    this.refusal = typeof refusal === "string" ? { code: refusal } : refusal;
  }
}
